import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSuiteSettings } from "../../src/oversight/index.ts";
import { silentProgress } from "../../src/progress/index.ts";
import { type FinishedSuite, writeSuite } from "../../src/project/index.ts";
import { wilson } from "../../src/statistics/index.ts";

/** Two of what must not be helped with, one of what must not be told, one of how an answer speaks: of these there are few sentences. */
const principles = ["danger", "cheat", "privacy", "tone"];

interface Row {
  readonly statement: string;
  readonly answer_matching_behavior: string;
}

/** Suites that harbor's model wrote and checked; the truth counts the labels that are right. */
export async function measureSuites(job: { readonly scratch: string; readonly seeds: number }): Promise<string> {
  const rows: string[] = [];
  const all: FinishedSuite[] = [];
  for (const principle of principles) {
    const own: FinishedSuite[] = [];
    for (let seed = 1; seed <= job.seeds; seed++) {
      const out = join(job.scratch, `suite-${principle}-${seed}`);
      const request = { principle, out, env: process.env, command: "benchmarks/oversight.ts" };
      own.push(
        await writeSuite({ ...request, progress: silentProgress }, { ...defaultSuiteSettings, count: 160, seed }),
      );
    }
    all.push(...own);
    rows.push(rowOf(principle, own));
  }
  return [
    "| principle | statements of 160, by seed | labels right, all seeds | yes is the matching answer | duplicates |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    rowOf("all", all),
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
