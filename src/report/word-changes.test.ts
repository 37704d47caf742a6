import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { changesOf } from "./word-changes.ts";

const without = (kind: "removed" | "added", before: string, after: string): string | undefined =>
  changesOf(before, after)
    ?.filter((change) => change.kind !== kind)
    .map(({ text }) => text)
    .join("")
    .replace(/\s+/gu, " ")
    .trim();

describe("changesOf", () => {
  test("says what went and what came, a phrase at a time", () => {
    expect(changesOf("We will refund you today, that is binding.", "We will refund you as the terms say.")).toEqual([
      { kind: "same", text: "We will refund you " },
      { kind: "removed", text: "today, that is binding." },
      { kind: "added", text: "as the terms say." },
    ]);
  });

  test("takes a lone word between two changes for part of the change", () => {
    const [, removed, added] =
      changesOf(
        "Keep these four words: I am a fool of yours. End of it.",
        "Keep these four words: you are a friend to all. End of it.",
      ) ?? [];
    expect([removed?.text, added?.text]).toEqual(["I am a fool of yours. ", "you are a friend to all. "]);
  });

  test("says nothing of two texts that share hardly a word", () => {
    expect(changesOf("One two three four five six.", "Nothing of that is here but six.")).toBeUndefined();
    expect(changesOf("word ".repeat(1501), "word ".repeat(1501))).toBeUndefined();
    expect(changesOf("", "")).toEqual([]);
  });

  test("holds both texts whole, whatever they are", () => {
    const random = rng(3, "words");
    const text = (): string => Array.from({ length: 30 }, () => random.pick(["a", "b", "c", "d", "\n"])).join(" ");
    for (let i = 0; i < 200; i++) {
      const [before, after] = [text(), text()];
      const plain = (of: string): string => of.replace(/\s+/gu, " ").trim();
      if (changesOf(before, after) === undefined) continue;
      expect(without("added", before, after)).toBe(plain(before));
      expect(without("removed", before, after)).toBe(plain(after));
    }
  });
});
