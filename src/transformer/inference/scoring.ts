import { planBatches } from "./batching.ts";
import type { Following } from "./following.ts";
import type { ForwardPass, ForwardRow } from "./forward.ts";
import { rowsFor } from "./generation.ts";
import type { Wanted } from "./inference-graph.ts";
import { KeyValueCache } from "./key-value-cache.ts";
import { batchOrder, type PrefillChunk, prefill } from "./prefill.ts";

interface ChunkOptions<Output extends string> extends Following {
  readonly wanted: Wanted;
  readonly fetch: readonly Output[];
}

/** Runs sequences in planned batches; `read` gets every chunk with the sequences of its rows, by index. */
async function forEachChunk<Output extends string>(
  forward: ForwardPass,
  rows: readonly ForwardRow[],
  { wanted, fetch, check, onRows, edits }: ChunkOptions<Output>,
  read: (chunk: PrefillChunk<Output>, indices: readonly number[]) => void,
): Promise<void> {
  if (rows.length === 0) return;
  const longest = rows.reduce((length, { tokens }) => Math.max(length, tokens.length), 0);
  const planned = rows.map(({ tokens, wanted: [first = 0] }) => ({ tokens, shareable: first }));
  const maxRows = Math.min(rows.length, rowsFor(forward, longest));
  let cache: KeyValueCache | undefined;
  for (const groups of planBatches(planned, maxRows)) {
    const ordered = batchOrder(groups);
    const indices = ordered.flatMap(({ members }) => members);
    const batch = indices.map((index) => rows[index]!);
    const shared = ordered.reduce((length, group) => Math.max(length, group.shared), 0);
    if (shared > 0) {
      cache ??= new KeyValueCache(forward.config, maxRows, longest);
      cache.reset(batch.length, shared);
    }
    const options = { wanted, fetch, keep: false, check, edits };
    for (const chunk of await prefill(forward, ordered, batch, shared > 0 ? cache : undefined, options)) {
      read(chunk, indices.slice(chunk.first, chunk.first + chunk.count));
    }
    onRows?.(indices.length);
  }
}

export interface ScoreSequence {
  readonly tokens: ArrayLike<number>;
  /** Index of the first token whose log-probability is wanted; at least 1. */
  readonly from: number;
}

/** log P(token t | tokens before it) for t ≥ from; natural logs. */
export async function scoreSequences(
  forward: ForwardPass,
  sequences: readonly ScoreSequence[],
  following: Following,
): Promise<Float32Array[]> {
  const asked = sequences
    .map((sequence, index) => ({ ...sequence, index }))
    .filter(({ tokens, from }) => from < tokens.length);
  const rows = asked.map(({ tokens, from }): ForwardRow => {
    const wanted = Array.from({ length: tokens.length - from }, (_, i) => from - 1 + i);
    return { tokens, start: 0, wanted, targets: wanted.map((place) => tokens[place + 1]!) };
  });
  const results = sequences.map(() => new Float32Array());
  await forEachChunk(
    forward,
    rows,
    { wanted: "score", fetch: ["targetLogprobs"], ...following },
    ({ outputs }, indices) => {
      let offset = 0;
      for (const row of indices) {
        const count = rows[row]!.wanted.length;
        results[asked[row]!.index] = outputs.targetLogprobs.slice(offset, offset + count);
        offset += count;
      }
    },
  );
  return results;
}

export interface NextTokenQuestion {
  readonly tokens: ArrayLike<number>;
  readonly candidates: ArrayLike<number>;
}

/** log P(candidate | tokens) for every candidate next token; natural logs over the whole vocabulary. */
export async function scoreNextTokens(
  forward: ForwardPass,
  questions: readonly NextTokenQuestion[],
  following: Following,
): Promise<Float32Array[]> {
  const rows = questions.map(({ tokens }): ForwardRow => ({ tokens, start: 0, wanted: [tokens.length - 1] }));
  const results = questions.map(() => new Float32Array());
  const vocabulary = forward.config.vocabularySize;
  await forEachChunk(forward, rows, { wanted: "sample", fetch: ["logprobs"], ...following }, ({ outputs }, indices) => {
    for (const [row, index] of indices.entries()) {
      results[index] = Float32Array.from(
        questions[index]!.candidates,
        (token) => outputs.logprobs[row * vocabulary + token]!,
      );
    }
  });
  return results;
}

export interface HeadSequence {
  readonly tokens: ArrayLike<number>;
  /** Index of the first token after which the heads are wanted. */
  readonly from: number;
}

/** All scalar heads after every token t ≥ from: of each sequence (its wanted tokens, heads). */
export async function headScores(
  forward: ForwardPass,
  sequences: readonly HeadSequence[],
  following: Following,
): Promise<Float32Array[]> {
  const rows = sequences.map(({ tokens, from }): ForwardRow => {
    return { tokens, start: 0, wanted: Array.from({ length: tokens.length - from }, (_, i) => from + i) };
  });
  const results = sequences.map(() => new Float32Array());
  await forEachChunk(forward, rows, { wanted: "scalar", fetch: ["scalars"], ...following }, ({ outputs }, indices) => {
    const places = indices.reduce((sum, index) => sum + rows[index]!.wanted.length, 0);
    const heads = outputs.scalars.length / places;
    let offset = 0;
    for (const index of indices) {
      const count = rows[index]!.wanted.length * heads;
      results[index] = outputs.scalars.slice(offset, offset + count);
      offset += count;
    }
  });
  return results;
}

/** The scalar head after the last token of every sequence. */
export async function scalarScores(
  forward: ForwardPass,
  sequences: readonly ArrayLike<number>[],
  following: Following,
): Promise<Float32Array> {
  const last = sequences.map((tokens) => ({ tokens, from: tokens.length - 1 }));
  return Float32Array.from(await headScores(forward, last, following), ([score]) => score ?? Number.NaN);
}
