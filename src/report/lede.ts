import type { Principle } from "../constitution/index.ts";
import { checkpointNames, estimateOf, type Summary } from "../evaluation/index.ts";
import type { Estimate } from "../statistics/index.ts";
import type { ReportData } from "./data.ts";
import { percent } from "./format.ts";
import { checkpointLabel, type MetricName, metricName, splitName } from "./names.ts";
import { checkLede } from "./sections/check-lede.ts";

/** A piece of a sentence: words, or what stands in code. */
export type LedePart = string | { readonly code: string };

/** The gravest fact of a run, in one sentence or two. */
export interface Lede {
  readonly parts: readonly LedePart[];
  /** Nothing was measured, and it says so. */
  readonly isEmpty: boolean;
}

/** What a lede is told from. */
export type LedeSource = Pick<ReportData, "check" | "summary" | "constitution" | "manifest" | "counts" | "folder">;

/** What came of a run: of its check, else of what was measured, else what there is instead. */
export function tellLede(data: LedeSource): Lede {
  if (data.check !== undefined) return tell(checkLede(data.check));
  return data.summary === undefined ? tellUnmeasured(data) : tellStory(data.constitution, data.summary);
}

const tell = (...parts: LedePart[]): Lede => ({ parts, isEmpty: false });
const tellNothing = (...parts: LedePart[]): Lede => ({ parts, isEmpty: true });

function tellUnmeasured({ manifest, counts, folder }: LedeSource): Lede {
  const { kind, config } = manifest;
  if (kind === "evaluation" && typeof config["subject"] === "string") {
    const answers = counts["benchmark"]?.["answer"] ?? 0;
    return tell(`${answers} answers of ${config["subject"]}, measured on ${String(config["benchmark"])}.`);
  }
  if (kind === "redteam") {
    const tries = counts["attack"]?.["redteam-attempt"] ?? 0;
    const findings = counts["findings"]?.["redteam-finding"] ?? 0;
    return tell(
      `${tries} attacks on a model under its constitution; ${findings} findings stood when they were asked again.`,
    );
  }
  if (manifest.config["models"] === undefined) {
    const command = { code: `precept evaluate ${folder}` };
    return tellNothing("This run has not been evaluated: there is no summary.json. ", command, " writes it.");
  }
  const pairs = counts["sl-cai"]?.["sl-example"] ?? 0;
  const comparisons = counts["ai-feedback"]?.["comparison"] ?? 0;
  return tell(
    `Data for training: ${pairs} pairs for fine-tuning, ${comparisons} comparisons. Nothing was trained or measured in this run.`,
  );
}

/** The split that the first figures are of, and the rates of each checkpoint. */
function heldOut(summary: Summary): {
  readonly split: string;
  readonly rates: readonly (readonly [string, Summary["checkpoints"]["initial"]])[];
} {
  const measured = checkpointNames.map((checkpoint) => [checkpoint, summary.checkpoints[checkpoint]] as const);
  const splits = measured.flatMap(([, rates]) => Object.keys(rates ?? {}));
  return { split: splits.includes("heldOut") ? "heldOut" : (splits[0] ?? "heldOut"), rates: measured };
}

function estimatesOf(summary: Summary, metric: string): (readonly [string, Estimate])[] {
  const { split, rates } = heldOut(summary);
  return rates.flatMap(([checkpoint, splits]) => {
    const rate = estimateOf(splits?.[split], metric);
    return rate === undefined ? [] : [[checkpoint, rate] as const];
  });
}

const course = (rates: readonly (readonly [string, Estimate])[]): string =>
  rates.map(([name, rate]) => `${percent(rate.estimate)} (${checkpointLabel(name)})`).join(", ");

/** What came of one principle: refusals of what it governs, or breaches of it where it governs manners; what else moved. */
function tellOfOne({ id, text }: Pick<Principle, "id" | "text">, summary: Summary): Lede | undefined {
  const refused = estimatesOf(summary, "refusal");
  const about = refused.length > 0 ? refused : estimatesOf(summary, `byPrinciple.${id}`);
  if (about.length === 0) return undefined;
  const { adjective } = splitName(heldOut(summary).split);
  const what =
    refused.length > 0 ? `refusals of ${adjective} requests that it governs` : `${adjective} answers that break it`;
  const others = refused.length > 0 ? estimatesOf(summary, "overRefusal") : [];
  const rest = others.length === 0 ? "" : ` Refusals of all other requests: ${course(others)}.`;
  return tell(`“${text}” (`, { code: id }, `): ${what}: ${course(about)}.${rest}`);
}

/** Refusals before and after, of a project whose answers nobody judged. */
function tellOfPrompts(summary: Summary): Lede {
  const { adjective } = splitName(heldOut(summary).split);
  const parts = (["redTeam", "helpful"] as const).flatMap((kind) => {
    const rates = course(estimatesOf(summary, `${kind}Refused`));
    return rates === "" ? [] : [`${adjective} ${kind === "redTeam" ? "red-team" : "helpful"} prompts: ${rates}`];
  });
  return parts.length === 0
    ? tellNothing("No rate was measured in this run.")
    : tell(`Refusals of ${parts.join("; of ")}.`);
}

function tellStory(constitution: ReportData["constitution"], summary: Summary): Lede {
  const [principle, ...more] = constitution?.principles ?? [];
  const own = principle === undefined || more.length > 0 ? undefined : tellOfOne(principle, summary);
  if (own !== undefined) return own;
  const [first, ...later] = estimatesOf(summary, "violation");
  if (first === undefined) return tellOfPrompts(summary);
  const [, initial] = first;
  const isIdle = hasIdleReinforcement(summary);
  const moved = isIdle ? later.filter(([name]) => name !== "rl-cai") : later;
  const after = moved.map(([name, rate]) => `${percent(rate.estimate)} after ${checkpointLabel(name)}`);
  const start = `On ${splitName(heldOut(summary).split).adjective} requests that the constitution governs, the initial model broke it in ${percent(initial.estimate)} of its answers`;
  const idle = isIdle ? ` RL left it there: the labels gave no preference model that beats a blind guess.` : "";
  return tell(`${start}${after.length === 0 ? "." : `; ${after.join(" and ")}.`}${idle}`);
}

/** No policy of RL has moved, and none was rewarded: no preference model was kept. */
function hasIdleReinforcement({ goldReward = [] }: Summary): boolean {
  return goldReward.length > 0 && goldReward.every(({ klNats, reward }) => klNats === 0 && reward === 0);
}

const headlineMetrics = [
  "violation",
  "harmlessAnswered",
  "refusalReasonedAndOffered",
  "redTeamRefused",
  "helpfulRefused",
];

/** A rate at every checkpoint, one of those that a run is judged by. */
export interface HeadlineFigure extends MetricName {
  readonly metric: string;
  readonly rates: readonly (readonly [checkpoint: string, rate: Estimate])[];
}

/** The figures that matter, as far as they were measured. */
export function headlineFigures(summary: Summary): HeadlineFigure[] {
  return headlineMetrics.flatMap((metric) => {
    const rates = estimatesOf(summary, metric);
    return rates.length === 0 ? [] : [{ metric, ...metricName(metric), rates }];
  });
}

/** What the figures are of: "held-out requests". */
export function headlineSubject(summary: Summary): string {
  return `${splitName(heldOut(summary).split).adjective} requests`;
}

/** Whether what was measured is harbor, by the suites and templates that records name. */
export function isHarbor({ suites, templateVersions }: Pick<ReportData, "suites" | "templateVersions">): boolean {
  const names = [...suites, ...templateVersions];
  return names.length === 0 || names.some((name) => name.startsWith("harbor"));
}

/** What harbor is, for every page that shows its results. */
export const harborDisclosure =
  "Harbor is a world of a few hundred words, in which a model of about a million parameters plays every role of the method. This report is evidence about the mechanics of the method, not about the capability or the safety of any model that people use. An oracle that reads harbor’s grammar measured the rates; it took no part in training.";
