import { Graph, toOnnx } from "../../src/tensor/graph.ts";
import { matmul } from "../../src/tensor/operators/matmul.ts";
import { loadGraph } from "../../src/tensor/runtime.ts";
import { Contender } from "./contender.ts";
import { type BenchmarkModel, type LinearShape, linearShapes } from "./models.ts";
import { median, settle } from "./training.ts";

/** Milliseconds that the linear layers' products take alone: forward, gradient of x and gradient of the weight. */
export async function timeProducts(shapes: readonly LinearShape[], threads: number, repeats: number): Promise<number> {
  let total = 0;
  for (const { rows, inner, outer, count } of shapes) {
    const graph = new Graph();
    const given = { x: [rows, inner], weight: [outer, inner], dy: [rows, outer] };
    const [x, weight, dy] = Object.entries(given).map(([name, shape]) => graph.input(name, "float32", shape));
    const products = {
      forward: matmul(x!, weight!, { transposeB: true }),
      dx: matmul(dy!, weight!),
      dweight: matmul(dy!, x!, { transposeA: true }),
    };
    const outputs = Object.entries(products).map(([name, { dtype, dimensions }]) => [
      name,
      { dtype, shape: dimensions },
    ]);
    const ports = { inputs: Object.keys(given), outputs: Object.fromEntries(outputs) };
    const session = await loadGraph(toOnnx(graph, products), { threads, ports });
    const feeds = Object.fromEntries(
      Object.entries(given).map(([name, shape]) => {
        const data = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(i));
        return [name, { dtype: "float32", shape, data } as const];
      }),
    );
    const names = Object.keys(products);
    const milliseconds: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const start = performance.now();
      await session.run(feeds, names, new Set(names));
      milliseconds.push(performance.now() - start);
    }
    total += count * median(milliseconds);
    await session.release();
  }
  return total;
}

/** What the products of a step take alone, in onnxruntime and in PyTorch; milliseconds, medians of turns. */
export interface ProductsResult {
  readonly ours: number;
  readonly torch: number;
}

export async function compareProducts(
  { config, batch, length }: BenchmarkModel,
  { python, threads, rounds }: { readonly python: string; readonly threads: number; readonly rounds: number },
): Promise<ProductsResult> {
  const script = new URL("./bench_training.py", import.meta.url).pathname;
  const entry = new URL("./ours.ts", import.meta.url).pathname;
  const ours = await new Contender("products", process.execPath, [entry], threads).ready();
  const torch = await new Contender("products", python, [script], threads).ready();
  const command = { command: "products", shapes: linearShapes(config, batch * length), threads, repeats: 5 } as const;
  const turns: { ours: number; torch: number }[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const own = await ours.ask<number>(command);
      await settle();
      turns.push({ ours: own, torch: await torch.ask<number>(command) });
      await settle();
    }
  } finally {
    ours.end();
    torch.end();
  }
  return { ours: median(turns.map((turn) => turn.ours)), torch: median(turns.map((turn) => turn.torch)) };
}
