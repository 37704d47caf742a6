import { rng } from "../../rng.ts";
import type { TensorValue } from "../../tensor/index.ts";
import type { LoraConfig } from "../checkpoint/lora.ts";
import { maskInput } from "./lora-graph.ts";

/** A module whose adapter drops inputs: what its mask covers, (rows, width). */
export interface MaskedModule {
  readonly module: string;
  readonly rows: number;
  readonly width: number;
  readonly dropout: number;
}

/** The adapted modules that need masks; none without dropout. */
export function maskedModules(
  adapter: { readonly config: LoraConfig; readonly modules: ReadonlyMap<string, number> },
  widthOf: (module: string) => number,
  rows: number,
): MaskedModule[] {
  const { dropout } = adapter.config;
  if (dropout === 0) return [];
  return [...adapter.modules.keys()].map((module) => ({ module, rows, width: widthOf(module), dropout }));
}

/**
 * Masks of one batch as graph inputs: 1 where an input is kept, with probability 1 − p, to 16 bits. A pure function of
 * (seed, step, part of the step, module), so that a resumed job drops the same.
 */
export function dropoutMasks(
  modules: readonly MaskedModule[],
  seed: number,
  step: number,
  part: number,
): Record<string, TensorValue> {
  const masks: Record<string, TensorValue> = {};
  for (const { module, rows, width, dropout } of modules) {
    const random = rng(seed, "lora-dropout", step, part, module);
    const limit = Math.round(dropout * 65_536);
    const data = new Uint8Array(rows * width);
    for (let i = 0; i < data.length; i += 2) {
      const bits = random.next() * 4_294_967_296;
      data[i] = Number(bits >>> 16 >= limit);
      if (i + 1 < data.length) data[i + 1] = Number((bits & 0xffff) >= limit);
    }
    masks[maskInput(module)] = { dtype: "bool", shape: [rows, width], data };
  }
  return masks;
}
