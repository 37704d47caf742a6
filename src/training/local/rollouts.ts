import { PreceptError } from "../../errors.ts";
import { hash32 } from "../../rng.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { TransformerConfig } from "../../transformer/index.ts";
import type { Rollout, RolloutJobBase, RolloutPrompt } from "../trainer.ts";
import { epochOrder, fillTokenBatch, packUnits } from "./batching.ts";
import { encodePrompt, responseText, stopTokens } from "./encoding.ts";
import type { Reading, TokenScorer } from "./token-scorer.ts";

/** What sampling needs of a transformer. */
export interface Sampler {
  generate(
    requests: readonly { readonly id: string; readonly tokens: readonly number[]; readonly seed: number }[],
    options: {
      readonly maxTokens: number;
      readonly temperature?: number | undefined;
      readonly stopTokens?: readonly number[];
      readonly signal?: AbortSignal | undefined;
    },
  ): AsyncIterable<{
    readonly id: string;
    readonly tokens: readonly number[];
    readonly finishReason: string;
    readonly logprobs?: readonly number[] | undefined;
  }>;
}

/** A response before scoring: `tokens[responseStart …]` was sampled. */
export interface Sample {
  readonly id: string;
  readonly prompt: RolloutPrompt;
  readonly tokens: readonly number[];
  readonly responseStart: number;
  readonly isEnded: boolean;
  /** Of the tokens as they were drawn, where the sampler says. */
  readonly logprobs?: readonly number[] | undefined;
}

/**
 * Prompts of a round, 1-based: the next `count` of an endless stream of seeded epochs over all prompts. A pure function of
 * (seed, round).
 */
export function promptsOfRound(
  prompts: readonly RolloutPrompt[],
  count: number,
  seed: number,
  round: number,
): RolloutPrompt[] {
  const orders = new Map<number, number[]>();
  return Array.from({ length: count }, (_, i) => {
    const place = (round - 1) * count + i;
    const epoch = Math.floor(place / prompts.length);
    const order = orders.get(epoch) ?? epochOrder(prompts.length, seed, epoch);
    orders.set(epoch, order);
    return prompts[order[place % prompts.length] ?? 0] as RolloutPrompt;
  });
}

/** Tokens of every prompt, and the longest with its response. @throws PreceptError context-overflow. */
export function refuseLongResponses(
  job: Pick<RolloutJobBase, "prompts" | "maxTokens">,
  { contextLength }: Pick<TransformerConfig, "contextLength">,
  tokenizer: Tokenizer,
): { readonly prompts: readonly number[]; readonly longest: number } {
  const prompts = job.prompts.map(({ prompt }) => encodePrompt(tokenizer, prompt).length);
  const longest = prompts.reduce((most, length) => Math.max(most, length), 0) + job.maxTokens;
  if (longest <= contextLength) return { prompts, longest };
  throw new PreceptError("context-overflow", {
    attempted: "Preparing rollouts",
    found: `${longest} tokens for the longest prompt with maxTokens = ${job.maxTokens}`,
    expected: `at most the context of ${contextLength}`,
    remedy: "lower maxTokens, or leave out long prompts",
  });
}

/** What of a job decides the responses of a round. */
export type SamplingJob = Pick<
  RolloutJobBase,
  "prompts" | "rolloutsPerStep" | "seed" | "maxTokens" | "temperature" | "signal"
>;

/** Samples the round's responses; each has its own seed, so that none depends on the others. In request order. */
export async function sampleRound(
  sampler: Sampler,
  tokenizer: Tokenizer,
  job: SamplingJob,
  round: number,
  samplesPerPrompt: number,
): Promise<Sample[]> {
  const count = Math.max(1, Math.floor(job.rolloutsPerStep / samplesPerPrompt));
  const requests = promptsOfRound(job.prompts, count, job.seed, round).flatMap((prompt, i) =>
    Array.from({ length: samplesPerPrompt }, (_, k) => {
      const id = `${round}/${i}/${k}/${prompt.id}`;
      return {
        id,
        prompt,
        tokens: encodePrompt(tokenizer, prompt.prompt),
        seed: hash32(`${job.seed}/rollout/${id}`),
      };
    }),
  );
  const ends = stopTokens(tokenizer);
  const options = {
    maxTokens: job.maxTokens,
    temperature: job.temperature ?? 1,
    stopTokens: ends,
    signal: job.signal,
  };
  const found = new Map<string, Sample>();
  const byId = new Map(requests.map((request) => [request.id, request]));
  for await (const { id, tokens, finishReason, logprobs } of sampler.generate(requests, options)) {
    const request = byId.get(id);
    if (request === undefined) continue;
    const isEnded = finishReason === "stop";
    const response = isEnded && !ends.includes(tokens.at(-1) ?? -1) ? [...tokens, tokenizer.endToken] : tokens;
    found.set(id, {
      id,
      prompt: request.prompt,
      tokens: [...request.tokens, ...response],
      responseStart: request.tokens.length,
      isEnded,
      logprobs,
    });
  }
  return requests.map(({ id }) => {
    const sample = found.get(id);
    if (sample !== undefined) return sample;
    throw new PreceptError("model-failed", {
      attempted: "Sampling rollouts",
      found: `no response for ${id}`,
      expected: "one response a request",
    });
  });
}

/** Readings on the positions that predict each response token; one array (T,) per sample. */
export type SampleReadings = Readonly<Record<Reading, readonly Float32Array[]>>;

/** Reads logprobs, entropies or scalars where response tokens are predicted; what the scorer does not read stays empty. */
export async function readSamples(scorer: TokenScorer, samples: readonly Sample[]): Promise<SampleReadings> {
  const readings: Record<Reading, Float32Array[]> = { logprobs: [], entropies: [], scalars: [] };
  const batches = packUnits(
    samples.map(({ tokens }) => [tokens.length - 1]),
    scorer.shape,
  );
  for (const placements of batches) {
    const batch = fillTokenBatch(placements, scorer.shape, ({ unit }) => ({
      tokens: samples[unit]?.tokens ?? [],
      weights: [],
    }));
    const read = await scorer.read(batch);
    for (const { unit, offset } of placements) {
      const { tokens, responseStart } = samples[unit] as Sample;
      const range = [offset + responseStart - 1, offset + tokens.length - 1] as const;
      for (const reading of ["logprobs", "entropies", "scalars"] as const)
        readings[reading][unit] = read[reading]?.slice(...range) ?? new Float32Array();
    }
  }
  return readings;
}

/** A sample as the reward function sees it. */
export function rolloutOf(tokenizer: Tokenizer, sample: Sample, logprobs: ArrayLike<number>): Rollout {
  const tokens = sample.tokens.slice(sample.responseStart);
  return {
    id: sample.id,
    promptId: sample.prompt.id,
    prompt: sample.prompt.prompt,
    response: responseText(tokenizer, sample.prompt.prompt, sample.isEnded ? tokens.slice(0, -1) : tokens),
    tokens,
    logprobs: Array.from(logprobs),
    finishReason: sample.isEnded ? "stop" : "length",
  };
}
