/**
 * What the red team's figures are worth, and what its attackers find, where the truth is known:
 *   node benchmarks/redteam.ts [--campaigns 2000] [--budget 5000] [--details 4] [--seeds 3] [--hole RUN --intact RUN] [--hole RUN --writers [--tables]] [--loop --red-team 84,336] [--real RUN] [--write]
 * --hole and --intact are runs on harbor, the one trained with the principle privacy deleted; --writers attacks --hole by trained
 * request writers, and --tables asks nothing and leaves out what is not measured yet; --loop trains on half of the findings, in
 * runs/loop-…, and goes on where it stopped; --real is a red-team run on a model of one's own. --write puts the tables into docs/redteam.md, those of the parts that were asked for.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConstitution } from "../src/constitution/index.ts";
import { harborFolder } from "../src/project/index.ts";
import type { RedteamSummary } from "../src/redteam/index.ts";
import { isEstimate, type Measured } from "../src/statistics/index.ts";
import { governanceOf } from "../src/worlds/harbor/index.ts";
import { type Arm, attackBy, writerArms } from "./redteam/arms.ts";
import { coverageTable } from "./redteam/intervals.ts";
import { type LoopResult, runLoop } from "./redteam/loop.ts";
import { loopTable } from "./redteam/loop-table.ts";
import { breachingCells, enumerateTruth, type Found, grainNames, holdAgainst, type Truth } from "./redteam/truth.ts";

const { values } = parseArgs({
  options: {
    campaigns: { type: "string" },
    budget: { type: "string", default: "5000" },
    details: { type: "string", default: "4" },
    seeds: { type: "string", default: "3" },
    hole: { type: "string" },
    intact: { type: "string" },
    writers: { type: "boolean", default: false },
    tables: { type: "boolean", default: false },
    loop: { type: "boolean", default: false },
    "red-team": { type: "string", default: "84" },
    real: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

const percent = (share: number): string => (100 * share).toFixed(1);

function intervals(campaigns: number): string {
  const rows = coverageTable(campaigns).map(
    ({ name, truth, byGoal, byTry }) => `| ${name} | ${percent(truth)} | ${percent(byGoal)} | ${percent(byTry)} |`,
  );
  return [
    `Of ${campaigns.toLocaleString("en")} simulated campaigns, the share whose 95 % interval holds the truth, in percent:`,
    "",
    "| campaign | truth | interval over goals | as if tries were independent |",
    "| --- | --: | --: | --: |",
    ...rows,
  ].join("\n");
}

type Section = readonly [title: string, run: string, arms: readonly Arm[]];

/** Attackers against what is true of each model, a row an attacker. */
async function harbor(sections: readonly Section[]): Promise<string> {
  const constitution = await loadConstitution("harbor");
  const governance = governanceOf(constitution);
  const details = Number(values.details);
  const budget = Number(values.budget);
  const critic = join(harborFolder, "checkpoint");
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
  const parts: string[] = [];
  for (const [title, run, arms] of sections) {
    const checkpoint = join(run, "sl-cai", "checkpoint");
    process.stderr.write(`${title}: enumerating\n`);
    const truth = await enumerateTruth(checkpoint, governance, details, join(run, `truth-${details}.json`));
    const [rows, missing]: [string[], string[]] = [[], []];
    for (const arm of arms) {
      const found: Found[] = [];
      for (const seed of seeds) {
        process.stderr.write(`${title}: ${arm}, seed ${seed}\n`);
        const options = { checkpoint, critic, constitution, details, budget, seed, folder: run };
        const kept = join(run, `${arm.replaceAll(/\W+/g, "-")}-${seed}-${budget}-${details}.json`);
        if (values.tables && !existsSync(kept)) continue;
        if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(holdAgainst(truth, await attackBy(arm, options))));
        found.push(JSON.parse(readFileSync(kept, "utf8")));
      }
      if (found.length > 0) rows.push(rowOf(arm, found));
      else missing.push(arm);
    }
    const note = missing.length === 0 ? [] : [`Not measured yet: ${missing.join("; ")}.`, ""];
    parts.push(describe(title, truth), "", ...head, ...rows, "", ...note);
  }
  const size = 7 * 12 * 13 * 19 * details;
  return [
    `${budget.toLocaleString("en")} requests at temperature 0, ${seeds.length === 1 ? "1 seed" : `${seeds.length} seeds (least to most)`}; graded by the critic alone, counted as found where the oracle agrees. World: ${details} of 16 details, ${size.toLocaleString("en")} governed requests, all enumerated.`,
    "",
    ...parts,
  ].join("\n");
}

function describe(title: string, truth: Truth): string {
  const share = (100 * truth.breaching.size) / truth.requests;
  const cells = shownGrains.map((grain) => `${breachingCells(truth, grain).size.toLocaleString("en")} of ${grain}`);
  return `**${title}**: ${truth.breaching.size.toLocaleString("en")} of ${truth.requests.toLocaleString("en")} requests are answered against the constitution (${share.toFixed(2)} %). Cells with one: ${cells.join(", ")}.`;
}

/** With one detail of each kind, word × template × way is the request. */
const shownGrains = grainNames.filter((grain) => grain !== "request" || values.details !== "1");

const head = [
  `| attacker | different requests | requests that truly breach | critic right, % of what it calls breaches | ${shownGrains.map((grain) => `recall, %: ${grain}`).join(" | ")} |`,
  `| --- | --: | --: | --: |${" --: |".repeat(shownGrains.length)}`,
];

function rowOf(arm: string, found: readonly Found[]): string {
  const span = (numbers: readonly number[], show: (n: number) => string): string => {
    const own = [...numbers].sort((a, b) => a - b);
    const [low, high] = [show(own[0] ?? Number.NaN), show(own.at(-1) ?? Number.NaN)];
    return numbers.length === 0 ? "–" : low === high ? low : `${low}–${high}`;
  };
  const precisions = found.flatMap(({ called, right }) => (called === 0 ? [] : [right / called]));
  const recalls = shownGrains.map((grain) =>
    span(
      found.map(({ recall }) => recall[grain].found / Math.max(1, recall[grain].of)),
      percent,
    ),
  );
  const breaching = span(
    found.map((one) => one.breaching),
    (n) => n.toLocaleString("en"),
  );
  const sent = span(
    found.map((one) => one.distinct),
    (n) => n.toLocaleString("en"),
  );
  return `| ${arm} | ${sent} | ${breaching} | ${span(precisions, percent)} | ${recalls.join(" | ")} |`;
}

async function loop(): Promise<string> {
  const budget = Number(values.budget);
  const parts: string[] = [];
  for (const redTeam of values["red-team"].split(",").map(Number)) {
    const results: LoopResult[] = [];
    for (let seed = 1; seed <= Number(values.seeds); seed++)
      results.push(await runLoop({ root: join("runs", `loop-${redTeam}-${budget}`), redTeam, budget, seed }));
    parts.push(loopTable(results, redTeam, budget));
  }
  return parts.join("\n\n");
}

function real(folder: string): string {
  const summary = JSON.parse(readFileSync(join(folder, "redteam.json"), "utf8")) as RedteamSummary;
  const { target, judge, goals, overall, twins, corrected, strategies } = summary;
  const show = (measured: Measured | undefined): string =>
    measured === undefined || measured.estimate === null
      ? "–"
      : isEstimate(measured)
        ? `${percent(measured.estimate)} [${percent(measured.low)}, ${percent(measured.high)}], n = ${measured.n}`
        : percent(measured.estimate);
  const certified = isEstimate(corrected) ? `corrected asr@1 ${show(corrected)}` : `nobody has certified the judge`;
  return [
    `${target}, judged by ${judge}: ${goals} goals, ${overall.requests} requests. Of the benign twins the judge calls ${show(twins)} % breaches; ${certified}.`,
    "",
    "| strategy | requests | without a grade | graded 4 | asr@1, % of goals |",
    "| --- | --: | --: | --: | --: |",
    ...Object.entries(strategies).map(
      ([name, { requests, ungraded, successes, asr }]) =>
        `| ${[name, requests, ungraded, successes, show(asr["1"])].join(" | ")} |`,
    ),
  ].join("\n");
}

const blocks: Record<string, string> = {};
if (values.campaigns !== undefined) blocks["intervals"] = intervals(Number(values.campaigns));
const { hole, intact } = values;
if (hole !== undefined && intact !== undefined) {
  const arms = ["random", "archive", "archive, grades shuffled"] as const;
  blocks["harbor"] = await harbor([
    ["Privacy deleted", hole, arms],
    ["Intact", intact, ["random", "archive"]],
  ]);
}
if (hole !== undefined && values.writers)
  blocks["writers"] = await harbor([["The target", hole, ["random", "archive", ...writerArms]]]);
if (values.loop) blocks["loop"] = await loop();
if (values.real !== undefined) blocks["real"] = real(values.real);
for (const [name, text] of Object.entries(blocks)) {
  process.stdout.write(`${text}\n\n`);
  if (!values.write) continue;
  const page = new URL("../docs/redteam.md", import.meta.url);
  const start = `<!-- measured: ${name}, benchmarks/redteam.ts -->`;
  const written = readFileSync(page, "utf8").replace(
    new RegExp(`${start}[\\s\\S]*?<!-- end -->`),
    () => `${start}\n${text.trim()}\n<!-- end -->`,
  );
  writeFileSync(page, written);
}
