import { describe, expect, it } from "vitest";
import type { Prompt } from "../../language-model.ts";
import { PromptCuts } from "./prompt-cuts.ts";

/** What is odd about one prompt's count. */
const oddity = (cuts: PromptCuts, prompt: Prompt, reported: number) => cuts.check("id", prompt, reported)[0]?.oddity;
const text = (characters: number): string => "word ".repeat(characters / 5);

describe("an endpoint that cuts prompts", () => {
  it("is noticed when a prompt takes all of the context that it states", () => {
    const cuts = new PromptCuts(2048);
    expect(oddity(cuts, text(8000), 2000)).toBeUndefined();
    expect(oddity(cuts, text(9000), 2048)).toBe("2048 tokens, all of its context, for a prompt it answered");
  });

  it("is noticed when a prompt has fewer tokens than it can have, unless it is spaces, or small beside the others", () => {
    const cuts = new PromptCuts();
    expect(oddity(cuts, text(4000), 1000)).toBeUndefined();
    expect(oddity(cuts, [{ role: "user", content: text(40_000) }], 4096)).toContain(
      "4096 tokens for a prompt of 40000",
    );
    expect(oddity(cuts, `a${" ".repeat(60_000)}b`, 4096)).toBeUndefined();
    // A server that counts only what it had not cached.
    expect(oddity(cuts, text(9000), 300)).toBeUndefined();
    expect(oddity(cuts, text(600), 20)).toBeUndefined();
  });

  it("is noticed when prompts of different lengths end at one count: all of them, in whatever order", () => {
    const lengths = [8000, 8400, 10_000, 9000];
    const told = (order: readonly number[], cuts = new PromptCuts()) =>
      order.map((length) => cuts.check(`${length}`, text(length), 2048));
    expect(told(lengths).map((cut) => cut.length)).toEqual([0, 0, 3, 1]);
    const all = (order: readonly number[]) =>
      new Map(told(order).flatMap((cut) => cut.map((one) => [one.id, one.oddity])));
    expect(all(lengths).get("8000")).toBe("2048 tokens for a prompt of 8000 characters and for others alike");
    expect(all(lengths).size).toBe(4);
    expect(all(lengths.toReversed())).toEqual(all(lengths));
    // Prompts that differ by little share a count by chance.
    expect(told([8000, 8005, 8010, 8015, 8020], new PromptCuts()).flat()).toEqual([]);
  });
});
