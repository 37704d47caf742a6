import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import {
  type DerivedRecord,
  derivedRecordSchema,
  formatRecord,
  lineage,
  loadRecords,
  promptItemSchema,
  SCHEMA_VERSION,
  shapingPrinciples,
} from "./index.ts";

const provenance = {
  schemaVersion: SCHEMA_VERSION,
  constitutionHash: "c0ffee",
  templateVersion: "test-1",
  model: "initial",
  seed: 7,
} as const;
const usage = { promptTokens: 3, completionTokens: 2 };
const response: DerivedRecord = {
  ...provenance,
  type: "response",
  id: "sl-cai/p/r0",
  parents: ["p"],
  principleId: null,
  promptId: "p",
  kind: "red-team",
  messages: [{ role: "user", content: "q" }],
  sample: 0,
  response: "bad",
  finishReason: "stop",
  usage,
};
const critique: DerivedRecord = {
  ...provenance,
  type: "critique",
  id: "sl-cai/p/r1/critique/danger",
  parents: ["sl-cai/p/r0"],
  principleId: "danger",
  promptId: "p",
  round: 1,
  critique: "so it breaks",
  finding: "breaks",
  finishReason: "stop",
  usage,
};
const revision: DerivedRecord = {
  ...provenance,
  type: "revision",
  id: "sl-cai/p/r1/revision",
  parents: ["sl-cai/p/r0", critique.id],
  principleId: "danger",
  promptId: "p",
  round: 1,
  tripped: ["danger", "tone"],
  revision: "good",
  outcome: "usable",
  finishReason: "stop",
  usage,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-records-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("readRecords", () => {
  it("gives back what was written, and skips blank lines", async () => {
    const path = join(folder, "records.jsonl");
    await writeFile(path, `${formatRecord(response)}\n\n${formatRecord(critique)}\n${formatRecord(revision)}\n`);
    expect(await loadRecords(path, derivedRecordSchema)).toEqual([response, critique, revision]);
  });

  it("writes a parsed record in the same bytes", () => {
    expect(formatRecord(derivedRecordSchema.parse(revision))).toBe(
      formatRecord(derivedRecordSchema.parse(derivedRecordSchema.parse(revision))),
    );
  });

  it.each([
    ["a half line", formatRecord(response).slice(0, 40), "not JSON"],
    ["another version", formatRecord({ ...response, schemaVersion: 2 }), "schemaVersion"],
    ["a wrong type", formatRecord({ ...response, parents: "p" }), "parents: Invalid input"],
  ])("names the line of %s", async (_, line, message) => {
    const path = join(folder, "records.jsonl");
    await writeFile(path, `${formatRecord(critique)}\n${line}\n`);
    const failure = await loadRecords(path, derivedRecordSchema).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PreceptError);
    expect(failure).toMatchObject({ code: "run-invalid" });
    expect(String(failure)).toContain(`${path}:2`);
    expect(String(failure)).toContain(message);
  });

  it("says which file is missing", async () => {
    await expect(loadRecords(join(folder, "none.jsonl"), derivedRecordSchema)).rejects.toMatchObject({
      code: "run-invalid",
    });
  });
});

it("a prompt has an id and a turn", () => {
  const item = { id: "p", kind: "helpful", messages: [{ role: "user", content: "q" }] };
  expect(promptItemSchema.safeParse(item).success).toBe(true);
  for (const lacking of [{ id: "" }, { messages: [] }, { kind: "other" }]) {
    expect(promptItemSchema.safeParse({ ...item, ...lacking }).success).toBe(false);
  }
});

describe("lineage", () => {
  const records = new Map([response, critique, revision].map((record) => [record.id, record]));

  it("walks from a revision back to the response and the principle", () => {
    expect(lineage(records, revision.id).map(({ id }) => id)).toEqual([response.id, critique.id]);
    expect(shapingPrinciples(records, revision.id)).toEqual(["danger"]);
    expect(shapingPrinciples(records, response.id)).toEqual([]);
    const evidence = [{ principleId: "tone" }, { principleId: "danger" }];
    const label = { ...response, type: "comparison", id: "ai-feedback/p", parents: [revision.id], evidence };
    expect(shapingPrinciples(new Map([...records, [label.id, label]]), label.id)).toEqual(["tone", "danger"]);
  });

  it("ends on a circle", () => {
    const circle = new Map([
      ["a", { ...response, id: "a", parents: ["b"] }],
      ["b", { ...response, id: "b", parents: ["a"] }],
    ]);
    expect(lineage(circle, "a").map(({ id }) => id)).toEqual(["b"]);
  });
});
