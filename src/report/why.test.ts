import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { ratifyConstitution } from "../collective/drafting/index.ts";
import { draftedTown } from "../collective/drafting/provenance.test-support.ts";
import { readReport } from "./read.ts";
import { eachPrincipleSection } from "./sections/each-principle.ts";
import { explainRecord } from "./why.ts";

let folder = "";
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), "precept-why-")), "run");
  writeFixtureRun(folder, { items: 16 });
  return () => rmSync(folder, { recursive: true });
});

interface Line {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly round?: number;
  readonly principleId: string | null;
}

const find = (stage: string, test: (record: Line) => boolean): Line => {
  const lines = readFileSync(join(folder, stage, "records.jsonl"), "utf8")
    .trim()
    .split("\n");
  const found = lines.map((line): Line => JSON.parse(line)).find(test);
  if (found === undefined) throw new Error("no such record in the fixture");
  return found;
};

describe("why", () => {
  test("walks from a revision to its critique, the principle and the request", async () => {
    const { id, principleId } = find("sl-cai", ({ type, round }) => type === "revision" && round === 1);
    const why = await explainRecord(folder, id);
    expect(why.lines.map(({ label }) => label)).toEqual(["revision 1", "critique", "principle", "response", "request"]);
    expect(why.lines[2]).toMatchObject({
      id: principleId,
      text: expect.stringContaining(`help with a ${principleId}`),
    });
    expect(why.principles).toEqual([principleId]);
    expect(why.nearest).toBeUndefined();
  });

  test("shows under a principle what its public said and voted, and no group of fewer than five", async () => {
    const { id, principleId } = find("sl-cai", ({ type, round }) => type === "revision" && round === 1);
    const drafted = draftedTown({ id: principleId ?? "", text: "no matter" });
    const votes = [..."abcdef"].map((participant) => ({
      participant,
      principle: principleId ?? "",
      vote: participant === "f" ? ("disagree" as const) : ("agree" as const),
    }));
    const path = join(folder, "provenance.json");
    writeFileSync(path, JSON.stringify(ratifyConstitution(drafted, votes).provenance));
    onTestFinished(() => rmSync(path));
    const { lines } = await explainRecord(folder, id);
    expect(lines.slice(2, 6).map(({ label, text }) => [label, text])).toEqual([
      ["principle", expect.stringContaining(principleId ?? "")],
      ["statement", "s7: The AI should not help thieves."],
      ["votes", "10 of 12 agree (group 1: not shown, group 2: not shown)"],
      ["second vote", "ratified: 5 of 6 agree (group 1: not shown, group 2: not shown)"],
    ]);
    const data = await readReport(folder);
    expect(String(eachPrincipleSection(data)?.body)).toContain("10 of 12 agree");
  });

  test("shows the nearest training request of a trained model's answer, and none of the initial one's", async () => {
    const trained = find("evaluate", ({ subject }) => subject === "rl-cai");
    const why = await explainRecord(folder, trained.id);
    expect(why.lines.map(({ label }) => label)).toEqual(["answer", "request"]);
    expect(why.principles).toEqual([]);
    expect(why.nearest?.run).toBe("run");
    expect(why.nearest?.lines.map(({ label }) => label)).toEqual(
      expect.arrayContaining(["critique", "principle", "request"]),
    );
    const initial = find("evaluate", ({ subject }) => subject === "initial");
    expect((await explainRecord(folder, initial.id)).nearest).toBeUndefined();
  });

  test("names the principles whose evidence decided a comparison, the surest first", async () => {
    const { id } = find("ai-feedback", ({ type }) => type === "comparison");
    const { lines, principles } = await explainRecord(folder, id);
    expect(lines.slice(0, 3).map(({ label }) => label)).toEqual(["preferred", "over", "principle"]);
    expect(lines[2]?.text).toMatch(/^\w+ \(\d+ % for it\)/);
    expect(principles).toContain(lines[2]?.id);
  });
});

test("a run's neighbour is not its training data", async () => {
  const other = mkdtempSync(join(tmpdir(), "precept-why-other-"));
  onTestFinished(() => rmSync(other, { recursive: true }));
  writeFixtureRun(join(other, "run"), { items: 16 });
  rmSync(join(other, "run", "sl-cai"), { recursive: true });
  const { id } = find("evaluate", ({ subject }) => subject === "rl-cai");
  expect((await explainRecord(join(other, "run"), id)).nearest).toBeUndefined();
});
