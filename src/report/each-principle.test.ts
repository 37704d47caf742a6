import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { wilson } from "../statistics/index.ts";
import type { ReportData } from "./data.ts";
import { readReport, writeReport } from "./index.ts";
import { PrincipleCounter } from "./principle-records.ts";
import { eachPrincipleSection } from "./sections/each-principle.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-each-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (name: string, options: Parameters<typeof writeFixtureRun>[1] = {}): string => {
  writeFixtureRun(join(folder, name), { items: 40, ...options });
  return join(folder, name);
};

describe("PrincipleCounter", () => {
  const evidence = (principleId: string, probability: number) => {
    const order = { probability, thought: null, method: "logprobs" as const };
    return {
      principleId,
      weight: 1,
      orders: [order, order] as [typeof order, typeof order],
      probability,
      disagreement: 0,
    };
  };
  const compared = (id: string, raw: number, ...said: [string, number][]) => ({
    id,
    raw,
    evidence: said.map(([name, p]) => evidence(name, p)),
  });

  it("counts two principles sure of opposite answers, and who prevailed", () => {
    const counter = new PrincipleCounter();
    // The threshold counts as sure; 0.26 does not reach it.
    counter.addComparison(compared("a", 0.4, ["tone", 0.25], ["calm", 0.75]));
    counter.addComparison(compared("b", 0.6, ["calm", 0.9], ["tone", 0.05]));
    counter.addComparison(compared("c", 0.9, ["calm", 0.9], ["tone", 0.9]));
    counter.addComparison(compared("d", 0.6, ["calm", 0.9], ["tone", 0.26]));
    expect(counter.conflicts()).toEqual([
      { principles: ["calm", "tone"], opposed: wilson(2, 3), firstPrevailed: wilson(1, 2), exampleId: "b" },
    ]);
    const { tone } = counter.activity();
    expect(tone).toMatchObject({ decided: wilson(3, 4), followed: wilson(2, 3), revisions: 0 });
    // P of the answer that it prefers: 0.75, 0.95, 0.9.
    expect(tone?.sureness).toBeCloseTo((0.75 + 0.95 + 0.9) / 3, 12);
    expect(tone?.tripped).toBeUndefined();
  });

  it("calls agreement no conflict, whichever way a pair is read", () => {
    const counter = new PrincipleCounter();
    counter.addComparison(compared("a", 0.2, ["tone", 0.1], ["calm", 0.2], ["help", 0.5]));
    counter.addComparison(compared("b", 0.8, ["tone", 0.9], ["calm", 0.8], ["help", 0.5]));
    expect(counter.conflicts()).toEqual([]);
    expect(counter.activity()["help"]).toEqual({ unstated: 0, revisions: 0, usable: 0, decided: wilson(0, 2) });
  });

  it("counts critiques that found a breach, and the revisions under it", () => {
    const counter = new PrincipleCounter();
    for (const finding of ["breaks", "keeps", "unclear"] as const)
      counter.addCritique({ principleId: "tone", finding });
    for (const outcome of ["usable", "empty"] as const) counter.addRevision({ principleId: "tone", outcome });
    expect(counter.activity()).toEqual({ tone: { tripped: wilson(1, 2), unstated: 1, revisions: 2, usable: 1 } });
  });
});

describe("a page per principle", () => {
  it("shows what it changed and where it conflicts, with the records", async () => {
    const data = await readReport(run("full"));
    expect(data.activity["danger"]).toMatchObject({ tripped: { estimate: 1 }, decided: { estimate: 1 } });
    // Every eighth of 40 pairs, each under another principle.
    expect(data.conflicts.map(({ opposed }) => opposed.estimate * opposed.n)).toEqual([1, 1, 1, 1, 1]);
    expect(data.conflicts[0]?.example?.record.id).toBe(data.conflicts[0]?.exampleId);
    const page = String(eachPrincipleSection(data)?.body);
    expect(page.match(/<details class="page-of">/gu)).toHaveLength(8);
    expect(page).toContain(data.conflicts[0]?.exampleId);
    expect(page).toContain('<a href="#principle-danger">danger</a>');
    expect(page).toContain("precept demo --preset demo --seed 7 --delete danger --out runs/without-danger");
    expect(page).toMatch(/precept report \S+\/full --deleted danger=runs\/without-danger/);
  });

  it("shows what its deletion does, paired with this run", async () => {
    // Enough requests a principle to tell the rise from chance after Holm over the table.
    const items = 120;
    const [full, without] = [run("full", { items }), run("without-danger", { items, without: "danger" })];
    const data = await readReport(full, { deleted: [{ principle: "danger", run: without }] });
    const [deletion] = data.deletions;
    expect(deletion).toMatchObject({
      run: "without-danger",
      checkpoint: "rl-cai",
      differs: [],
      pairs: 6 * items,
      leftOut: [0, 0],
    });
    const rise = (principle: string) =>
      deletion?.rows.find((row) => row.principle === principle && row.group["split"] === "heldOut");
    expect(rise("danger")?.difference?.low).toBeGreaterThan(0);
    expect(rise("danger")?.verdict).toBe("worse");
    // Common random numbers: nothing but the deleted principle's requests is answered otherwise.
    expect(rise("cheat")).toMatchObject({ difference: { estimate: 0 }, verdict: "cannot tell" });
    const page = readFileSync(await writeReport(full, { deleted: [{ principle: "danger", run: without }] }), "utf8");
    expect(page).toContain("<strong>danger</strong> (deleted)");
    expect(page).not.toMatch(/NaN|undefined/u);
  });

  it.each([
    ["a principle that this run has not", "nonsense", "without-danger", /has no principle nonsense/u],
    ["a run that has the principle", "cheat", "without-danger", /has the principle too/u],
    ["no run", "danger", "nowhere", /no such folder/u],
  ])("refuses %s", async (_, principle, name, message) => {
    const full = run("full");
    run("without-danger", { without: "danger" });
    const deleted = [{ principle, run: join(folder, name) }];
    await expect(readReport(full, { deleted })).rejects.toThrowError(message);
    await expect(readReport(full, { deleted })).rejects.toMatchObject({ code: "usage" });
  });

  it("is left out where nothing was asked or measured", async () => {
    const { constitution, summary, ...rest } = await readReport(run("full"));
    const empty: ReportData = { ...rest, activity: {}, conflicts: [] };
    expect(eachPrincipleSection(empty)).toBeUndefined();
  });
});
