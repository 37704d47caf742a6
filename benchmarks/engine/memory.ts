import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Contender, type Loaded, type Steps } from "./contender.ts";
import { type BenchmarkModel, type ModelName, prepare } from "./models.ts";
import { OURS } from "./training.ts";

export interface MemoryResult {
  readonly parameters: number;
  readonly tokens: number;
  /** Highest memory of full training, bytes per parameter. */
  readonly ours: number;
  readonly torch: number;
}

/** So few tokens that what is left is parameters, gradients and moments, and what is as large as they are. */
const [ROWS, LENGTH, STEPS] = [1, 16, 3];

export async function measureMemory(
  name: ModelName,
  model: BenchmarkModel,
  { python, threads }: { readonly python: string; readonly threads: number },
): Promise<MemoryResult> {
  const [batch, length] = [ROWS, LENGTH];
  const root = join(tmpdir(), `precept-memory-${process.pid}`);
  const { folder, parameters } = await prepare(name, { ...model, batch, length }, root);
  const script = new URL("./bench_training.py", import.meta.url).pathname;
  const entry = new URL("./ours.ts", import.meta.url).pathname;
  const peak = async (who: string, file: string, path: string): Promise<number> => {
    const contender = await new Contender(who, file, [path], threads).ready();
    try {
      const shape = { folder, threads, batch, length, lora: 0, precision: "fp32", mode: "eager" };
      await contender.ask<Loaded>({ command: "load", purpose: "training", ...shape });
      await contender.ask<Steps>({ command: "steps", count: STEPS });
      return contender.peakMemory() / parameters;
    } finally {
      contender.end();
    }
  };
  try {
    const ours = await peak(OURS, process.execPath, entry);
    return { parameters, tokens: batch * length, ours, torch: await peak("torch eager", python, script) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
