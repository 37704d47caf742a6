import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTrainingExamples } from "../../attribution/index.ts";
import { readRun } from "../../runs/index.ts";
import { findNearComparisons } from "./comparisons.ts";
import { makeRun } from "./run.test-support.ts";

const provenance = { constitutionHash: "", templateVersion: "t", model: "m", seed: 1, schemaVersion: 1 };

/** A pair that a principle was so sure of. */
function comparisonOf(id: string, request: string, principleId: string, probability: number): object[] {
  const response = `ai-feedback/${id}/response-0`;
  return [
    {
      ...{
        ...provenance,
        type: "comparison",
        id: `ai-feedback/${id}/comparison`,
        parents: [response],
        principleId: null,
      },
      ...{ label: 0.8, raw: 0.8, evidence: [{ principleId, probability }] },
    },
    {
      ...{ ...provenance, type: "response", id: response, parents: [id], principleId: null },
      messages: [{ role: "user", content: request }],
    },
  ];
}

test("an example has the likest comparison that one of its own principles was sure of", async () => {
  const folder = await makeRun();
  const records = [
    ...comparisonOf("p-1", "say green two", "green", 0.6),
    ...comparisonOf("p-2", "say green three", "green", 0.9),
    ...comparisonOf("p-3", "what is blue", "green", 0.1),
    ...comparisonOf("p-4", "say green two", "red", 0.95),
  ];
  mkdirSync(join(folder, "ai-feedback"));
  writeFileSync(
    join(folder, "ai-feedback", "records.jsonl"),
    records.map((one) => `${JSON.stringify(one)}\n`).join(""),
  );
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.stages["ai-feedback"] = manifest.stages["sl-cai"];
  writeFileSync(path, JSON.stringify(manifest));
  const run = readRun(folder);
  const examples = await readTrainingExamples(run);
  const near = await findNearComparisons(run, examples);
  const of = (id: string) => near[examples.findIndex((example) => example.id === id)];
  // Of green's: p-1 is alike but not sure, p-4 is another principle's.
  expect(of("sl-cai/green-two/example-1")).toEqual({
    ...{ id: "ai-feedback/p-2/comparison", request: "say green three", principles: ["green"], label: 0.8 },
  });
  expect(of("sl-cai/red-two/example-1")?.id).toBe("ai-feedback/p-4/comparison");
  expect(of("sl-cai/blue-two/example-1")).toBeUndefined();
});

test("a run without AI feedback has none", async () => {
  const run = readRun(await makeRun());
  expect(await findNearComparisons(run, (await readTrainingExamples(run)).slice(0, 2))).toEqual([undefined, undefined]);
});
