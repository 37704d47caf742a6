import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFixtureRun } from "../../../test/fixtures/report-run.ts";
import { readReport } from "../../report/index.ts";
import { Chains } from "../chains/chains.ts";
import { linesOf, principles, randomChain, writeRun } from "../random-chains.test-support.ts";
import { OpenRun } from "../run/open-run.ts";
import { ReviewMarks } from "../run/review-marks.ts";
import { countPrinciples, listPrinciples, readPrinciple } from "./principles.ts";

const root = mkdtempSync(join(tmpdir(), "precept-principles-"));
const records = Array.from({ length: 120 }, (_, i) => randomChain(i));
const [own, full] = [join(root, "own"), join(root, "full")];
const open: OpenRun[] = [];
beforeAll(() => {
  writeRun(own, linesOf(records));
  writeFixtureRun(full, { items: 12 });
  open.push(new OpenRun(own), new OpenRun(full));
});
afterAll(async () => {
  for (const run of open) await run.close();
  rmSync(root, { recursive: true });
});
const pageOf = async (run: OpenRun | undefined, id: string) =>
  run === undefined ? undefined : readPrinciple(run, new Chains(run, new ReviewMarks(run)), id);

test("counts of the index are those of the records, read one by one", async () => {
  const [run] = open;
  const all = records.flat();
  const count = (of: object): number =>
    all.filter((record) => Object.entries(of).every(([field, value]) => record[field] === value)).length;
  expect(run === undefined ? [] : await listPrinciples(run)).toEqual(
    principles.map((id) => ({
      id,
      text: `the answer should keep ${id} .`,
      revisions: count({ type: "revision", principleId: id }),
    })),
  );
  for (const id of principles) {
    const page = await pageOf(run, id);
    const told =
      count({ type: "critique", principleId: id }) - count({ type: "critique", principleId: id, finding: "unclear" });
    const breaks = count({ type: "critique", principleId: id, finding: "breaks" });
    expect(page?.critiques?.n).toBe(told);
    expect(page?.critiques?.breaches.estimate).toBeCloseTo(breaks / told, 12);
    expect(page?.revisions.usable).toBe(count({ type: "revision", principleId: id, outcome: "usable" }));
    expect([page?.judged, page?.broken, page?.deletion]).toEqual([null, [], null]);
    expect(page?.examples.length).toBe(4);
    for (const { chain, round, before, revised } of page?.examples ?? []) {
      const revision = all.find(
        (one) => one["promptId"] === chain && one["type"] === "revision" && one["round"] === round,
      );
      expect([revision?.["principleId"], revision?.["revision"]]).toEqual([id, revised]);
      expect(all.some((one) => [one["response"], one["revision"]].includes(before))).toBe(true);
    }
  }
  expect(await pageOf(run, "nonsense")).toBeUndefined();
});

test("whom it undoes is told from who undoes it", async () => {
  const [base] = randomChain(0);
  const texts = ["one two three four", "five", "one two three four"];
  const revisions = texts.slice(1).map((revision, i) => ({
    ...{ ...base, type: "revision", id: `sl-cai/q/revision-${i + 1}`, parents: ["sl-cai/q/response-0"], promptId: "q" },
    ...{ round: i + 1, principleId: i === 0 ? "danger" : "help", revision, outcome: "usable", tripped: [] },
  }));
  const response = { ...base, id: "sl-cai/q/response-0", promptId: "q", response: texts[0] };
  const folder = join(root, "quarrel");
  writeRun(folder, linesOf([[response, ...revisions]]));
  const run = new OpenRun(folder);
  const [help, danger] = [await pageOf(run, "help"), await pageOf(run, "danger")];
  expect(help?.quarrels).toEqual([{ principle: "danger", undoes: 1, undoneBy: 0 }]);
  expect(danger?.quarrels).toEqual([{ principle: "help", undoes: 0, undoneBy: 1 }]);
  expect([help?.putBack, danger?.putBack]).toEqual([
    { chains: 1, lastWord: 1 },
    { chains: 1, lastWord: 0 },
  ]);
  expect(danger?.examples).toMatchObject([{ undoneBy: "help", before: texts[0], revised: "five", isTrainedOn: false }]);
  await run.close();
});

test("as a judge, and broken at each checkpoint, it says what the report of the run says", async () => {
  const [, run] = open;
  const report = await readReport(full);
  for (const { id } of report.constitution?.principles ?? []) {
    const page = await pageOf(run, id);
    const { decided, followed } = report.activity[id] ?? {};
    expect(page?.judged?.n).toBe(decided?.n);
    expect(page?.judged?.sure).toBe(decided === undefined ? undefined : Math.round(decided.estimate * decided.n));
    expect(page?.judged?.sided).toBe(followed === undefined ? 0 : Math.round(followed.estimate * followed.n));
    const conflicts = report.conflicts.filter((one) => one.principles.includes(id));
    const conflicting = page?.judged?.conflicts.map(({ pairs, example }) => [pairs, example]);
    // Those that are as frequent stand in the order of the constitution here, and of their names there.
    expect(conflicting?.sort()).toEqual(
      conflicts.map(({ opposed, exampleId }) => [Math.round(opposed.estimate * opposed.n), exampleId]).sort(),
    );
    expect(page?.deletion).toContain(`--delete ${id}`);
    for (const { rates } of page?.broken ?? []) {
      expect(rates.map(({ checkpoint }) => checkpoint)).toEqual(["initial", "sl-cai", "rl-cai"]);
      expect(rates.every(({ rate }) => rate.n > 0 && rate.low <= rate.estimate && rate.estimate <= rate.high)).toBe(
        true,
      );
    }
    expect(page?.broken.length).toBeGreaterThan(0);
  }
});

test("a run without a constitution has no room of principles", () => {
  const folder = join(root, "bare");
  writeRun(folder, linesOf(records.slice(0, 1)));
  writeFileSync(join(folder, "constitution.json"), "{");
  expect(countPrinciples(new OpenRun(folder))).toBe(0);
});
