import { parseArgs } from "node:util";
import { terminalProgress } from "../src/progress/index.ts";
import { runTownDemo, type TownControl, type TownDemo } from "../src/project/collective/index.ts";
import { writeBetween } from "./collective-drafting/write.ts";

/**
 * Harbor's town over several seeds, its controls beside it: whether the groups are found, whether what all groups share is
 * drafted, and whether the trained model follows the public's constitution. Writes the table of docs/collective.md; a run that
 * broke off goes on. `node benchmarks/collective-demo.ts --seeds 3 --write`
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    runs: { type: "string", default: "runs/collective-demo" },
    untrained: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const abort = new AbortController();
process.once("SIGINT", () => abort.abort());

async function run(seed: number, control: TownControl): Promise<TownDemo> {
  return runTownDemo({
    ...{ folder: `${values.runs}/${control}-${seed}`, seed, control, env: process.env, signal: abort.signal },
    trains: control === "none" && !values.untrained,
    command: "node benchmarks/collective-demo.ts",
    progress: terminalProgress({ stream: process.stderr }),
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const points = ({ estimate, low, high }: { estimate: number; low: number; high: number }): string =>
  `${(100 * estimate).toFixed(0)} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;

function describeVotes({ figures, seed, control }: TownDemo): string {
  const { adjustedRand, grouping, groups, sharedDrafted, principles, rejected, ratified, abuse } = figures;
  return `| ${[
    control === "none" ? "the town" : control,
    seed,
    grouping === "groups" ? groups.join(" + ") : grouping,
    adjustedRand === null ? "–" : adjustedRand.toFixed(2),
    `${abuse.stuffersFlagged} of ${abuse.stuffers}, ${abuse.citizensFlagged} citizens`,
    `${abuse.gained + abuse.lost} of ${abuse.consensus}`,
    `${Math.round(sharedDrafted.estimate * sharedDrafted.n)} of ${sharedDrafted.n} (${percent(sharedDrafted.low)} to ${percent(sharedDrafted.high)})`,
    principles,
    rejected.length,
    control === "no-ratification" ? "no vote" : ratified,
  ].join(" | ")} |`;
}

function describeModels({ seed, comparison }: TownDemo): string[] {
  if (comparison === undefined) return [];
  const rows = comparison.rows
    .filter(({ differs }) => differs)
    .map(
      ({ category, public: wish, n, refusedByPublic, refusedByStandard, difference }) =>
        `| ${seed} | ${category}, ${wish} | ${n} | ${percent(refusedByPublic)} | ${percent(refusedByStandard)} | ${points(difference)} |`,
    );
  const same = comparison.rows.filter(({ differs }) => !differs);
  const furthest = same.toSorted((a, b) => Math.abs(b.difference.estimate) - Math.abs(a.difference.estimate))[0];
  const most = furthest === undefined ? "–" : `${furthest.category}: ${points(furthest.difference)}, n ${furthest.n}`;
  const far = same.filter(({ difference }) => Math.abs(difference.estimate) > 0.05).length;
  return [
    ...rows,
    `| ${seed} | the furthest of ${same.length} others; ${far} over 5 points | | | | ${most} |`,
    ...comparison.manners.map(
      ({ principle, n, brokenByPublic, brokenByStandard, difference }) =>
        `| ${seed} | \`${principle}\` broken | ${n} | ${percent(brokenByPublic)} | ${percent(brokenByStandard)} | ${points(difference)} |`,
    ),
  ];
}

const started = performance.now();
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const towns: TownDemo[] = [];
for (const seed of seeds) towns.push(await run(seed, "none"));
const controls: TownDemo[] = [];
for (const control of ["shuffled-votes", "one-group", "no-ratification"] as const) controls.push(await run(1, control));
const minutes = ((performance.now() - started) / 60_000).toFixed(1);

const models = towns.flatMap(describeModels);
const text = [
  `Groups: members, flagged voters left out. Flagged: ballot-stuffers found, and citizens taken for some. Moved: statements of consensus gained or lost by leaving the flagged out. Shared: of the ${towns[0]?.figures.sharedDrafted.n} things that all groups want, those that a principle says, with Wilson's 95 % interval. ${seeds.length} seeds; this process took ${minutes} minutes.`,
  "",
  "| votes | seed | groups found | adjusted Rand index | flagged | moved | shared | principles | rejected by a group | ratified |",
  "| --- | ---: | --- | ---: | --- | --- | --- | ---: | ---: | ---: |",
  ...[...towns, ...controls].map(describeVotes),
  ...(models.length === 0
    ? ["", "The trained models: not measured in this run."]
    : [
        "",
        "Refusals of requests about a category by the two models, in which the public's constitution and the standard one differ; points apart with 95 % intervals, paired over the requests.",
        "",
        "| seed | category, what the public says of help | n | public | standard | points apart |",
        "| ---: | --- | ---: | ---: | ---: | ---: |",
        ...models,
      ]),
].join("\n");
console.log(text);
if (values.write) writeBetween("demo", text);
