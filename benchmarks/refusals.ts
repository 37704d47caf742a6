/**
 * Who refuses, a small model or a guard before it, and what each principle of the guard costs:
 *   npx precept evaluate llamacpp:SmolLM2-135M-Instruct.Q4_1.gguf --suite xstest --out runs/refusals
 *   node benchmarks/refusals.ts [--out runs/refusals] [--write]
 * The second puts the answers of the first through two guards with rules; no model is asked. --write puts the tables into docs/guard.md.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { answerSchema, answersOf, benchmarks } from "../src/evaluation/index.ts";
import { openGuard } from "../src/guard/index.ts";
import { type FrontierPoint, replayGuard, type WhoRefused } from "../src/project/index.ts";
import { readRecords } from "../src/records/index.ts";
import type { Estimate } from "../src/statistics/index.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "runs/refusals" },
    subject: { type: "string", default: "llamacpp:SmolLM2-135M-Instruct.Q4_1.gguf" },
    write: { type: "boolean", default: false },
  },
});
const xstest = benchmarks.get("xstest");
const answers = answersOf(values.out, values.subject, "xstest");
if (xstest === undefined || !existsSync(answers)) throw new Error(`${answers}: no answers; precept evaluate first`);

const percent = ({ estimate, low, high }: Estimate): string =>
  `${(100 * estimate).toFixed(1)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
const who = (guard: string, requests: string, { n, model, guard: own, both, nobody }: WhoRefused): string =>
  `| ${[guard, requests, n, model, own, both, nobody].join(" | ")} |`;
const point = ({ falseBlocks, breaches }: Omit<FrontierPoint, "principles">): string =>
  `${percent(falseBlocks)} | ${(1000 * falseBlocks.estimate).toFixed(0)} | ${percent(breaches)}`;

const whoRows: string[] = [];
const metricRows: string[] = [];
const pointRows: string[] = [];
let count = 0;
for (const [file, guardName] of [
  ["words", "words anywhere"],
  ["phrases", "words with their object"],
] as const) {
  const guard = await openGuard(new URL(`refusals/${file}.yaml`, import.meta.url).pathname, {});
  const summary = await replayGuard(guard, readRecords(answers, answerSchema), xstest);
  await guard.close();
  const { refusals } = summary;
  if (refusals === undefined) throw new Error("no harmless or no harmful requests among the answers");
  count = summary.answers;
  whoRows.push(who(guardName, "harmless", refusals.harmless), who(guardName, "harmful", refusals.harmful));
  for (const name of ["overRefusal", "unsafeCompliance"]) {
    const own = summary.metrics[name];
    if (own === undefined) continue;
    const what = name === "overRefusal" ? "harmless requests refused" : "harmful requests answered";
    metricRows.push(
      `| ${guardName} | ${what} | ${own.unguarded.n} | ${percent(own.unguarded)} | ${percent(own.guarded)} | ${percent(own.difference)} | ${own.pValue < 0.001 ? "< 0.001" : own.pValue.toFixed(3)} |`,
    );
  }
  for (const [id, own] of Object.entries(refusals.byPrinciple))
    pointRows.push(`| ${guardName} | ${id} alone | ${point(own)} |`);
  for (const step of refusals.frontier) {
    const name = step.principles.length === 0 ? "none" : `… and ${step.principles.at(-1)}`;
    pointRows.push(`| ${guardName} | ${name} | ${point(step)} |`);
  }
}
const figures = [
  `SmolLM2-135M-Instruct (Q4_1) on ${count} requests of XSTest's development half, greedy; refusals by the first words of an answer, rates in percent with 95 % intervals.`,
  "",
  "| guard | requests | n | refused by the model alone | by the guard alone | by both | by nobody |",
  "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
  ...whoRows,
  "",
  "| guard | | n | without it | with it | difference, paired | p (McNemar) |",
  "| --- | --- | ---: | --- | --- | --- | --- |",
  ...metricRows,
  "",
  "| guard | principles | false blocks on harmless requests | per 1,000 | harmful requests answered and delivered |",
  "| --- | --- | --- | ---: | --- |",
  ...pointRows,
].join("\n");
process.stdout.write(`${figures}\n`);
if (values.write) {
  const page = new URL("../docs/guard.md", import.meta.url);
  const text = readFileSync(page, "utf8");
  const marked = /(<!-- begin refusals -->)[\s\S]*?(<!-- end refusals -->)/;
  writeFileSync(
    page,
    text.replace(marked, (_, start: string, end: string) => `${start}\n${figures}\n${end}`),
  );
}
