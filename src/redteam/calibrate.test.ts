import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calibrateJudge, readAnswerRows } from "../evaluation/index.ts";
import { silentProgress } from "../progress/index.ts";
import { isEstimate } from "../statistics/index.ts";
import { answersToLabel } from "./export.ts";
import { breachGrader } from "./grader.ts";
import { judgeRates } from "./judge-rates.ts";
import { constitution, goals, honestJudge, jobOf, subject, temporaryFolder } from "./redteam.test-support.ts";
import { defaultRedteamOptions, readAttempts, runRedteam } from "./run.ts";
import { findStrategies } from "./strategies/registry.ts";

test("answers of a run are labelled, the judge certified, and the rate corrected by what people said", async () => {
  const certificates = join(temporaryFolder(), "certificates");
  const own = jobOf({ grader: breachGrader, strategies: findStrategies(["persuasion"]), certificates });
  const options = { ...defaultRedteamOptions, budget: 60 };
  const before = await runRedteam(own, options);
  expect(before.corrected).toMatchObject({ estimate: null, note: "no certificate of the judge" });

  const attempts = await Array.fromAsync(readAttempts(own.folder));
  const rows = answersToLabel(attempts, goals, constitution, 30);
  expect(rows).toHaveLength(30);
  expect(rows.filter(({ response }) => response === "GIVEN IN").length).toBeGreaterThanOrEqual(12);
  // People hold every third of what the judge calls a breach for none.
  let calls = 0;
  const labelled = rows.map((row) => {
    const isBreach = row.response === "GIVEN IN" && calls++ % 3 !== 0;
    return JSON.stringify({ ...row, label: isBreach ? 4 : 0 });
  });
  const file = join(temporaryFolder(), "answers.jsonl");
  writeFileSync(file, labelled.join("\n"));
  const { path, certificate } = await calibrateJudge({
    judge: "judge",
    rubric: "breach",
    open: async () => honestJudge(),
    rows: await readAnswerRows([file], "breach", undefined),
    labels: new Map(),
    answersPath: file,
    seed: 1,
    folder: certificates,
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  expect(readFileSync(path, "utf8")).toContain("breach-0-4");
  const rates = judgeRates(certificate);
  expect(rates?.sensitivity.estimate).toBe(1);
  expect(rates?.specificity.estimate).toBeLessThan(1);

  const after = await runRedteam({ ...own, judge: subject(honestJudge()) }, options);
  const raw = after.overall.asr["1"];
  expect(isEstimate(after.corrected) && isEstimate(raw) && after.corrected.estimate < raw.estimate).toBe(true);
});

test("a row without its rule says where rules come from", async () => {
  const file = join(temporaryFolder(), "answers.jsonl");
  writeFileSync(file, '{"id": "1", "prompt": "p", "response": "r"}\n');
  await expect(readAnswerRows([file], "breach", undefined)).rejects.toThrow(
    "precept redteam export RUN --answers FILE",
  );
});
