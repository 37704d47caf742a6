import { PreceptError } from "../../errors.ts";
import { type Constraint, guideFor, type TokenGuide } from "../../grammar/index.ts";
import { type Rng, rng } from "../../rng.ts";
import { type PrefixGroup, planBatches } from "./batching.ts";
import type { SiteEdit } from "./edits.ts";
import type { ForwardPass } from "./forward.ts";
import { KeyValueCache } from "./key-value-cache.ts";
import { batchOrder, prefill } from "./prefill.ts";
import { drawToken } from "./sampling.ts";

export interface SequenceRequest {
  readonly id: string;
  readonly tokens: ArrayLike<number>;
  readonly seed: number;
  /** What the prompt already holds of a constrained text. */
  readonly begun?: string | undefined;
}

export interface SamplingOptions {
  readonly maxTokens: number;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  /** Generation ends with the first of these tokens, which is part of the result. */
  readonly stopTokens: readonly number[];
  /** What every text is held to; log-probabilities stay those of the unconstrained model. */
  readonly constraint?: Constraint | undefined;
  /** What is done to sites of the model on the way. */
  readonly edits?: readonly SiteEdit[] | undefined;
}

export interface GeneratedSequence {
  readonly id: string;
  /** With the stop token, where one was drawn. */
  readonly tokens: number[];
  /** Natural logs at temperature 1 over the whole vocabulary, one per token. */
  readonly logprobs: number[];
  readonly finishReason: "stop" | "length";
}

/** More rows decode no faster (measured: 64 to 256 within noise on two cores) and leave the processor's caches. */
const BATCH_ROWS = 128;
const CACHE_BYTES = 512 * 2 ** 20;

/** Rows per batch: as many as pay, and as the cache's share of memory allows. A pure function of the requests. */
export function rowsFor(forward: ForwardPass, columns: number): number {
  const row = KeyValueCache.bytes(forward.config, 1, columns);
  return Math.max(1, Math.min(BATCH_ROWS, Math.floor(CACHE_BYTES / row)));
}

/** A sequence that is still growing; its place in the list is its row in the cache. */
interface Active {
  readonly index: number;
  readonly random: Rng;
  readonly guide: TokenGuide | undefined;
  readonly limit: number;
  readonly tokens: number[];
  readonly logprobs: number[];
}

/** Samples continuations batch by batch; `emit` gets each batch's results in the order of the requests. */
export async function generateSequences(
  forward: ForwardPass,
  requests: readonly SequenceRequest[],
  options: SamplingOptions,
  emit: (results: GeneratedSequence[]) => void,
  check: () => void,
): Promise<void> {
  if (requests.length === 0) return;
  const context = forward.config.contextLength;
  const longest = requests.reduce((length, { tokens }) => Math.max(length, tokens.length), 0);
  const columns = Math.min(context, longest + options.maxTokens);
  const maxRows = Math.min(requests.length, rowsFor(forward, columns));
  const cache = new KeyValueCache(forward.config, maxRows, columns);
  const planned = requests.map(({ tokens }) => ({ tokens, shareable: tokens.length - 1 }));
  for (const groups of planBatches(planned, maxRows)) {
    emit(await generateBatch(forward, { requests, groups, cache, options, check }));
  }
}

interface GenerationBatch {
  readonly requests: readonly SequenceRequest[];
  /** Which of the requests are in the batch. */
  readonly groups: readonly PrefixGroup[];
  readonly cache: KeyValueCache;
  readonly options: SamplingOptions;
  readonly check: () => void;
}

async function generateBatch(forward: ForwardPass, batch: GenerationBatch): Promise<GeneratedSequence[]> {
  const { requests, groups, cache, options, check } = batch;
  const { maxTokens, temperature, topP, constraint, edits } = options;
  const stops = new Set(options.stopTokens);
  const vocabulary = forward.config.vocabularySize;
  const fetch = temperature === 0 ? (["logprobs"] as const) : (["logprobs", "probabilities"] as const);
  const scale = temperature === 0 ? 1 : temperature;

  const ordered = batchOrder(groups);
  const active = ordered.flatMap(({ members }) =>
    members.map((index): Active => {
      const { id, seed, tokens, begun } = requests[index]!;
      const limit = Math.min(maxTokens, forward.config.contextLength - tokens.length);
      const guide = constraint && guideFor(constraint, options.stopTokens, begun);
      return { index, random: rng(seed, id), guide, limit, tokens: [], logprobs: [] };
    }),
  );
  const finished: { index: number; result: GeneratedSequence }[] = [];
  const finish = ({ index, tokens, logprobs }: Active, finishReason: "stop" | "length"): void => {
    finished.push({ index, result: { id: requests[index]!.id, tokens, logprobs, finishReason } });
  };
  /** Draws the next token from row `row` of the outputs; true when the sequence has ended. */
  const sample = (sequence: Active, outputs: Readonly<Record<string, Float32Array>>, row: number): boolean => {
    if (sequence.limit === 0) {
      finish(sequence, "length");
      return true;
    }
    const logprobs = { data: outputs["logprobs"]!, start: row * vocabulary, size: vocabulary };
    // Not fetched at temperature 0, where nobody reads them.
    const probabilities = { ...logprobs, data: outputs["probabilities"] ?? logprobs.data };
    const { random, guide } = sequence;
    const token = drawToken(logprobs, probabilities, { temperature, topP, random, guide });
    const logprob = logprobs.data[logprobs.start + token]!;
    if (!Number.isFinite(logprob)) throw notFinite(requests[sequence.index]!.id, sequence.tokens.length, logprob);
    sequence.tokens.push(token);
    sequence.logprobs.push(logprob);
    if (stops.has(token)) finish(sequence, "stop");
    else if (sequence.tokens.length >= sequence.limit) finish(sequence, "length");
    else return false;
    return true;
  };
  const drop = (row: number): void => {
    cache.remove(row);
    const last = active.pop()!;
    if (row < active.length) active[row] = last;
  };

  const prompts = active.map(({ index }) => requests[index]!.tokens);
  cache.reset(
    active.length,
    Math.min(cache.maxColumns, prompts.reduce((length, { length: own }) => Math.max(length, own), 0) + 1),
  );
  const rows = prompts.map((tokens) => ({ tokens, start: 0, wanted: [tokens.length - 1] }));
  const chunks = await prefill(forward, ordered, rows, cache, {
    wanted: "sample",
    fetch,
    temperature: scale,
    keep: true,
    check,
    edits,
  });
  const ended = new Set<number>();
  for (const { first, count, outputs } of chunks) {
    for (let row = first; row < first + count; row++) if (sample(active[row]!, outputs, row - first)) ended.add(row);
  }
  for (let row = active.length - 1; row >= 0; row--) if (ended.has(row)) drop(row);

  while (active.length > 0) {
    check();
    const step = active.map(({ tokens }, row) => ({
      tokens: tokens.slice(-1),
      start: cache.lengths[row]!,
      wanted: [0],
    }));
    const { outputs, rows: made } = await forward.run(step, {
      wanted: "sample",
      fetch,
      temperature: scale,
      keep: true,
      edits,
      past: { cache, first: 0 },
    });
    const longest = step.reduce((length, { start }) => Math.max(length, start + 1), 0);
    cache.grow(longest);
    for (let row = active.length - 1; row >= 0; row--) {
      if (sample(active[row]!, outputs, row)) drop(row);
      else cache.append(made, row, row, 1);
    }
  }
  return finished.sort((a, b) => a.index - b.index).map(({ result }) => result);
}

function notFinite(id: string, step: number, logprob: number): PreceptError {
  return new PreceptError("not-finite", {
    attempted: `Sampling token ${step + 1} of ${id}`,
    found: `a log-probability of ${logprob}`,
    expected: "a finite number",
    remedy: "the weights have diverged: take an earlier checkpoint",
  });
}
