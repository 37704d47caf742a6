import { expect, test } from "vitest";
import { estimateJaccard, minHash, ngramOverlap, normalise, selfBleu } from "./similarity.ts";

test("texts are compared without case, marks and width", () => {
  expect(normalise("  Hello, WORLD!\nＡ１ ")).toBe("hello world a1");
});

test("MinHash estimates the Jaccard similarity of runs of three words", () => {
  const words = Array.from({ length: 100 }, (_, i) => `w${i}`);
  // 98 runs each, 48 shared: 48 / 148.
  const a = minHash(words.join(" "));
  const b = minHash([...words.slice(50), ...Array.from({ length: 50 }, (_, i) => `v${i}`)].join(" "));
  expect(estimateJaccard(a, b)).toBeGreaterThan(48 / 148 - 0.12);
  expect(estimateJaccard(a, b)).toBeLessThan(48 / 148 + 0.12);
  expect(estimateJaccard(a, minHash(words.join(", ").toUpperCase()))).toBe(1);
  expect(estimateJaccard(a, minHash("nothing of the kind"))).toBe(0);
});

test("self-BLEU is 1 where all say the same, and low where nothing is shared", () => {
  const one = "tell me how the ship was built";
  expect(selfBleu([one, one, one])).toBeCloseTo(1, 12);
  expect(selfBleu([one])).toBeUndefined();
  expect(selfBleu(["a b c d", "e f g h"])).toBe(0);
  // "a b" against "a c": 1-grams 1/2, 2-grams (0+1)/(1+1): √(1/2 · 1/2).
  expect(selfBleu(["a b", "a c"])).toBeCloseTo(0.5, 12);
});

test("the overlap with a parent is the child's share", () => {
  expect(ngramOverlap("please tell me the way", "tell me the way at once")).toBeCloseTo(3 / 4, 12);
  expect(ngramOverlap("", "a b")).toBe(0);
});
