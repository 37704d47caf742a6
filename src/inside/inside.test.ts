import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { hasFindings, keepAnswer, keepFeature, keepForgotten, readFeature, readFindings } from "./index.ts";
import { foundNames, writeFindings } from "./inside.test-support.ts";

let run = "";
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "precept-inside-"));
  onTestFinished(() => rmSync(run, { recursive: true }));
});
const folder = () => join(run, "features", foundNames.dictionary);

test("what commands kept is read back with its run, and a run without any has nothing", () => {
  expect([hasFindings(run), readFindings(run).dictionaries, readFindings(run).faults]).toEqual([false, [], []]);
  writeFindings(run);
  expect(hasFindings(run)).toBe(true);
  const found = readFindings(run);
  expect(found.faults).toEqual([]);
  expect(found.dictionaries.map(({ name, pages, card }) => [name, pages, card.read, card.models])).toEqual([
    [foundNames.dictionary, [7], 4096, ["demo@initial", "demo@rl-cai"]],
    [foundNames.twin, [], 4096, ["demo@initial", "demo@rl-cai"]],
  ]);
  expect(found.dictionaries[0]?.evaluation?.loss.recovered.estimate).toBe(0.9);
  expect(found.dictionaries[0]?.diff?.review?.[0]?.causes[0]?.id).toBe(foundNames.example);
  expect(found.probes).toMatchObject([{ name: "rl-cai-privacy", of: "demo@rl-cai", figures: { fitted: 300 } }]);
  expect(found.answers).toMatchObject([{ answering: "rl-cai", strongest: [{ agreement: 2 }, { agreement: 1 }] }]);
  expect([found.audit?.suspects.length, found.planted?.planted?.count]).toEqual([1, 9]);
  expect(found.referees).toMatchObject([{ trained: "sl-cai", ceiling: { note: expect.stringContaining("fewer") } }]);
  expect([found.forgotten.length, found.indexed]).toEqual([1, { "sl-cai": 1433 }]);
});

test("a damaged file takes nothing with it, and is said with what to do", () => {
  writeFindings(run);
  writeFileSync(join(folder(), "evaluation.json"), '{"format":1}');
  writeFileSync(join(run, "attribution", "audit.json"), "{ half");
  writeFileSync(join(run, "probes", "rl-cai-privacy", "figures.json"), '{"format":1,"fitted":300}');
  const { faults, dictionaries, audit, answers, probes } = readFindings(run);
  expect([dictionaries[0]?.evaluation, dictionaries[0]?.diff?.n, probes[0]?.figures]).toEqual([
    undefined,
    200,
    undefined,
  ]);
  expect([audit, answers.length]).toEqual([undefined, 1]);
  expect(faults).toEqual([
    expect.stringMatching(/evaluation\.json[\s\S]*expected[\s\S]*remove it, and give the command/u),
    expect.stringMatching(/figures\.json/u),
    expect.stringMatching(/audit\.json[\s\S]*remove it/u),
  ]);
});

test("an index that is not whole counts nothing", () => {
  writeFindings(run);
  writeFileSync(join(run, "attribution", "sl-cai", "index.json"), JSON.stringify({ rows: 1433 }));
  expect(readFindings(run).indexed).toEqual({});
});

test("links in place of files and folders are not followed: a run may come from elsewhere", () => {
  writeFindings(run);
  const away = mkdtempSync(join(tmpdir(), "precept-away-"));
  onTestFinished(() => rmSync(away, { recursive: true }));
  renameSync(join(run, "probes"), join(away, "probes"));
  symlinkSync(join(away, "probes"), join(run, "probes"));
  renameSync(join(run, "attribution", "audit.json"), join(away, "audit.json"));
  symlinkSync(join(away, "audit.json"), join(run, "attribution", "audit.json"));
  const { probes, audit, faults } = readFindings(run);
  expect([probes, audit, faults]).toEqual([[], undefined, []]);
});

test("an answer traced again without comparisons keeps those that it had, until its examples are others", () => {
  writeFindings(run);
  const { name = "", ...had } = readFindings(run).answers[0] ?? {};
  const kept = had as Parameters<typeof keepAnswer>[1] & { readonly notes: readonly string[] };
  const again = { ...kept, compared: undefined, principles: [], notes: ["what RL or DPO added is not traced"] };
  expect(keepAnswer(run, again)).toBe(name);
  expect(readFindings(run).answers).toMatchObject([
    { name, principles: [], compared: { comparisons: 542 }, notes: kept.notes },
  ]);
  keepAnswer(run, { ...again, examples: 7 });
  expect(readFindings(run).answers).toMatchObject([{ name, examples: 7, notes: again.notes }]);
  expect(readFindings(run).answers[0]?.compared).toBeUndefined();
  writeFileSync(join(run, "attribution", "answers", `${name}.json`), "{");
  expect(keepAnswer(run, again)).toBe(name);
  expect(readFindings(run).faults).toEqual([]);
});

test("forgettings of one answer stand beside each other by checkpoint, method and number", () => {
  writeFindings(run);
  const [own] = readFindings(run).forgotten;
  if (own === undefined) throw new RangeError("none kept");
  const others = [{ without: 9 }, { method: "bm25" }, { trained: "sl-cai/without-replay" }];
  for (const other of [{}, ...others]) keepForgotten(run, { ...own, ...other });
  const found = readFindings(run).forgotten;
  expect(found).toHaveLength(4);
  expect(found).toEqual(expect.arrayContaining(others.map((other) => expect.objectContaining(other))));
});

test("a page made anew keeps what a model said of the feature, and takes a new twin", () => {
  writeFindings(run);
  const before = readFeature(folder(), 7);
  const explanation = { text: "names of people", undetermined: 0, by: "toy" };
  keepFeature(folder(), 7, { ...before, explanation });
  const twin = { dictionary: "other", feature: 1, correlation: 1 / 3 };
  keepFeature(folder(), 7, { address: "a", page: before?.page, attribute: undefined, explanation: undefined, twin });
  expect(readFeature(folder(), 7)).toMatchObject({ explanation, twin: { dictionary: "other", correlation: 0.333333 } });
  expect(readFeature(folder(), 8)).toBeUndefined();
  expect(existsSync(join(folder(), "pages", "8.json"))).toBe(false);
  expect(readFileSync(join(folder(), "pages", "7.json"), "utf8")).not.toContain("0.3333333");
});
