import { jaccard } from "../../../src/nearest.ts";
import { rng } from "../../../src/rng.ts";

/** A prompt of a data set; ids name the set and the row. */
export interface RealPrompt {
  readonly id: string;
  readonly kind: "red-team" | "helpful";
  readonly text: string;
}

/** What a model is trained on, what settings are chosen on, and what is read once at the end: no prompt is in two of them. */
export interface Splits {
  readonly train: readonly RealPrompt[];
  readonly development: readonly RealPrompt[];
  readonly test: readonly RealPrompt[];
}

/** Which part of a pool goes where; what is left over is not used. */
export interface Shares {
  readonly train: number;
  readonly development: number;
}

/** The splits are the same for every arm and every seed of training. */
const splitSeed = 1;

/** Two prompts that share this many of their words, of those in either, are taken for one. */
const nearDuplicate = 0.5;

/**
 * Draws training and development prompts from pools, after leaving out what is nearly a test prompt or nearly another one of a
 * pool: the test set stays whole.
 */
export function drawSplits(
  pools: readonly { readonly name: string; readonly prompts: readonly RealPrompt[]; readonly shares: Shares }[],
  test: readonly RealPrompt[],
): Splits & { readonly leftOut: number } {
  const seen = test.map(wordsOf);
  const parts = pools.map(({ name, prompts, shares }) => {
    const kept = rng(splitSeed, "real", name)
      .shuffle(prompts)
      .filter((prompt) => {
        const words = wordsOf(prompt);
        if (seen.some((other) => jaccard(words, other) >= nearDuplicate)) return false;
        seen.push(words);
        return true;
      });
    const [train, end] = [shares.train, shares.train + shares.development];
    return { train: kept.slice(0, train), development: kept.slice(train, end), leftOut: prompts.length - kept.length };
  });
  return {
    train: parts.flatMap(({ train }) => train),
    development: parts.flatMap(({ development }) => development),
    test,
    leftOut: parts.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/** The first part of each kind, at least one: for trying the way out, with an n that says so. */
export function takeShare(prompts: readonly RealPrompt[], share: number): RealPrompt[] {
  return [...Map.groupBy(prompts, ({ kind }) => kind).values()].flatMap((own) =>
    own.slice(0, Math.max(1, Math.round(share * own.length))),
  );
}

/** The first of each kind, as many as make that share of the rarer one, at least one. */
export function takeEvenly(prompts: readonly RealPrompt[], share: number): RealPrompt[] {
  const kinds = [...Map.groupBy(prompts, ({ kind }) => kind).values()];
  const count = Math.max(1, Math.round(share * Math.min(...kinds.map(({ length }) => length))));
  return kinds.flatMap((own) => own.slice(0, count));
}

function wordsOf({ text }: RealPrompt): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []);
}
