// Precept as a contender: reads commands on standard input, answers each with one line. Started by benchmarks/engine.ts.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { rng } from "../../src/rng.ts";
import { tokenLossBuilder } from "../../src/training/local/token-training.ts";
import { loadCheckpoint } from "../../src/transformer/checkpoint/checkpoint.ts";
import { loadAdapter } from "../../src/transformer/checkpoint/lora-folder.ts";
import { TrainingSession } from "../../src/transformer/graph/training-session.ts";
import { Transformer } from "../../src/transformer/transformer.ts";
import type { Command } from "./contender.ts";
import { timeProducts } from "./time-products.ts";

type Load = Extract<Command, { command: "load" }>;

const ENGINE =
  process.env["PRECEPT_BENCH_ENGINE"] === "graph"
    ? "graph"
    : process.env["PRECEPT_BENCH_ENGINE"] === "kernels"
      ? "kernels"
      : "auto";

let session: TrainingSession | undefined;
let model: Transformer | undefined;
let batches: Int32Array = new Int32Array();
let [batch, length, done, vocabulary] = [0, 0, 0, 0];

async function load({ folder, threads, purpose, ...shape }: Load): Promise<unknown> {
  const start = performance.now();
  const checkpoint = await loadCheckpoint(folder);
  vocabulary = checkpoint.config.vocabularySize;
  if (purpose === "sampling") model = await Transformer.create({ ...checkpoint, threads });
  else {
    [batch, length] = [Number(shape["batch"]), Number(shape["length"])];
    const bytes = await readFile(join(folder, "batches.bin"));
    batches = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const adapter = Number(shape["lora"]) > 0 ? await loadAdapter(join(folder, "adapter")) : undefined;
    session = await TrainingSession.create({
      ...checkpoint,
      adapter,
      isOwner: true,
      batch,
      length,
      threads,
      loss: tokenLossBuilder(),
      optimizer: { weightDecay: 0.1 },
    });
  }
  return { seconds: (performance.now() - start) / 1000 };
}

async function steps(count: number): Promise<unknown> {
  const milliseconds: number[] = [];
  const processor: number[] = [];
  const losses: number[] = [];
  const size = batch * length;
  for (let i = 0; i < count; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const offset = (done++ * 2 * size) % batches.length;
    const ones = { segments: new Int32Array(size).fill(1), weights: new Float32Array(size).fill(1) };
    const tokens = batches.slice(offset, offset + size);
    const targets = batches.slice(offset + size, offset + 2 * size);
    losses.push((await session!.step({ tokens, targets, ...ones }, 1e-3))["loss"]!);
    milliseconds.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1000);
  }
  return { milliseconds, processor, losses };
}

function prompts(count: number, size: number): number[][] {
  const random = rng(3, "benchmark-prompts");
  return Array.from({ length: count }, () => Array.from({ length: size }, () => 3 + random.integer(vocabulary - 3)));
}

async function generate(count: number, prompt: number, maxTokens: number): Promise<unknown> {
  const requests = prompts(count, prompt).map((tokens, n) => ({ id: `${n}`, tokens, seed: 1 }));
  const start = performance.now();
  let total = 0;
  for await (const { tokens } of model!.generate(requests, { maxTokens, stopTokens: [], engine: ENGINE }))
    total += tokens.length;
  return { seconds: (performance.now() - start) / 1000, tokens: total };
}

async function greedy(prompt: number, maxTokens: number): Promise<readonly number[]> {
  const requests = [{ id: "0", tokens: Array.from({ length: prompt }, (_, i) => 3 + i), seed: 1 }];
  for await (const { tokens } of model!.generate(requests, {
    maxTokens,
    stopTokens: [],
    engine: ENGINE,
    temperature: 0,
  }))
    return tokens;
  return [];
}

function answer(command: Command): Promise<unknown> {
  if (command.command === "load") return load(command);
  if (command.command === "steps") return steps(command.count);
  if (command.command === "products") return timeProducts(command.shapes, command.threads, command.repeats);
  if (command.command === "greedy") return greedy(command.prompt, command.tokens);
  if (command.command === "generate") return generate(command.batch, command.prompt, command.tokens);
  throw new Error(`Precept is not asked for ${command.command}`);
}

console.log('{"answer":"ready"}');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ answer: await answer(JSON.parse(line) as Command) }));
}
