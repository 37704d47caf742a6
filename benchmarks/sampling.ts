// Sampling and scoring speed of the embedded engine: `node benchmarks/sampling.ts`. Random weights of harbor's size.
// Best of three, because on a busy machine the other two measure the other work.
import { harborConfig } from "../src/project/harbor/pretrain.ts";
import { rng } from "../src/rng.ts";
import { wordTokenizer } from "../src/tokenizer/index.ts";
import { initialWeights, Transformer, withScalarHead } from "../src/transformer/index.ts";
import { pretrainingPlans } from "../src/worlds/harbor/index.ts";

const config = harborConfig(pretrainingPlans.committed);
const weights = withScalarHead(config, initialWeights(config, rng(1, "weights")));
const model = await Transformer.create({
  config,
  weights,
  tokenizer: wordTokenizer(["<end>"], { size: config.vocabularySize }),
});
const random = rng(2, "prompts");
const tokens = (length: number): number[] => Array.from({ length }, () => random.integer(config.vocabularySize));
const total = (sequences: readonly (readonly number[])[]): number =>
  sequences.reduce((sum, { length }) => sum + length, 0);

async function report(name: string, count: number, body: () => Promise<unknown>): Promise<void> {
  let best = 0;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    await body();
    best = Math.max(best, (1000 * count) / (performance.now() - start));
  }
  console.log(`${name.padEnd(64)} ${Math.round(best).toLocaleString("en").padStart(8)} tokens/s`);
}

async function sample(prompts: readonly (readonly number[])[], maxTokens: number): Promise<void> {
  const requests = prompts.map((prompt, n) => ({ id: `${n}`, tokens: prompt, seed: 1 }));
  for await (const _ of model.generate(requests, { maxTokens, stopTokens: [] }));
}

const short = Array.from({ length: 512 }, () => tokens(12 + random.integer(8)));
const shared = Array.from({ length: 48 }, () => tokens(50));
const scans = shared.flatMap((prefix) =>
  Array.from({ length: 11 }, () => [...prefix, ...tokens(12 + random.integer(6))]),
);
const alone = scans.map(({ length }) => tokens(length));
await sample(short.slice(0, 4), 4);
await report("sampled, 512 prompts of 12–19 tokens, 40 new each", 512 * 40, () => sample(short, 40));
await report("sampled, 528 prompts of 62–67 tokens, 25 new each", 528 * 25, () => sample(alone, 25));
await report("  the same where eleven prompts share their first 50 tokens", 528 * 25, () => sample(scans, 25));
await report("prompt tokens, 528 prompts", total(alone), () => sample(alone, 1));
await report("  the same where eleven prompts share their first 50 tokens", total(scans), () => sample(scans, 1));
await report("scored tokens, log-probability at every position", total(alone), () => model.logprobs(alone));
await report("scored tokens, scalar head at the end", total(alone), () => model.scalars(alone));
await model.dispose();
