import type { TransformerConfig } from "../checkpoint/config.ts";
import type { PrefixGroup } from "./batching.ts";
import type { SiteEdit } from "./edits.ts";
import type { ForwardPass, ForwardRow } from "./forward.ts";
import type { Wanted } from "./inference-graph.ts";
import type { KeyValueCache } from "./key-value-cache.ts";

export interface PrefillOptions<Output extends string> {
  readonly wanted: Wanted;
  readonly fetch: readonly Output[];
  readonly temperature?: number | undefined;
  /** Whether the cache must hold the whole sequences afterwards, to go on from there. */
  readonly keep: boolean;
  /** Called before every run; throws to stop. */
  readonly check: () => void;
  /** What is done to sites on the way. */
  readonly edits?: readonly SiteEdit[] | undefined;
}

/** What one run of the graph gave: for the rows from `first` on, in their order, the outputs at all wanted positions. */
export interface PrefillChunk<Output extends string> {
  readonly first: number;
  readonly count: number;
  readonly outputs: Readonly<Record<Output, Float32Array>>;
}

/** Tokens per run, padding included: large enough for the threads, small enough for memory where every token has logits. */
const tokensPerRun = ({ vocabularySize }: TransformerConfig): number =>
  Math.max(256, Math.min(4096, Math.floor(2 ** 25 / vocabularySize)));

/** The rows of a batch: its groups' members one after another, those without a shared prefix first. */
export function batchOrder(groups: readonly PrefixGroup[]): PrefixGroup[] {
  return [...groups.filter((group) => group.shared === 0), ...groups.filter((group) => group.shared > 0)];
}

/**
 * Runs whole sequences: first every shared prefix once, then what is left of each row. `rows` are in `batchOrder`.
 * The cache must be reset to as many rows; without shared prefixes and `keep` it is not touched and may be absent.
 */
export async function prefill<Output extends string>(
  forward: ForwardPass,
  groups: readonly PrefixGroup[],
  rows: readonly ForwardRow[],
  cache: KeyValueCache | undefined,
  options: PrefillOptions<Output>,
): Promise<PrefillChunk<Output>[]> {
  const chunks: PrefillChunk<Output>[] = [];
  const sharing = groups.filter((group) => group.shared > 0);
  const alone = rows.length - sharing.reduce((sum, group) => sum + group.members.length, 0);
  const { wanted, fetch, temperature = 1, keep, check, edits } = options;
  const budget = tokensPerRun(forward.config);

  for (const { start, end } of runsOf(rows.slice(0, alone), budget)) {
    check();
    const { outputs, rows: made } = await forward.run(rows.slice(start, end), {
      wanted,
      fetch,
      temperature,
      keep,
      edits,
    });
    if (keep) for (let row = start; row < end; row++) cache?.append(made, row - start, row, rows[row]!.tokens.length);
    chunks.push({ first: start, count: end - start, outputs });
  }
  if (cache === undefined || sharing.length === 0) return chunks;

  const firstRows: number[] = [];
  let next = alone;
  for (const group of sharing) {
    firstRows.push(next);
    next += group.members.length;
  }
  const prefixes = sharing.map(
    ({ shared }, index): ForwardRow => ({
      tokens: sliceOf(rows[firstRows[index]!]!.tokens, 0, shared),
      start: 0,
      wanted: [],
    }),
  );
  for (const { start, end } of runsOf(prefixes, budget)) {
    check();
    const run = prefixes.slice(start, end).map((row, index) => (index === 0 ? { ...row, wanted: [0] } : row));
    const { rows: made } = await forward.run(run, { wanted: "sample", fetch: [], keep: true, edits });
    for (let index = start; index < end; index++) {
      const { members, shared } = sharing[index]!;
      for (let member = 0; member < members.length; member++)
        cache.append(made, index - start, firstRows[index]! + member, shared);
    }
  }

  const suffixes = rows.slice(alone).map((row, index): ForwardRow => {
    const shared = cache.lengths[alone + index]!;
    const { tokens, wanted: places, targets } = row;
    const own = {
      tokens: sliceOf(tokens, shared, tokens.length),
      start: shared,
      wanted: places.map((place) => place - shared),
    };
    return targets === undefined ? own : { ...own, targets };
  });
  for (const { start, end } of runsOf(suffixes, budget)) {
    check();
    const first = alone + start;
    const run = suffixes.slice(start, end);
    const { outputs, rows: made } = await forward.run(run, {
      wanted,
      fetch,
      temperature,
      keep,
      edits,
      past: { cache, first },
    });
    if (keep) for (const [index, row] of run.entries()) cache.append(made, index, first + index, row.tokens.length);
    chunks.push({ first, count: end - start, outputs });
  }
  return chunks;
}

function sliceOf(tokens: ArrayLike<number>, start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => tokens[start + index]!);
}

/** Consecutive rows that together, padded to the longest, stay within the budget of one run. */
function runsOf(rows: readonly ForwardRow[], budget: number): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  let start = 0;
  let longest = 0;
  for (const [index, row] of rows.entries()) {
    const length = Math.max(longest, row.tokens.length);
    if (index > start && length * (index - start + 1) > budget) {
      runs.push({ start, end: index });
      start = index;
      longest = row.tokens.length;
    } else longest = length;
  }
  if (rows.length > start) runs.push({ start, end: rows.length });
  return runs;
}
