import { count } from "../progress/index.ts";
import {
  addRanges,
  noRange,
  paperWorkload,
  type Range,
  type Sizing,
  type WorkCounts,
  type Workload,
  type WorkPart,
} from "../spending/index.ts";
import { type Page, table, wrap } from "./layout.ts";
import { dollars, range, shorten } from "./show-plan.ts";

/** A project on a cluster: its parts, its counts beside the paper's, and what gives out first. */
export function showSizing(sizing: Sizing, workload: Workload, page: Page): string {
  const { parts, total, cluster } = sizing;
  const head = ["part", "GPU-hours", "cost", `on ${cluster.gpus} ${cluster.gpu}`].map((name) =>
    page.paint("dim", name),
  );
  const rows = [...parts, { name: "all", ...total }].map(({ name, gpuHours, cost, hours }) => [
    name,
    range(gpuHours, hoursOf),
    range(cost, moneyOf),
    range(hours, timeOf),
  ]);
  return [
    `${page.paint("bold", "On a cluster")}: ${headOf(sizing)}`,
    "",
    table([head, ...bold(rows, page)], "lrrr"),
    "",
    page.paint("cyan", "Beside the paper's, at this size and on these GPUs"),
    table(countsOf(sizing, workload, page), "lrrl"),
    "",
    ...chokeLines(sizing, page),
    "",
    ...basisOf(sizing, page),
    ...dim(
      ["Every role is counted as a model of this size on these GPUs, hosted ones too. Nothing has been spent."],
      page,
    ),
  ].join("\n");
}

/** The paper's own pipeline, one column a size. */
export function showPaperSizing(sizings: readonly Sizing[], page: Page): string {
  const [first] = sizings;
  if (first === undefined) return "";
  const { cluster } = first;
  const head = [
    "part",
    "tokens",
    ...sizings.map(({ model }, i) => `${i === 0 ? "GPU-hours: " : ""}${shortSize(model.weights)}`),
  ];
  const parts = first.parts.map(({ name, work }, i) => [
    name,
    tokensOf(work),
    ...sizings.map(({ parts }) => range(parts[i]?.gpuHours ?? noRange, hoursOf)),
  ]);
  const totals = [
    ["all", "", ...sizings.map(({ total }) => range(total.gpuHours, hoursOf))],
    ["cost", "", ...sizings.map(({ total }) => range(total.cost, moneyOf))],
    [`on ${cluster.gpus} ${cluster.gpu}`, "", ...sizings.map(({ total }) => range(total.hours, timeOf))],
  ];
  const { redTeamPrompts, helpfulSamples, comparisons, rlPrompts } = first.counts;
  const counts = `${count(redTeamPrompts.high)} red-team prompts and ${count(helpfulSamples.high)} helpful samples (§3.2), ${count(comparisons.high)} comparisons and ${count(rlPrompts.high)} prompts of RL (§4.2).`;
  return [
    `${page.paint("bold", "The paper's pipeline")} on ${cluster.gpus} × ${cluster.gpu}${adapterOf(first)}`,
    "",
    table(
      [
        head.map((name) => page.paint("dim", name)),
        ...parts,
        ...totals.map((row) => row.map((cell) => page.paint("bold", cell))),
      ],
      "llrr",
    ),
    "",
    ...sizings.flatMap((sizing) => [...chokeLines(sizing, page, ` at ${shortSize(sizing.model.weights)}`), ""]),
    ...dim([`Counts: Bai et al. 2022, ${counts} Lengths are assumed.`], page),
    ...basisOf(first, page),
  ].join("\n");
}

function headOf(sizing: Sizing): string {
  const { cluster, model } = sizing;
  return `${cluster.gpus} × ${cluster.gpu}, models of ${shortSize(model.weights)} weights${adapterOf(sizing)}`;
}

const adapterOf = ({ model }: Sizing): string =>
  model.rank === undefined ? ", all weights trained" : `, an adapter of rank ${model.rank} trained`;

/** The last row as the sum of the others. */
const bold = (rows: readonly (readonly string[])[], page: Page): string[][] =>
  rows.map((row, i) => row.map((cell) => (i === rows.length - 1 ? page.paint("bold", cell) : cell)));

function countsOf({ counts, total, paper }: Sizing, workload: Workload, page: Page): string[][] {
  const head = ["", "this project", "the paper", "its section"].map((name) => page.paint("dim", name));
  const papers = paperWorkload();
  const setCount = (name: string, key: keyof WorkCounts, section: string): string[] => [
    name,
    range(counts[key], count),
    range(paper.counts[key], count),
    section,
  ];
  const setSum = (name: string, pick: (part: WorkPart) => Range, section = "lengths assumed"): string[] => {
    const sum = ({ parts }: Workload): string => range(parts.map(pick).reduce(addRanges, noRange), shorten);
    return [name, sum(workload), sum(papers), section];
  };
  const pickCalls = ({ isRl, calls }: WorkPart): Range => (isRl ? noRange : calls);
  return [
    head,
    setCount("red-team prompts", "redTeamPrompts", "§3.2"),
    setCount("helpful samples", "helpfulSamples", "§3.2"),
    setCount("SL-CAI sequences", "sftSequences", "§3.2"),
    setCount("comparisons", "comparisons", "§4.2"),
    setCount("prompts of RL", "rlPrompts", "§4.2"),
    setSum("calls", pickCalls, "without RL"),
    setSum("tokens written", ({ out }) => out),
    setSum("tokens read", ({ in: read }) => read),
    setSum("from the prefix cache", ({ cached }) => cached),
    setSum("tokens learned from", ({ learned }) => learned),
    ["GPU-hours", range(total.gpuHours, hoursOf), range(paper.total.gpuHours, hoursOf), ""],
    ["cost", range(total.cost, moneyOf), range(paper.total.cost, moneyOf), ""],
  ];
}

/** The first that gives out, then all of them in order: those that do with a remedy. */
function chokeLines({ chokes }: Sizing, page: Page, where = ""): string[] {
  const first = chokes.find(({ isTight }) => isTight);
  const title = `What gives out first${where}: ${first === undefined ? "nothing of these" : first.name}`;
  const lines = chokes.flatMap(({ name, isTight, found, remedy }) => {
    const sign = isTight ? page.paint("yellow", "!") : " ";
    const text = isTight ? `${found}. Do: ${remedy}.` : `${found}.`;
    return wrap(text, Math.min(page.width, 80) - 14).map(
      (line, i) =>
        ` ${i === 0 ? sign : " "} ${(i === 0 ? name : "").padEnd(10)} ${isTight ? line : page.paint("dim", line)}`,
    );
  });
  return [page.paint("cyan", title), ...lines];
}

function basisOf({ basis, parts, cluster }: Sizing, page: Page): string[] {
  const { asOf, sources, generationWithin, trainingWithin, priceWithin, isExtrapolated } = basis;
  const told = sources.filter((source) => source !== "assumed");
  return dim(
    [
      `Ranges: figures are held to be right within ${factor(generationWithin)} for generation${isExtrapolated ? " (the model is outside the sizes that are known)" : ""}, ${factor(trainingWithin)} for training, ${factor(priceWithin)} for the price; as of ${asOf}. ${told.map((source) => `${source[0]?.toUpperCase()}${source.slice(1)}.`).join(" ")} --throughput FILE takes yours.`,
      ...(cluster.gpus > 1 && [cluster.trainingGpus, cluster.rlGpus].includes(1) ? [idleOf(cluster)] : []),
      `GPUs at full use${parts.some(({ work }) => work.isRl) ? ", in RL half of the time to all of it" : ""}; loading, waiting and failures come on top.`,
    ],
    page,
  );
}

/** Which parts leave GPUs idle. */
const idleOf = ({ gpus, trainingGpus }: Sizing["cluster"]): string =>
  `${trainingGpus === 1 ? "Training, RL too, is" : "RL is"} by one process on one GPU; the cost is of all ${gpus} for as long as a part takes.`;

const factor = (within: number): string => (within === 1 ? "nothing" : `a factor of ${Number(within.toPrecision(2))}`);

const dim = (lines: readonly string[], page: Page): string[] =>
  lines.flatMap((line) => wrap(line, Math.min(page.width, 80) - 3).map((part) => page.paint("dim", `   ${part}`)));

function tokensOf({ out, in: read, learned }: WorkPart): string {
  const parts = [
    ...(out.high > 0 ? [`${range(out, roundTokens)} out`] : []),
    ...(read.high > 0 ? [`${range(read, roundTokens)} in`] : []),
    ...(learned.high > 0 ? [range(learned, roundTokens)] : []),
  ];
  return parts.join(", ");
}

/** 250800000 → "251 M". */
const roundTokens = (n: number): string => (n >= 1e8 && n < 1e9 ? `${count(n / 1e6)} M` : shorten(n));

/** 8e9 → "8B". */
function shortSize(weights: number): string {
  const [unit, sign] = weights >= 1e9 ? [1e9, "B"] : [1e6, "M"];
  return `${Number((weights / unit).toPrecision(3))}${sign}`;
}

function hoursOf(hours: number): string {
  if (hours >= 9.95) return count(hours);
  return hours >= 0.01 || hours === 0 ? String(Number(hours.toPrecision(2))) : "<0.01";
}

const moneyOf = (value: number): string => (value >= 10 ? `$${count(value)}` : dollars(value));

/** Hours as minutes where they are few, as days where they are many. */
function timeOf(hours: number): string {
  if (hours >= 72) return `${count(hours / 24)} d`;
  if (hours >= 1) return `${hours >= 10 ? count(hours) : hours.toFixed(1)} h`;
  return hours * 60 >= 1 ? `${count(hours * 60)} min` : `${count(Math.ceil(hours * 3600))} s`;
}
