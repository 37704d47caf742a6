import { Contender, median, settle } from "./contender.ts";
import { type BenchmarkModel, linearShapes } from "./models.ts";

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
