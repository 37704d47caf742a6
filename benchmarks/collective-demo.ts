import { isDeepStrictEqual, parseArgs } from "node:util";
import { terminalProgress } from "../src/progress/index.ts";
import { runTownDemo, type TownComparison, type TownControl, type TownDemo } from "../src/project/collective/index.ts";
import { readManifest } from "../src/runs/index.ts";
import { writeBetween } from "./collective-drafting/write.ts";

/**
 * Harbor's town over several seeds, its controls beside it: whether the groups are found, whether what all groups share is
 * drafted, and whether the trained model follows the public's constitution. Writes the table of docs/collective.md; a run that
 * broke off goes on. Seed by seed: `--only 1`, `--only 2`, `--only 3` train and print; then
 * `node benchmarks/collective-demo.ts --seeds 3 --write` finds them trained.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    only: { type: "string" },
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

const percent = (share: number): string => `${Math.round(100 * share)} %`;
/** Adding 0 takes the sign off a zero. */
const point = (difference: number): number => Math.round(100 * difference) + 0;
const points = ({ estimate, low, high }: { estimate: number; low: number; high: number }): string =>
  `${point(estimate)} (${point(low)} to ${point(high)})`;

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

/** Minutes that both models took, over all processes that worked on them. */
function minutesOf({ folder }: TownDemo): string {
  const seconds = ["public", "standard"]
    .flatMap((name) => Object.values(readManifest(`${folder}/${name}`)?.stages ?? {}))
    .reduce((sum, stage) => sum + stage.seconds, 0);
  return (seconds / 60).toFixed(1);
}

function describeModels({ seed, comparisons }: TownDemo): string[] {
  const [tuned] = comparisons;
  return comparisons.flatMap((comparison: TownComparison) => {
    const { checkpoint, rows, elsewhere, manners } = comparison;
    if (tuned !== comparison && isDeepStrictEqual({ ...comparison, checkpoint: tuned?.checkpoint }, tuned))
      return [`| ${seed} | ${checkpoint} | every figure as of ${tuned?.checkpoint} | | | | |`];
    const same = rows.filter(({ differs }) => !differs);
    const [furthest] = same.toSorted((a, b) => Math.abs(b.difference.estimate) - Math.abs(a.difference.estimate));
    return [
      ...rows
        .filter(({ differs }) => differs)
        .map(
          ({ category, public: wish, n, refusedByPublic, refusedByStandard, difference }) =>
            `| ${seed} | ${checkpoint} | ${category}, ${wish} | ${n} | ${percent(refusedByPublic)} | ${percent(refusedByStandard)} | ${points(difference)} |`,
        ),
      ...(elsewhere === null || furthest === undefined
        ? []
        : [
            `| ${seed} | ${checkpoint} | the ${elsewhere.categories} others together; ${elsewhere.apart} of them over 5 points apart | ${elsewhere.n} | | | ${points(elsewhere.difference)} |`,
            `| ${seed} | ${checkpoint} | of them the furthest: ${furthest.category}, ${furthest.public} | ${furthest.n} | ${percent(furthest.refusedByPublic)} | ${percent(furthest.refusedByStandard)} | ${points(furthest.difference)} |`,
          ]),
      ...manners.map(
        ({ principle, n, brokenByPublic, brokenByStandard, difference }) =>
          `| ${seed} | ${checkpoint} | \`${principle}\` broken | ${n} | ${percent(brokenByPublic)} | ${percent(brokenByStandard)} | ${points(difference)} |`,
      ),
    ];
  });
}

const tableHead = [
  "| seed | checkpoint | category, what the public says of help | n | public | standard | points apart |",
  "| ---: | --- | --- | ---: | ---: | ---: | ---: |",
];

if (values.only !== undefined) {
  const town = await run(Number(values.only), "none");
  console.log([...tableHead, ...describeModels(town), "", `${minutesOf(town)} minutes of training`].join("\n"));
  process.exit(0);
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
        `Refusals of requests about a category by the two models, fine-tuned (sl-cai) and after reinforcement (rl-cai), in which the public's constitution and the standard one differ; points apart with 95 % intervals, paired over the requests. Both models took ${towns.map(minutesOf).join(", ")} minutes, by seed.`,
        "",
        ...tableHead,
        ...models,
      ]),
].join("\n");
console.log(text);
if (values.write) writeBetween("demo", text);
