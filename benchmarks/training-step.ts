/**
 * Speed of a training step on this machine: node benchmarks/training-step.ts [rows x tokens] [threads] [steps]
 * Prints tokens/s and GFLOP/s (6 N + 12 L T d operations per token) for the median and for the best step. Other work on the
 * machine shows in the median, so processor time per token is printed too.
 */

import { harborConfig } from "../src/project/harbor/pretrain.ts";
import { rng } from "../src/rng.ts";
import { tokenLoss } from "../src/training/losses/token.ts";
import { trainingFlopsPerToken } from "../src/transformer/checkpoint/config.ts";
import { initialWeights, parameterCount } from "../src/transformer/checkpoint/weights.ts";
import { TrainingSession } from "../src/transformer/graph/training-session.ts";
import { pretrainingPlans } from "../src/worlds/harbor/index.ts";

const [shape = "12x192", threads = "2", steps = "40"] = process.argv.slice(2);
const [batch, length] = shape.split("x").map(Number) as [number, number];

const config = { ...harborConfig(pretrainingPlans.committed), contextLength: length };

const weights = initialWeights(config, rng(1, "benchmark"));
const session = await TrainingSession.create({
  config,
  weights,
  batch,
  length,
  threads: Number(threads),
  loss: (_graph, model, input) => {
    const grid = [batch, length];
    const hidden = model.hiddenStates(input("tokens", "int32", grid), input("segments", "int32", grid));
    const logprobs = model.tokenLogprobs(model.logits(hidden), input("targets", "int32", grid));
    return { loss: tokenLoss(logprobs, input("weights", "float32", grid)), metrics: {} };
  },
});

const random = rng(2, "benchmark");
const count = batch * length;
const wall: number[] = [];
const processor: number[] = [];
for (let step = 0; step < Number(steps); step++) {
  const tokens = Int32Array.from({ length: count }, () => random.integer(config.vocabularySize));
  const targets = tokens.map((token) => (token * 7 + 1) % config.vocabularySize);
  const ones = { segments: new Int32Array(count).fill(1), weights: new Float32Array(count).fill(1) };
  const [start, used] = [performance.now(), process.cpuUsage()];
  await session.step({ tokens, targets, ...ones }, 1e-3);
  const { user, system } = process.cpuUsage(used);
  wall.push(performance.now() - start);
  processor.push((user + system) / 1000);
}
await session.dispose();

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
const sorted = wall.toSorted((a, b) => a - b);
const flops = count * trainingFlopsPerToken(config, parameterCount(weights), length);
for (const [label, milliseconds] of [
  ["median", at(sorted, 0.5)],
  ["best", at(sorted, 0)],
] as const) {
  const speed = `${((count / milliseconds) * 1000).toFixed(0)} tokens/s, ${(flops / milliseconds / 1e6).toFixed(0)} GFLOP/s`;
  console.log(`${label}: ${milliseconds.toFixed(1)} ms per step, ${speed}`);
}
const busy = at(
  processor.toSorted((a, b) => a - b),
  0.5,
);
console.log(
  `processor time: ${((busy * 1000) / count).toFixed(1)} µs per token; ${parameterCount(weights)} parameters, ${shape}, ${threads} threads`,
);
