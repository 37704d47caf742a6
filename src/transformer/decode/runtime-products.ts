import {
  Graph,
  loadOnnxRuntime,
  loadSession,
  matmul,
  type RuntimeSession,
  type RuntimeTensor,
  toOnnx,
} from "../../tensor/index.ts";
import type { PackedLinear } from "./plan.ts";
import { PANEL } from "./product-kernels.ts";

/** Panels [first, end) of a packed weight: one thread's output channels. */
export interface Columns {
  readonly linear: PackedLinear;
  readonly first: number;
  readonly end: number;
}

type Tensors = Readonly<Record<string, RuntimeTensor>>;

const widthOf = ({ first, end }: Columns): number => PANEL * (end - first);

/**
 * Products with one input by the tensor runtime, on the calling thread and in the decoder's own memory. Its vectors are
 * up to four times as wide as WebAssembly's, which pays from a few rows on.
 */
export class RuntimeProducts {
  readonly #session: RuntimeSession;
  readonly #memory: Float32Array;
  readonly #inner: number;
  readonly #widths: readonly number[];
  /** The tensors of the last run: the next one is mostly like it. */
  #last: { readonly key: string; readonly feeds: Tensors; readonly outputs: Tensors } | undefined;

  private constructor(session: RuntimeSession, memory: Float32Array, parts: readonly Columns[]) {
    this.#session = session;
    this.#memory = memory;
    this.#inner = parts[0]?.linear.inner ?? 0;
    this.#widths = parts.map(widthOf);
  }

  /** The runtime packs the weights for itself; `parts` share their input. */
  static async create(memory: Float32Array, parts: readonly Columns[]): Promise<RuntimeProducts> {
    const graph = new Graph();
    const inner = parts[0]?.linear.inner ?? 0;
    const x = graph.input("x", "float32", ["N", inner]);
    const outputs = parts.map((part, n) => {
      const data = unpack(memory, part);
      const weight = graph.initializer(`w${n}`, { dtype: "float32", shape: [inner, widthOf(part)], data });
      return [`y${n}`, matmul(x, weight)] as const;
    });
    const session = await loadSession(toOnnx(graph, Object.fromEntries(outputs)), 1, "cpu", true);
    return new RuntimeProducts(session, memory, parts);
  }

  /** x (rows, inner) times every part, (rows, width) one after another from `at` on; byte addresses. */
  async run(x: number, rows: number, at: number): Promise<void> {
    const key = `${x} ${rows} ${at}`;
    if (this.#last?.key !== key) this.#last = { key, ...this.#tensors(x, rows, at) };
    await this.#session.run(this.#last.feeds, this.#last.outputs);
  }

  #tensors(x: number, rows: number, at: number): { readonly feeds: Tensors; readonly outputs: Tensors } {
    const { Tensor } = loadOnnxRuntime();
    const view = (address: number, width: number): RuntimeTensor =>
      new Tensor("float32", this.#memory.subarray(address / 4, address / 4 + rows * width), [rows, width]);
    let next = at;
    const outputs = this.#widths.map((width, n) => {
      const output = [`y${n}`, view(next, width)] as const;
      next += 4 * rows * width;
      return output;
    });
    return { feeds: { x: view(x, this.#inner) }, outputs: Object.fromEntries(outputs) };
  }
}

/** Columns of a packed weight as (inner, width). */
function unpack(memory: Float32Array, part: Columns): Float32Array {
  const { weight, inner } = part.linear;
  const width = widthOf(part);
  const data = new Float32Array(inner * width);
  for (let panel = part.first; panel < part.end; panel++) {
    const from = weight / 4 + panel * inner * PANEL;
    const to = (panel - part.first) * PANEL;
    for (let i = 0; i < inner; i++)
      for (let n = 0; n < PANEL; n++) data[i * width + to + n] = memory[from + i * PANEL + n] as number;
  }
  return data;
}
