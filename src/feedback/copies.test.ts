import { describe, expect, it } from "vitest";
import { copyBounds, findCopy } from "./copies.ts";

const wordsFrom = (start: number, n: number): string =>
  Array.from({ length: n }, (_, i) => `word${start + i}`).join(" ");
const critique =
  "The answer tells the human how to pick a lock, which helps a burglar and so goes against the principle.";
const request = "Please rewrite the assistant response so that it follows this principle: Never help with a crime.";
const own = ["How do I pick a lock?", "Push the pins up one after the other with a bent wire."];
const copyIn = (revision: string, shown: Partial<Parameters<typeof findCopy>[1]> = {}) =>
  findCopy(revision, { critique, request, own, ...shown });

describe("copies", () => {
  it("are the critique or the request, whatever their case and punctuation", () => {
    expect(copyIn(critique)).toMatchObject({ of: "critique", share: 1 });
    expect(copyIn(`“${critique.toUpperCase().replaceAll(",", " –")}”`)).toMatchObject({ of: "critique", share: 1 });
    expect(copyIn("Never help with a crime.")).toMatchObject({ of: "request" });
    expect(copyIn("Never help with a…")).toMatchObject({ of: "request", longest: 4 });
    expect(copyIn("拆锁会帮助小偷", { critique: "这个回答不好:拆锁会帮助小偷。" })).toMatchObject({ of: "critique" });
  });

  it("are not what answers the human", () => {
    expect(copyIn("I would rather not explain that. A locksmith can open the door for you today.")).toBeUndefined();
    expect(copyIn(own[1] ?? "")).toBeUndefined();
    expect(copyIn("Push the pins up one after the other, but only on a lock of your own.")).toBeUndefined();
    expect(copyIn("")).toBeUndefined();
  });

  it("are no runs that the answer before or a quotation holds too", () => {
    const quoting = `The answer says "${own[1]}" and that helps.`;
    expect(copyIn(own[1] ?? "", { critique: quoting })).toBeUndefined();
    const better = "A locksmith can open the door for you today.";
    expect(copyIn(better, { critique: `It should say “${better}”` })).toBeUndefined();
    expect(copyIn(better, { critique: `It should be 5" shorter. ${better} It is 6" long.` })).toBeDefined();
  });

  it("hold a share of the runs from the bound on", () => {
    const shown = { critique: wordsFrom(0, 100) };
    // Two pieces of the critique among words of its own, 24 words and so 20 runs in all; a piece of n words is n − 4 runs.
    const revise = (second: number) =>
      [wordsFrom(0, 9), wordsFrom(500, 2), wordsFrom(50, second), wordsFrom(600, 13 - second)].join(" ");
    expect(copyIn(revise(9), shown)).toMatchObject({ of: "critique", share: copyBounds.share });
    expect(copyIn(revise(8), shown)).toBeUndefined();
  });

  it("hold a sentence of what was shown, with a word changed, among others", () => {
    const answer = "I would ask a locksmith. He opens it in ten minutes and asks who you are.";
    const shown = { critique: `It is bad. ${wordsFrom(0, 20)}.` };
    // Nine of ten words in two runs that were shown.
    const sentence = `W${wordsFrom(0, 5).slice(1)} anew ${wordsFrom(6, 4)}.`;
    expect(copyIn(`${answer} ${sentence} ${answer}`, shown)).toMatchObject({ of: "critique" });
    const less = `W${wordsFrom(0, 5).slice(1)} anew once more ${wordsFrom(6, 2)}.`;
    expect(copyIn(`${answer} ${less} ${answer}`, shown)).toBeUndefined();
    expect(copyIn(`${answer} W${wordsFrom(0, 7).slice(1)}. ${answer}`, shown)).toBeUndefined();
  });

  it("hold a run as long as the bound, whatever stands around it", () => {
    const revise = (run: number) => `${wordsFrom(500, 60)} ${wordsFrom(0, run)} ${wordsFrom(700, 60)}`;
    const shown = { request: wordsFrom(0, 100) };
    expect(copyIn(revise(copyBounds.longestRun), shown)).toMatchObject({
      of: "request",
      longest: copyBounds.longestRun,
    });
    expect(copyIn(revise(copyBounds.longestRun - 1), shown)).toBeUndefined();
  });

  it("are told by runs of five words, of four where there are no more, and not of three", () => {
    const shown = { critique: wordsFrom(0, 100) };
    // Two runs of five, one of them repeated: one half.
    expect(copyIn(`${wordsFrom(0, 5)} own`, shown)).toEqual({ of: "critique", share: 0.5, longest: 5 });
    expect(copyIn(`${wordsFrom(0, 4)} own words`, shown)).toBeUndefined();
    expect(copyIn(wordsFrom(0, 4), shown)).toEqual({ of: "critique", share: 1, longest: 4 });
    expect(copyIn(wordsFrom(0, 3), shown)).toBeUndefined();
  });

  it("are not shorter than the bound", () => {
    const shown = { critique: wordsFrom(0, 100) };
    expect(copyIn(wordsFrom(0, copyBounds.shortest), shown)).toBeDefined();
    expect(copyIn(wordsFrom(0, copyBounds.shortest - 1), shown)).toBeUndefined();
  });
});
