import { tmpdir } from "node:os";
import { join } from "node:path";
import { trainingFlopsPerToken } from "../../src/transformer/checkpoint/config.ts";
import { Contender, type Generated, type Loaded, median, type Steps, settle } from "./contender.ts";
import { type BenchmarkModel, prepare } from "./models.ts";
import { OURS } from "./training.ts";

export interface GrowthCell {
  readonly batch: number;
  readonly length: number;
  readonly tokensPerSecond: number;
  readonly gflops: number;
  readonly peakMemory: number;
}

export interface GrowthResult {
  readonly training: readonly GrowthCell[];
  readonly sampling: readonly { readonly batch: number; readonly tokensPerSecond: number }[];
}

export const LENGTHS = [128, 256, 512, 1024, 2048];
export const GROWTH_BATCHES = [1, 4, 16, 64, 256];
/** A larger step is better split by accumulation; its attention scores alone would fill the machine. */
const MOST_TOKENS = 32_768;
const STEPS = 3;

/** Our own training and sampling speed over batch and length. A process a cell, so that each has its own peak memory. */
export async function measureGrowth(
  model: BenchmarkModel,
  threads: number,
  log: (line: string) => void,
): Promise<GrowthResult> {
  const config = { ...model.config, contextLength: Math.max(...LENGTHS) };
  const root = join(tmpdir(), `precept-growth-${process.pid}`);
  const entry = new URL("./ours.ts", import.meta.url).pathname;
  const start = (): Promise<Contender> => new Contender(OURS, process.execPath, [entry], threads).ready();
  const training: GrowthCell[] = [];
  const sampling: { batch: number; tokensPerSecond: number }[] = [];
  for (const batch of GROWTH_BATCHES) {
    for (const length of LENGTHS) {
      if (batch * length > MOST_TOKENS) continue;
      const { folder, parameters } = await prepare("4.5M", { config, batch, length }, root);
      const contender = await start();
      await contender.ask<Loaded>({ command: "load", purpose: "training", folder, threads, batch, length, lora: 0 });
      await contender.ask<Steps>({ command: "steps", count: 1 });
      const { milliseconds } = await contender.ask<Steps>({ command: "steps", count: STEPS });
      const tokensPerSecond = (1000 * batch * length) / median(milliseconds);
      const gflops = (tokensPerSecond * trainingFlopsPerToken(config, parameters, length)) / 1e9;
      training.push({ batch, length, tokensPerSecond, gflops, peakMemory: contender.peakMemory() });
      contender.end();
      log(`training ${batch} x ${length}: ${tokensPerSecond.toFixed(0)} tokens/s`);
      await settle();
    }
  }
  const { folder } = await prepare("4.5M", { config, batch: 1, length: 128 }, root);
  const contender = await start();
  await contender.ask<Loaded>({ command: "load", purpose: "sampling", folder, threads });
  for (const batch of GROWTH_BATCHES) {
    const rates: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { seconds, tokens } = await contender.ask<Generated>({
        command: "generate",
        batch,
        prompt: 32,
        tokens: 64,
      });
      rates.push(tokens / seconds);
    }
    sampling.push({ batch, tokensPerSecond: median(rates) });
    log(`sampling ${batch}: ${median(rates).toFixed(0)} tokens/s`);
  }
  contender.end();
  return { training, sampling };
}
