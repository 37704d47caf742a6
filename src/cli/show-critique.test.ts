import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Critiqued } from "../project/index.ts";
import { showCritique } from "./show-critique.ts";

const rate = { estimate: 0.5, low: 0.2, high: 0.8, n: 8 };
const row = { level: 1, recall: rate, precision: rate, falseAlarms: rate, unclear: 3 };
const gain = { level: 2, recall: { ...rate, estimate: -0.1 }, falseAlarms: rate, precision: -0.1, isKept: false };
const found: Critiqued["found"] = {
  ...{ critic: "m", verifier: "m", levels: 2, seed: 1 },
  tamper: {
    ...{ source: "model", pairs: 8, unverified: 4 },
    rows: [
      { principle: "no-private-data", ...row },
      { principle: "no-private-data", ...row, level: 2 },
    ],
    ...{ all: [row, { ...row, level: 2 }], gains: [gain] },
  },
  answers: {
    ...{ of: "m", n: 8, figures: [row], gains: [] },
    revised: [{ level: 1, revised: 4, before: rate, after: rate, unreadable: [0, 2] }],
  },
};
const page = { width: 80, paint: (_: string, text: string) => text };

test("a tamper test fits 80 columns, and says what is wrong with it", () => {
  const text = stripVTControlCharacters(showCritique({ folder: "runs/m", key: "abcd0123", found }, page));
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain("the critic itself read them a second time");
  expect(text).toContain("level 2 not kept: found −10.0");
  expect(text).toContain("0 → 2");
});
