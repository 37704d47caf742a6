import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { decisionsOf, hasOversight, keepScaling, readOversight, readScaling } from "../oversight/index.ts";
import { writeOversight } from "../oversight/oversight.test-support.ts";
import { toOversightParts, writeReport } from "./index.ts";
import { organismsPart } from "./oversight/judged.ts";

function makeRun(prepare: (run: string) => void): string {
  const run = mkdtempSync(join(tmpdir(), "precept-report-oversight-"));
  onTestFinished(() => rmSync(run, { recursive: true }));
  writeFixtureRun(run, { items: 4 });
  prepare(run);
  return run;
}

test("every kind that commands keep is a part, and each part a section of the report", async () => {
  const run = makeRun(writeOversight);
  const parts = toOversightParts(readOversight(run));
  const ids = [
    "policy",
    "card",
    "debate",
    "critique",
    "process",
    "organisms",
    "scaling-parameters",
    "overoptimisation",
  ];
  expect(parts.map(({ id }) => id)).toEqual(ids);
  for (const { tables } of parts)
    for (const { head, rows } of tables) for (const row of rows) expect(row.length).toBe(head.length);
  const page = readFileSync(await writeReport(run), "utf8");
  for (const id of ids) expect(page).toContain(`<section id="oversight-${id}"`);
  expect(page).toMatch(
    /<th scope="row">debate<\/th><td class="num">78\.0 %<span class="ci">74\.0 to 82\.0, n 200<\/span>/u,
  );
  expect(page).toContain("the filter is not ready");
});

test.each([
  ["debate", "oversight/debate.json"],
  ["critique", "oversight/critique"],
  ["process", "oversight/process.json"],
  ["organisms", "oversight/organism"],
  ["scaling-parameters", "oversight/scaling/over-parameters.json"],
  ["overoptimisation", "oversight/scaling/overoptimisation.json"],
  ["policy", "oversight/policy.json"],
  ["card", "oversight/card.json"],
])("%s alone is oversight", (id, place) => {
  const whole = makeRun(writeOversight);
  const run = makeRun(() => undefined);
  expect(hasOversight(run)).toBe(false);
  cpSync(join(whole, place), join(run, place), { recursive: true });
  expect(hasOversight(run)).toBe(true);
  expect(toOversightParts(readOversight(run)).map((part) => part.id)).toEqual([id]);
});

test("a fit over several runs is a part of each that stands beside it, under an id of its own, and of no other", () => {
  const folder = makeRun(() => undefined);
  writeOversight(join(folder, "other"));
  const [own] = readScaling(join(folder, "other"));
  if (own === undefined) throw new Error("the fixture has a fit");
  const [a, c] = [join(folder, "a"), join(folder, "c")];
  keepScaling(folder, { ...own, runs: ["a", "/elsewhere/c"], beside: ["a"] });
  expect([hasOversight(a), hasOversight(c)]).toEqual([true, false]);
  keepScaling(a, own);
  const ids = ["scaling-parameters", "scaling-parameters-beside"];
  expect(toOversightParts(readOversight(a)).map(({ id }) => id)).toEqual(ids);
});

test("what cannot be read is said by its place in the run, without a path of this machine", () => {
  const run = makeRun(writeOversight);
  writeFileSync(join(run, "oversight", "debate.json"), "{}");
  writeFileSync(join(run, "oversight", "scaling", "over-parameters.json"), "{");
  const { faults } = readOversight(run);
  expect(faults.map((fault) => fault.split(":")[0])).toEqual(["oversight/debate.json", "oversight/scaling"]);
  expect(faults.join("\n")).not.toContain(basename(run));
});

test("an opened seal says what was in it, one that is shut says nothing of it", () => {
  const organisms = toOversightParts(readOversight(makeRun(writeOversight))).find(({ id }) => id === "organisms");
  const said = organisms?.tables[0]?.rows.map((row) => row.map(({ text }) => text).slice(0, 3));
  expect(said).toEqual([
    ["a-quiet", "clean", "clean"],
    ["b-night", "backdoor", "backdoor"],
    ["c-sealed", "backdoor", "sealed; the verdict is committed"],
  ]);
});

test("examples of tools that found something stand before those of tools that did not", () => {
  const [organism] = readOversight(makeRun(writeOversight)).organisms.filter(({ audit }) => audit.isPlanted);
  if (organism === undefined) throw new Error("no planted organism");
  const quiet = (["honeypot", "scores"] as const).map((tool) => ({ tool, request: "r", plain: "p", signed: "s" }));
  const audit = { ...organism.audit, examples: [...quiet, ...organism.audit.examples] };
  const shown = organismsPart([{ ...organism, audit }]).examples?.map(({ of }) => of);
  expect(shown).toEqual(["b-night, evaluation", "b-night, honeypot"]);
});

test("a run without oversight has no word of it, and a broken chain of decisions is said and takes nothing else along", async () => {
  const bare = readFileSync(await writeReport(makeRun(() => undefined)), "utf8");
  expect(bare).not.toContain('id="oversight-');
  const run = makeRun((folder) => {
    writeOversight(folder);
    const path = decisionsOf(folder);
    writeFileSync(path, readFileSync(path, "utf8").replace('"what": "pause"', '"what": "go-on"'));
  });
  const found = readOversight(run);
  expect(found.faults).toEqual([expect.stringMatching(/record 2 of 2 .* is not what was written/u)]);
  expect([found.decisions.length, found.debate?.questions]).toEqual([0, 200]);
  const page = readFileSync(await writeReport(run), "utf8");
  expect(page).toContain("is not what was written");
  expect(page).toContain('<section id="oversight-debate"');
});
