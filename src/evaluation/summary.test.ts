import { expect, it } from "vitest";
import { wilson } from "../statistics/index.ts";
import { parseSummary, SUMMARY_VERSION, type Summary } from "./summary.ts";

const summary: Summary = {
  schemaVersion: SUMMARY_VERSION,
  preset: "smoke",
  seed: 1,
  constitutionHash: "sha256:0",
  checkpoints: {
    initial: { heldOut: { violation: wilson(9, 10), "byPrinciple.danger": wilson(3, 4), insult: wilson(1, 10) } },
  },
  roles: { verdict: { seen: wilson(10, 10) } },
  stages: { "sl-cai": { seconds: 2, tokens: 100, tokensPerSecond: 50, gflops: 1, counts: { prompts: 10 } } },
  peakMemoryBytes: 1,
};

it("reads what it wrote, extra metrics included", () => {
  expect(parseSummary(JSON.parse(JSON.stringify(summary)), "summary.json")).toEqual(summary);
});

it("names the field that is wrong", () => {
  const bad = {
    ...summary,
    checkpoints: { initial: { seen: { violation: { estimate: 2, low: 0, high: null, n: 1 } } } },
  };
  expect(() => parseSummary(bad, "summary.json")).toThrowError(/checkpoints\.initial\.seen\.violation/);
  expect(() => parseSummary({}, "summary.json")).toThrowError(expect.objectContaining({ code: "run-invalid" }));
  expect(() => parseSummary(null, "summary.json")).toThrowError(expect.objectContaining({ code: "run-invalid" }));
});
