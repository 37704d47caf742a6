import { PreceptError } from "../../errors.ts";
import type { Evaluated, EvaluateItem, Sequence, Wanted } from "./llamacpp-library.ts";

/** Neither temperature nor truncation between the model and its probabilities. */
const UNTOUCHED = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 0 } as const;
/** As llama.cpp's server has it: less in common than this share is no reason to give up what a sequence holds. */
const LEAST_SHARE = 0.1;

/** Sequences that keep what they have read: a text goes to the idle one that shares the longest beginning with it. */
export class SequencePool {
  /** The one that has been idle longest first. */
  readonly #idle: Sequence[];
  readonly #waiting: ((sequence: Sequence) => void)[] = [];

  constructor(sequences: readonly Sequence[]) {
    this.#idle = [...sequences];
  }

  /** Lends a sequence to read `tokens` with; it may hold the beginning of another text. Whoever is done hands it on. */
  async use<T>(tokens: readonly number[], body: (sequence: Sequence) => Promise<T>): Promise<T> {
    const sequence = this.#take(tokens) ?? (await new Promise<Sequence>((grant) => this.#waiting.push(grant)));
    try {
      return await body(sequence);
    } catch (error) {
      // Where a reading broke off, what the sequence says that it holds may not be what it holds.
      await sequence.clearHistory();
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(sequence);
      else next(sequence);
    }
  }

  #take(tokens: readonly number[]): Sequence | undefined {
    const shared = this.#idle.map(({ contextTokens }) => sharedLength(contextTokens, tokens));
    const most = Math.max(0, ...shared);
    const best = most < LEAST_SHARE * tokens.length ? 0 : shared.indexOf(most);
    return this.#idle.splice(best, 1)[0];
  }
}

/** Forgets what a sequence holds beyond the beginning of `tokens`, and says what is left to read: the last token always. */
export async function keepPrefix(sequence: Sequence, tokens: readonly number[]): Promise<readonly number[]> {
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  return tokens.slice(sequence.contextTokens.length);
}

/** log P of every token from a place on (the second, at the earliest), given all before it. */
export async function logprobsFrom(sequence: Sequence, tokens: readonly number[], from: number): Promise<number[]> {
  const first = Math.max(1, from);
  if (tokens.length <= first) return [];
  const text = tokens.slice(0, first);
  const rest = [...(await keepPrefix(sequence, text)), ...tokens.slice(first, -1)];
  const asked = tokens.slice(first);
  const before = rest.length - asked.length;
  const results = await sequence.controlledEvaluate(
    rest.map((token, index): EvaluateItem => {
      const next = asked[index - before];
      return next === undefined ? token : [token, { generateNext: wantLogits([next]) }];
    }),
  );
  return asked.map((token, index) => logprobOf(results[before + index], token));
}

/** log P of each option, whose tokens begin at `from`; a prompt before single tokens is read once for all of them. */
export async function weighOptions(
  sequence: Sequence,
  whole: readonly (readonly number[])[],
  from: number,
): Promise<number[]> {
  const [first = []] = whole;
  if (from > 0 && whole.every(({ length }) => length === from + 1)) {
    const candidates = whole.map((tokens) => tokens[from] ?? 0);
    return nextLogprobs(sequence, first.slice(0, from), candidates);
  }
  const sums: number[] = [];
  for (const tokens of whole) {
    const logprobs = await logprobsFrom(sequence, tokens, from);
    sums.push(logprobs.reduce((sum, logprob) => sum + logprob, 0));
  }
  return sums;
}

/** log P of each candidate as the token after a text, which is read once for all. */
async function nextLogprobs(
  sequence: Sequence,
  text: readonly number[],
  candidates: readonly number[],
): Promise<number[]> {
  const rest = await keepPrefix(sequence, text);
  const last = rest.length - 1;
  const results = await sequence.controlledEvaluate(
    rest.map((token, index) => (index < last ? token : [token, { generateNext: wantLogits(candidates) }])),
  );
  return candidates.map((token) => logprobOf(results[last], token));
}

const wantLogits = (tokens: readonly number[]): Wanted => ({
  logits: { filter: { tokens, includeTop: 1 } },
  totalLogitWeight: true,
  options: UNTOUCHED,
});

/** logit − max − log Σ exp(logit − max). */
function logprobOf(evaluated: Evaluated | undefined, token: number): number {
  const { logits, totalLogitWeight: total } = evaluated?.next ?? {};
  const logit = logits?.get(token);
  if (logits === undefined || logit === undefined || total === undefined) {
    throw new PreceptError("model-failed", {
      attempted: "Scoring with llama.cpp",
      found: `no logit for token ${token}`,
    });
  }
  return logit - Math.max(...logits.values()) - Math.log(total);
}

/** How many tokens two texts have in common from the beginning. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
