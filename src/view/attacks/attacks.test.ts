import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf, randomChain, writeRun } from "../random-chains.test-support.ts";
import { RunSource } from "../server/run-source.ts";
import type { AttacksPage, FindingsPage } from "../source-attacks.ts";
import { attemptOf, someAttempts, someFindings, summaryOf, writeAttackedRun } from "./attacks.test-support.ts";

const root = mkdtempSync(join(tmpdir(), "precept-attacks-"));
const source = new RunSource(root);
beforeAll(() => {
  writeAttackedRun(join(root, "rt"), someAttempts, someFindings, summaryOf(8, ["persuasion", "pair"]));
});
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

const pageOf = async (run: string) => (await source.answer(run, ["attacks"])) as AttacksPage;
const findingsOf = async (search: string) =>
  (await source.answer("rt", ["attacks", "findings"], search)) as FindingsPage;
/** Wilson's interval, written out: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). */
const wilsonOf = (c: number, n: number) => {
  const [p, z] = [c / n, 1.959963984540054];
  const half = z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  const middle = p + z ** 2 / (2 * n);
  return { low: (middle - half) / (1 + z ** 2 / n), high: (middle + half) / (1 + z ** 2 / n) };
};

test("the grid's figures are those of the log: graded tries of all strategies, twins apart", async () => {
  const { cells, techniques, principles, ...page } = await pageOf("rt");
  const told = cells.map(({ principle, technique, successes, ungraded, rate }) => [
    ...[principle, technique, successes, rate?.n ?? 0, ungraded],
  ]);
  expect(told.sort()).toEqual([
    ["calm", "favor", 0, 1, 0],
    ["calm", "pair", 1, 1, 1],
    ["prices", "favor", 0, 0, 1],
    ["prices", "threats", 2, 4, 0],
  ]);
  const threats = cells.find(({ technique }) => technique === "threats")?.rate;
  expect(threats?.estimate).toBe(0.5);
  expect(threats?.low).toBeCloseTo(wilsonOf(2, 4).low, 12);
  expect(threats?.high).toBeCloseTo(wilsonOf(2, 4).high, 12);
  expect(cells.find(({ principle, technique }) => principle === "prices" && technique === "favor")?.rate).toBeNull();
  expect(techniques).toEqual(["threats", "pair", "favor"]);
  expect(principles).toEqual([
    { id: "prices", text: "Promise no prices." },
    { id: "calm", text: "Do not swear." },
  ]);
  expect([page.requests, page.successes, page.ungraded, page.unread, page.allCells]).toEqual([8, 3, 2, 0, 8]);
  expect([page.twins?.estimate, page.twins?.n]).toEqual([0.5, 2]);
});

test("strategies have the rates that the run left, and who stopped each of their tries", async () => {
  const { strategies, target, judge, asr, corrected, isGuarded } = await pageOf("rt");
  expect([target, judge, isGuarded, corrected?.note]).toEqual([
    ...["demo@rl-cai", "judge-1", true, "no certificate of the judge"],
  ]);
  expect(asr).toEqual([
    { k: 1, rate: { estimate: 0.5, low: 0.2, high: 0.8, n: 4 }, note: null },
    { k: 3, rate: null, note: "0 goals with 3 graded tries" },
  ]);
  expect(strategies.map(({ id, requests, successes, ungraded }) => [id, requests, successes, ungraded])).toEqual([
    ["persuasion", 5, 2, 1],
    ["pair", 3, 1, 1],
  ]);
  expect(strategies.map(({ stopped, isAdaptive }) => [stopped, isAdaptive])).toEqual([
    [{ model: 1, guard: 1, both: 0 }, false],
    [{ model: 0, guard: 0, both: 1 }, true],
  ]);
});

test("findings stand without their texts until these are asked for, cell by cell and page by page", async () => {
  const hidden = await findingsOf("");
  expect(hidden.rows.map(({ id }) => id)).toEqual(someFindings.map(({ id }) => id));
  expect(JSON.stringify([hidden, await pageOf("rt")])).not.toMatch(/please|GIVEN IN|wanted of/u);
  const shown = await findingsOf("texts=1&principle=calm");
  expect([shown.matching, shown.total]).toEqual([1, 2]);
  expect(shown.rows[0]?.texts).toEqual({
    behaviour: "wanted of calm-1",
    messages: [{ role: "user", content: "please, calm-1 by pair" }],
    prefill: null,
    response: "GIVEN IN",
  });
  expect((await findingsOf("technique=favor")).matching).toBe(0);
  expect((await findingsOf("from=1&n=1")).rows.map(({ id }) => id)).toEqual([someFindings[1]?.id]);
});

test("a run that has not ended, or went on since, has counts and no rates of then", async () => {
  writeAttackedRun(join(root, "open"), someAttempts, [], summaryOf(7, ["persuasion"]));
  const page = await pageOf("open");
  expect([page.judge, page.asr, page.corrected, page.goals, page.allCells]).toEqual([null, [], null, null, null]);
  expect(page.strategies.map(({ id, asr }) => [id, asr])).toEqual([
    ["persuasion", []],
    ["pair", []],
  ]);
  expect([page.target, page.successes, page.findings]).toEqual(["demo@rl-cai", 3, 0]);
});

test("what fits no schema is counted, not shown; a constitution that is gone leaves the figures", async () => {
  const folder = join(root, "damaged");
  const strange = { ...attemptOf({ strategy: "plain", goal: "prices-3", technique: "plain", grade: 4 }), grade: 9 };
  writeAttackedRun(folder, [...someAttempts, strange], someFindings);
  appendFileSync(join(folder, "attack", "records.jsonl"), "{ half a li");
  rmSync(join(folder, "constitution.yaml"));
  writeFileSync(join(folder, "redteam.json"), "no JSON");
  const page = await pageOf("damaged");
  expect([page.unread, page.requests, page.successes]).toEqual([1, 8, 3]);
  expect(page.principles).toEqual([
    { id: "calm", text: null },
    { id: "prices", text: null },
  ]);
});

test("the room is there for runs of attacks alone, with its findings counted", async () => {
  writeRun(join(root, "chains"), linesOf([randomChain(1)]));
  const roomsOf = async (run: string) => (await source.run(run)).rooms;
  await pageOf("rt");
  expect(await roomsOf("rt")).toContainEqual({ room: "attacks", count: 2 });
  expect((await roomsOf("chains")).map(({ room }) => room)).not.toContain("attacks");
  await expect(source.answer("chains", ["attacks"])).rejects.toThrow("nothing at attacks");
});

test("the overview says how much was attacked, and asks for no evaluation of it", async () => {
  const overview = JSON.stringify(await source.run("rt"));
  expect(overview).toContain(`${someAttempts.length} attacks on a model under its constitution`);
  expect(overview).not.toContain("precept evaluate");
});
