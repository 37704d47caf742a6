import { describe, expect, it } from "vitest";
import { hash32 } from "../../rng.ts";
import type { Evaluated, EvaluateItem, Sequence } from "./llamacpp-library.ts";
import { keepPrefix, logprobsFrom, SequencePool, weighOptions } from "./sequences.ts";

const VOCABULARY = 12;

/** Any logits that depend on the whole text before, so that a wrong state shows. */
const logitsAfter = (text: readonly number[]): number[] =>
  Array.from({ length: VOCABULARY }, (_, token) => (hash32(`${text.join(" ")} | ${token}`) % 4000) / 1000);

const logprobAfter = (text: readonly number[], token: number): number => {
  const logits = logitsAfter(text);
  return (logits[token] ?? 0) - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
};

/** A small language model behind the engine's interface: it holds tokens, and counts those that it reads. */
class TableSequence implements Sequence {
  contextTokens: number[] = [];
  readCount = 0;

  async adaptStateToTokens(tokens: readonly number[]): Promise<void> {
    const end = this.contextTokens.findIndex((token, index) => token !== tokens[index]);
    if (end >= 0) this.contextTokens = this.contextTokens.slice(0, end);
  }

  async controlledEvaluate(input: readonly EvaluateItem[]): Promise<(Evaluated | undefined)[]> {
    return input.map((item) => {
      const [token, wanted] = typeof item === "number" ? [item, undefined] : item;
      this.contextTokens.push(token);
      this.readCount++;
      if (wanted === undefined) return undefined;
      const { tokens, includeTop } = wanted.generateNext.logits.filter;
      const sorted = [...logitsAfter(this.contextTokens).entries()].sort(([, a], [, b]) => b - a);
      const logits = new Map(sorted.filter(([id], place) => place < includeTop || tokens.includes(id)));
      const largest = sorted[0]?.[1] ?? 0;
      return { next: { logits, totalLogitWeight: sorted.reduce((sum, [, l]) => sum + Math.exp(l - largest), 0) } };
    });
  }

  async *evaluate(tokens: readonly number[]): AsyncGenerator<number> {
    await this.controlledEvaluate(tokens);
    yield 0;
  }

  async clearHistory(): Promise<void> {
    this.contextTokens = [];
  }
}

const prompt = [1, 2, 3, 4, 5, 6, 7];

describe("weighing options on one sequence", () => {
  it("reads the text before single tokens once, and what it weighs is what scoring says", async () => {
    const sequence = new TableSequence();
    const sums = await weighOptions(
      sequence,
      [8, 9, 10, 9].map((token) => [...prompt, token]),
      prompt.length,
    );
    expect(sums).toEqual([8, 9, 10, 9].map((token) => expect.closeTo(logprobAfter(prompt, token), 9)));
    expect(sequence.readCount).toBe(prompt.length);
  });

  it("goes on from the shared beginning where options are longer than a token", async () => {
    const sequence = new TableSequence();
    const options = [[8], [9, 10, 11], [9, 0]];
    const sums = await weighOptions(
      sequence,
      options.map((option) => [...prompt, ...option]),
      prompt.length,
    );
    const expected = options.map((option) =>
      option.reduce((sum, token, index) => sum + logprobAfter([...prompt, ...option.slice(0, index)], token), 0),
    );
    expect(sums).toEqual(expected.map((sum) => expect.closeTo(sum, 9)));
    // The prompt once; of every other option the prompt's last token, and what comes before the option's own last.
    expect(sequence.readCount).toBe(prompt.length + (1 + 2) + (1 + 1));
  });

  it("counts a token across the boundary as the option's", async () => {
    const options = [
      [1, 2, 3, 8],
      [1, 2, 3, 4, 9],
    ];
    const sums = await weighOptions(new TableSequence(), options, 3);
    const long = logprobAfter([1, 2, 3], 4) + logprobAfter([1, 2, 3, 4], 9);
    expect(sums).toEqual([expect.closeTo(logprobAfter([1, 2, 3], 8), 9), expect.closeTo(long, 9)]);
  });

  it("scores from the second token where nothing comes before the first, and nothing where nothing is left", async () => {
    expect(await logprobsFrom(new TableSequence(), [3, 4, 5], 0)).toEqual(
      [logprobAfter([3], 4), logprobAfter([3, 4], 5)].map((value) => expect.closeTo(value, 9)),
    );
    expect(await logprobsFrom(new TableSequence(), prompt, prompt.length)).toEqual([]);
  });

  it("says the same on a sequence that holds any other text", async () => {
    for (const held of [[], [1], [1, 2, 9, 9, 9], [...prompt, 8, 9], [5, 5, 5]]) {
      const sequence = new TableSequence();
      sequence.contextTokens = [...held];
      const [value] = await logprobsFrom(sequence, [...prompt, 8], prompt.length);
      expect(value).toBeCloseTo(logprobAfter(prompt, 8), 9);
    }
  });
});

describe("sequences that keep what they have read", () => {
  const read = (tokens: readonly number[]) => async (sequence: Sequence) => {
    await sequence.controlledEvaluate(await keepPrefix(sequence, tokens));
    return sequence;
  };

  it("gives a text to the one that shares the longest beginning, and one like no other to the one idle longest", async () => {
    const [a, b] = [new TableSequence(), new TableSequence()];
    const pool = new SequencePool([a, b]);
    const other = [9, 9, 9, 9, 9, 9, 9];
    expect(await pool.use(prompt, read(prompt))).toBe(a);
    expect(await pool.use(other, read(other))).toBe(b);
    const next = [...prompt, 8, 8];
    expect(await pool.use(next, read(next))).toBe(a);
    expect(a.readCount).toBe(next.length);
    // One token in common with the other one is no reason to give up what it holds: the first one is next in turn now.
    const third = [1, ...Array.from({ length: 20 }, () => 7)];
    expect(await pool.use(third, read(third))).toBe(b);
  });

  it("lets who comes later wait, and forgets what a reading that broke off left behind", async () => {
    const sequence = new TableSequence();
    const pool = new SequencePool([sequence]);
    const failed = pool.use(prompt, async (taken) => {
      await taken.controlledEvaluate([1, 2]);
      throw new Error("broken off");
    });
    const later = pool.use(prompt, async ({ contextTokens }) => contextTokens.length);
    await expect(failed).rejects.toThrow("broken off");
    expect(await later).toBe(0);
  });
});
