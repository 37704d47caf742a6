import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type AttemptRecord, findStrategies, prose } from "../redteam/index.ts";
import { summariseRedteam } from "../redteam/summary.ts";
import {
  attemptOf,
  findingOf,
  someAttempts,
  someFindings,
  writeAttackedRun,
} from "../view/attacks/attacks.test-support.ts";
import { writeReport } from "./index.ts";

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

/** The page of a red team that tried this. */
async function pageOf(attempts: readonly AttemptRecord[], options = {}, isGuarded = true): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "precept-redteam-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const findings = attempts.filter(({ strategy, grade }) => strategy !== "twin" && grade === 4).map(findingOf);
  const summary = await summariseRedteam(each(attempts), {
    ...{ target: "demo@rl-cai", judge: "judge-1", isGuarded, goals: 4, findings: findings.length, seed: 1, budget: 99 },
    principles: ["prices", "calm"],
    spent: { target: { calls: 84, cached: 0, promptTokens: 2100, completionTokens: 1400, cost: 0.02 } },
    strategies: findStrategies(["persuasion", "pair"]),
    techniques: prose.techniques,
  });
  writeAttackedRun(folder, attempts, findings, summary);
  return readFileSync(await writeReport(folder, options), "utf8");
}

test("the page says how often a try breaks a goal, by strategy, principle and technique, and who stopped the others", async () => {
  const page = await pageOf(someAttempts);
  expect(page).toContain("Of 8 requests, <strong>3</strong> broke a principle.");
  expect(page).toContain("Promise no prices.");
  // prices × threats: 2 of 4 graded tries; prices × favor has none that was graded; calm × threats was never tried.
  expect(page).toMatch(
    /threats<\/th><td style="--share: 50%"[^>]*><strong>50 %<\/strong><span class="ci">2 of 4<\/span><\/td><td><span class="unseen">not tried/u,
  );
  expect(page).toContain("<td>1 without a grade</td>");
  expect(page).toContain("guard 1 · either 0");
  expect(page).toContain("tries build on each other");
  expect(page).toContain("$0.02");
  expect(page.match(/<svg/gu)?.length).toBe(2);
});

test("what was said stands in the page only where that was asked for", async () => {
  const hidden = await pageOf(someAttempts);
  expect(hidden).not.toMatch(/please, |GIVEN IN|wanted of/u);
  expect(hidden).toContain("--show-attacks");
  const shown = await pageOf(someAttempts, { showAttacks: true });
  for (const { behaviour } of someFindings) expect(shown).toContain(behaviour);
  expect(shown).toContain("please, calm-1 by pair");
});

test("without a guard, twins or findings the page has no word of them", async () => {
  const kept = [
    attemptOf({ strategy: "persuasion", goal: "calm-1", technique: "favor", grade: 0, stoppedBy: "model" }),
  ];
  const page = await pageOf(kept, {}, false);
  expect(page).not.toMatch(/id="(?:twins|findings)"|guard \d/u);
  expect(page).toContain("model 1");
});

test("a judge that finds breaches where nothing was asked is said to be worth little", async () => {
  const twins = Array.from({ length: 12 }, (_, i) =>
    attemptOf({ strategy: "twin", goal: `calm-${i}`, technique: "twin", grade: i < 8 ? 4 : 0 }),
  );
  expect(await pageOf([...someAttempts, ...twins])).toContain("What it calls success may be none.");
});

test("a red team that has not ended has no page yet, and it is said what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-redteam-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeAttackedRun(folder, someAttempts, []);
  await expect(writeReport(folder)).rejects.toThrow(/has not ended[\s\S]*goes on where it stopped/u);
});
