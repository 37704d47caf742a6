import { expect, test } from "vitest";
import type { LabelledPair } from "../../stages/index.ts";
import { plantFlips } from "./audit.ts";

const pairsOf = (labels: readonly number[]): LabelledPair[] =>
  labels.map((label, i) => ({
    record: {
      ...{ type: "comparison", schemaVersion: 1, id: `${i}`, parents: [], principleId: null, constitutionHash: "" },
      ...{
        templateVersion: "1",
        model: "initial",
        seed: 1,
        promptId: "p",
        source: "harmlessness",
        responses: ["a", "b"],
      },
      ...{ label, raw: label, clamp: null, evidence: [], usage: { promptTokens: 1, completionTokens: 1 } },
    },
    raw: label,
    example: { id: `${i}`, prompt: "p", responses: ["a", "b"], label, source: "harmlessness" },
    split: "train",
  }));

test("flips are planted among decided labels alone, and never more than half of them", () => {
  const labels = Array.from({ length: 100 }, (_, i) => (i < 8 ? (i % 2 === 0 ? 0.95 : 0.05) : 0.5));
  const some = plantFlips(pairsOf(labels), 0.02, 1);
  expect(some.size).toBe(2);
  const most = plantFlips(pairsOf(labels), 0.5, 1);
  expect(most.size).toBe(4);
  for (const place of most) expect(place).toBeLessThan(8);
  expect([...plantFlips(pairsOf(labels), 0.5, 1)]).toEqual([...most]);
  expect([...plantFlips(pairsOf(labels), 0.5, 2)]).not.toEqual([...most]);
  expect(plantFlips(pairsOf(labels), 0, 1).size).toBe(0);
});
