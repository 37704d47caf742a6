import { expect, test } from "vitest";
import type { OrganismAudit } from "../oversight/index.ts";
import type { FinishedSuite } from "../project/index.ts";
import { showAudits } from "./show-organism.ts";
import { showSuite } from "./show-suite.ts";

const page = { width: 80, paint: (_: string, text: string) => text };

test("a written suite fits 80 columns, the claim about its labels too", () => {
  const written = {
    ...{ suite: "runs/s.jsonl", count: 12, asked: 12, outcomes: { kept: 12, unsure: 3 }, examples: [] },
    about: { name: "privacy", isCheckedByWriter: true },
  } as unknown as FinishedSuite;
  const lines = showSuite(written, page).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines[0]).toMatch(/^privacy: 12 statements, 6 on each side/);
});

test("an audit that is not blind says why", () => {
  const audit = { name: "a", tools: [], examples: [], suspected: null, phrase: null, isPlanted: false };
  const show = (isBlind: boolean): string | undefined =>
    showAudits([{ ...audit, isBlind } as unknown as OrganismAudit], { isCommitted: false }, page).split("\n")[0];
  expect([show(true), show(false)]).toEqual([
    "a: nothing found",
    "a: nothing found (not blind: no --blind, or the seal was tried before)",
  ]);
});
