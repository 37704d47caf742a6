import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { decisionsOf, readOversight } from "../oversight/index.ts";
import { writeOversight } from "../oversight/oversight.test-support.ts";
import { toOversightParts, writeReport } from "./index.ts";

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
  const ids = ["policy", "card", "debate", "critique", "organisms", "scaling-parameters", "overoptimisation"];
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

test("an opened seal says what was in it, one that is shut says nothing of it", () => {
  const [, , , , organisms] = toOversightParts(readOversight(makeRun(writeOversight)));
  const said = organisms?.tables[0]?.rows.map((row) => row.map(({ text }) => text).slice(0, 3));
  expect(said).toEqual([
    ["a-quiet", "clean", "clean"],
    ["b-night", "backdoor", "backdoor"],
    ["c-sealed", "backdoor", "sealed; the verdict is committed"],
  ]);
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
