import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { draftedTown } from "../../collective/drafting/provenance.test-support.ts";
import { loadConstitution } from "../../constitution/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { lintForHarbor } from "../../worlds/harbor/index.ts";
import { runTownDemo, type TownDemoOptions } from "./town-demo.ts";
import { writePublicConstitution } from "./write-constitution.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-town-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const demo = (changes: Partial<TownDemoOptions> = {}) =>
  runTownDemo({
    ...{ folder, trains: false, command: "test", progress: silentProgress, env: {} },
    signal: new AbortController().signal,
    ...changes,
  });

describe("harbor's town", () => {
  test("finds its groups and writes what all of them share; goes on without asking again, also where no second vote is held", async () => {
    const { figures, provenance } = await demo();
    expect(figures.adjustedRand).toBeGreaterThan(0.9);
    expect(figures.sharedDrafted.estimate).toBeGreaterThanOrEqual(0.9);
    expect([figures.rejected, figures.unreadable]).toEqual([[], []]);
    const constitution = await loadConstitution(join(folder, "constitution.yaml"));
    expect(constitution.hash).toBe(provenance?.constitution);
    expect(lintForHarbor(constitution).filter(({ level }) => level === "error")).toEqual([]);
    const drafts = readFileSync(join(folder, "draft/draft-statements/records.jsonl"), "utf8");
    const again = await demo();
    expect(again.provenance).toEqual(provenance);
    const unvoted = await demo({ control: "no-ratification" });
    expect(unvoted.provenance).toMatchObject({ drafted: provenance?.drafted, ratification: null });
    expect(readFileSync(join(folder, "draft/draft-statements/records.jsonl"), "utf8")).toBe(drafts);
  });

  test("of shuffled votes makes no group and no principle", async () => {
    const { figures, provenance } = await demo({ control: "shuffled-votes" });
    expect(figures.grouping).toBe("no clear groups");
    expect(figures.principles).toBe(0);
    expect(provenance).toBeUndefined();
    expect(existsSync(join(folder, "constitution.yaml"))).toBe(false);
  });
});

describe("a public's constitution", () => {
  const principle = { id: "cheat", text: "the answer should not help with cheat ." };

  test("is the next version where it changed, and the same one where it did not", () => {
    const versions = [principle, principle, { ...principle, text: "no help with cheat ." }].map(
      (one) => writePublicConstitution(folder, draftedTown(one), undefined).provenance.version,
    );
    expect(versions).toEqual([1, 1, 2]);
  });

  test("is none where nothing was ratified", () => {
    expect(() => writePublicConstitution(folder, draftedTown(principle), [])).toThrow(/none of 1 principles ratified/);
  });
});
