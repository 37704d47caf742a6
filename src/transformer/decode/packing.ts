import type { WeightTensor } from "../checkpoint/weights.ts";
import type { PackedLinear } from "./plan.ts";
import { PANEL } from "./product-kernels.ts";

/** What 32-bit addresses reach, less a page, so that an end is an address too. */
export const MEMORY_BYTES = 2 ** 32 - 2 ** 16;

export const padToPanel = (count: number): number => Math.ceil(count / PANEL) * PANEL;

/** Gives out addresses first, and fills them when the memory is there. */
export class Layout {
  readonly #fills: ((memory: Float32Array) => void)[] = [];
  bytes = 64;

  /** Room for floats, on a cache line of its own. */
  room(floats: number): number {
    const at = this.bytes;
    this.bytes += Math.ceil(floats / 16) * 64;
    return at;
  }

  /** A vector, padded with zeros to a multiple of 8. */
  vector(data: Float32Array): number {
    const at = this.room(padToPanel(data.length));
    this.#fills.push((memory) => memory.set(data, at / 4));
    return at;
  }

  /** A weight (out, in) in panels of 8 output channels; `scale` multiplies it. */
  linear(tensor: WeightTensor, bias: Float32Array | undefined, zeros: number, scale = 1): PackedLinear {
    const [out, width] = tensor.shape as readonly [number, number];
    const inner = padToPanel(width);
    const panels = padToPanel(out) / PANEL;
    const weight = this.room(panels * inner * PANEL);
    this.#fills.push((memory) => pack(memory, { tensor, start: weight / 4, inner, scale }));
    const hasBias = bias !== undefined;
    return { weight, inner, panels, bias: hasBias ? this.vector(bias) : zeros, hasBias };
  }

  fill(memory: Float32Array): void {
    for (const fill of this.#fills) fill(memory);
  }
}

interface PackedWeight {
  readonly tensor: WeightTensor;
  /** Index of the first float. */
  readonly start: number;
  /** Channels in, padded. */
  readonly inner: number;
  readonly scale: number;
}

function pack(memory: Float32Array, { tensor, start, inner, scale }: PackedWeight): void {
  const [out, width] = tensor.shape as readonly [number, number];
  const { data } = tensor;
  for (let o = 0; o < out; o++) {
    const from = o * width;
    const to = start + Math.floor(o / PANEL) * inner * PANEL + (o % PANEL);
    for (let i = 0; i < width; i++) memory[to + i * PANEL] = scale * data[from + i]!;
  }
}
