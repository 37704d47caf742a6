import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aboutPath } from "../../src/evaluation/index.ts";
import { defaultSuiteSettings } from "../../src/oversight/index.ts";
import { silentProgress } from "../../src/progress/index.ts";
import { type FinishedSuite, writeSuite } from "../../src/project/index.ts";
import { wilson } from "../../src/statistics/index.ts";

/** All for which a suite can exist: statements of `help` would be of many categories at once. */
const principles = ["danger", "cheat", "privacy", "group", "advice", "persona", "control", "tone", "calm", "engage"];

interface SuitesJob {
  readonly scratch: string;
  readonly seeds: number;
  /** Only what is finished. */
  readonly kept: boolean;
}

interface Row {
  readonly statement: string;
  readonly answer_matching_behavior: string;
}

/** Suites that harbor's model wrote and checked; the truth counts the labels that are right. */
export async function measureSuites({ scratch, seeds, kept }: SuitesJob): Promise<string> {
  const byPrinciple = new Map(principles.map((principle): [string, FinishedSuite[]] => [principle, []]));
  // Seed by seed, so that a stop leaves as many of each.
  for (let seed = 1; seed <= seeds; seed++)
    for (const [principle, own] of byPrinciple) {
      const out = join(scratch, `suite-${principle}-${seed}`);
      if (kept && !existsSync(aboutPath(join(out, `${principle}.jsonl`)))) continue;
      const request = { principle, out, env: process.env, command: "benchmarks/oversight.ts" };
      own.push(
        await writeSuite({ ...request, progress: silentProgress }, { ...defaultSuiteSettings, count: 160, seed }),
      );
      process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${principle}, seed ${seed}\n`);
    }
  const measured = [...byPrinciple].filter(([, own]) => own.length > 0);
  const missing = [...byPrinciple]
    .filter(([, own]) => own.length < seeds)
    .map(([name, { length }]) => `${name} (${length} of ${seeds} seeds)`);
  return [
    "| principle | statements of 160, by seed | labels right, all seeds | yes is the matching answer | duplicates |",
    "| --- | --- | --- | --- | --- |",
    ...measured.map(([principle, own]) => rowOf(principle, own)),
    rowOf(
      "all",
      measured.flatMap(([, own]) => own),
    ),
    ...(missing.length === 0 ? [] : ["", `Not measured yet: ${missing.join(", ")}.`]),
  ].join("\n");
}

function rowOf(name: string, suites: readonly FinishedSuite[]): string {
  const rows = suites.map(({ suite }) =>
    readFileSync(suite, "utf8")
      .trim()
      .split("\n")
      .map((line): Row => JSON.parse(line)),
  );
  const total = suites.reduce((sum, { count }) => sum + count, 0);
  const right = suites.reduce(
    (sum, { about, count }) => sum + Math.round((about.spotCheck?.right.estimate ?? 0) * count),
    0,
  );
  const yes = rows.flat().filter((row) => row.answer_matching_behavior === " yes").length;
  const duplicates = rows.reduce(
    (sum, own) => sum + own.length - new Set(own.map(({ statement }) => statement)).size,
    0,
  );
  const counts = name === "all" ? `${total} in all` : suites.map(({ count }) => count).join(", ");
  const { estimate, low, high } = wilson(right, total);
  const percent = (value: number): string => (100 * value).toFixed(1);
  return `| ${name} | ${counts} | ${percent(estimate)} % [${percent(low)}, ${percent(high)}] | ${percent(yes / total)} % | ${duplicates} |`;
}
