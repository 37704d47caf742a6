import { join } from "node:path";
import type { GuardLabelRecord } from "../../src/guard/index.ts";
import { rng } from "../../src/rng.ts";
import type { StageContext } from "../../src/stages/index.ts";
import { checkpointHash, loadCheckpoint, SCALAR_HEAD, saveCheckpoint } from "../../src/transformer/index.ts";

/** A trainer of heads that learn nothing: drawn at random, on the checkpoint as it is. */
export const untrained: StageContext["trainer"] = {
  objectives: ["token-heads"],
  fingerprint: async () => "untrained",
  async *train(job) {
    if (job.objective !== "token-heads") throw new RangeError("a trainer of heads");
    const { config, weights, tokenizer } = await loadCheckpoint(job.initial);
    const random = rng(job.seed, "untrained heads");
    const data = Float32Array.from({ length: job.heads * config.hiddenSize }, () => 0.1 * random.normal());
    const head = { shape: [job.heads, config.hiddenSize], data };
    const checkpoint = join(job.output, "checkpoint");
    await saveCheckpoint(checkpoint, { config, tokenizer, weights: new Map([...weights, [SCALAR_HEAD, head]]) });
    return { checkpoint, hash: await checkpointHash(checkpoint), steps: 0, tokens: 0, metrics: {} };
  },
};

/**
 * What somebody would write who reads the training texts and not what they mean: words of texts that break something, in
 * `minTexts` of them and in no text that breaks nothing.
 */
export function keywordsOf(labels: readonly GuardLabelRecord[], minTexts = 3): ReadonlySet<string> {
  const training = labels.filter(({ split }) => split === "training");
  const counts = new Map<string, number>();
  const fine = new Set<string>();
  for (const { labels: own, text } of training) {
    const isBroken = Object.values(own).some((label) => label > 0.5);
    for (const word of new Set(text.split(/\s+/))) {
      if (isBroken) counts.set(word, (counts.get(word) ?? 0) + 1);
      else fine.add(word);
    }
  }
  return new Set([...counts].filter(([word, count]) => count >= minTexts && !fine.has(word)).map(([word]) => word));
}
