import { Graph, toOnnx } from "../../src/tensor/graph.ts";
import { matmul } from "../../src/tensor/operators/matmul.ts";
import { loadGraph } from "../../src/tensor/runtime.ts";
import { median } from "./contender.ts";
import type { LinearShape } from "./models.ts";

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
