import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFixtureRun } from "../../test/fixtures/report-run.ts";
import { readReport } from "./read.ts";
import { headline } from "./sections/headline.ts";

const rate = (estimate: number) => ({ estimate, low: estimate - 0.02, high: estimate + 0.02, n: 80 });

test("of one principle, the lede says what came of it, and what came of all other requests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-headline-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFixtureRun(folder);
  const data = await readReport(folder);
  const { summary, constitution } = data;
  if (summary === undefined || constitution === undefined) throw new Error("the fixture has both");
  const ledeOf = (changed: typeof data): string =>
    /<p class="lede">(.*?)<\/p>/s.exec(String(headline(changed)))?.[1] ?? "";
  expect(ledeOf(data)).toContain("requests that the constitution governs");

  const own = { ...constitution, principles: [{ id: "no-food", text: "the answer should not help with food ." }] };
  const of = (refusal: number, overRefusal: number) => ({
    heldOut: { refusal: rate(refusal), overRefusal: rate(overRefusal) },
  });
  const checkpoints = { initial: of(0.03, 0.029), "rl-cai": of(0.99, 0.014) };
  const text = ledeOf({ ...data, constitution: own, summary: { ...summary, checkpoints } }).replace(/\u202f/g, " ");
  expect(text).toContain("the answer should not help with food .");
  expect(text).toContain("3.0 % (Initial), 99.0 % (RL-CAI)");
  expect(text).toContain("Refusals of all other requests: 2.9 % (Initial), 1.4 % (RL-CAI)");
});

test("where no policy of RL has moved, the lede says why instead of repeating the rate", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-headline-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFixtureRun(folder);
  const data = await readReport(folder);
  const { summary } = data;
  if (summary === undefined) throw new Error("the fixture has a summary");
  const of = (violation: number) => ({ heldOut: { violation: rate(violation) } });
  const checkpoints = { initial: of(0.97), "sl-cai": of(0.2), "rl-cai": of(0.2) };
  const ledeOf = (klNats: number): string => {
    const gold = { estimate: 0.8, low: 0.7, high: 0.9, n: 200 };
    const goldReward = [{ step: 6, klNats, reward: 0, gold }];
    return String(headline({ ...data, summary: { ...summary, checkpoints, goldReward } }));
  };
  expect(ledeOf(0)).toContain("after SL-CAI. RL left it there");
  expect(ledeOf(0.1)).toContain("after SL-CAI and");
});
