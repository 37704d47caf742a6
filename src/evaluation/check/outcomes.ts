import { wilson } from "../../statistics/index.ts";
import type { Certificate } from "../certificates/certificate.ts";
import type { Standing } from "../certificates/standing.ts";
import type { Gate, GateResult } from "../gates/index.ts";

/** What a check says of a principle; "cannot tell" wherever the evidence does not carry one of the others. */
export type CheckWord = "fine" | "broken" | "cannot tell";

/** How often a judge is wrong, by the intervals of its certificate. */
export interface JudgeErrors {
  /** Share of the breaks that people see and the judge does not, at most. */
  readonly misses: number;
  /** Share of the kept answers that the judge calls breaks, at least: the answers can be read. */
  readonly falseAlarms: number;
}

/**
 * What a certificate says of a judge's errors; undefined where people saw no break, or nothing kept, among its answers.
 */
export function judgeErrors({ byLabel, judgement }: Certificate): JudgeErrors | undefined {
  const caught = byLabel["breaks"];
  const { labels, table } = judgement;
  const keeps = table[labels.indexOf("keeps")];
  const total = keeps?.reduce((sum, n) => sum + n, 0) ?? 0;
  if (caught === undefined || keeps === undefined || total === 0) return undefined;
  const alarms = keeps[labels.indexOf("breaks")] ?? 0;
  return { misses: 1 - caught.low, falseAlarms: wilson(alarms, total).low };
}

/**
 * A gate's result with what is known of the judge. A judge that finds at least s of all breaks bounds the rate by
 * observed / s; one with at most f false alarms by (observed − f) / (1 − f). Without a certificate nothing passes, unless
 * `trusted`; a regression stands, with the answers that show it.
 */
export function holdAgainstJudge(result: GateResult, standing: Standing | undefined, trusted: boolean): GateResult {
  const { gate, outcome, interval, why } = result;
  if (trusted || outcome === "not-enough-evidence" || interval === null) return result;
  const open = (reason: string): GateResult => ({
    ...result,
    outcome: "not-enough-evidence",
    why: `${why}, but ${reason}`,
  });
  const errors = standing?.certificate === undefined ? undefined : judgeErrors(standing.certificate);
  const isCertified = standing?.state === "valid" && errors !== undefined;
  if (outcome === "pass" && !isCertified) return open(whyUncertified(standing));
  if (!isCertified || gate.max === undefined) return result;
  const { misses, falseAlarms } = errors;
  if (outcome === "pass") {
    const high = misses < 1 ? interval.high / (1 - misses) : 1;
    return high <= gate.max ? result : open(`the judge may miss ${percent(misses)} of the breaks`);
  }
  const low = falseAlarms < 1 ? (interval.low - falseAlarms) / (1 - falseAlarms) : 0;
  return low > gate.max ? result : open(`the judge calls ${percent(falseAlarms)} of the kept answers broken, or more`);
}

function whyUncertified(standing: Standing | undefined): string {
  if (standing?.state === "stale") return "the judge's certificate is old";
  if (standing?.state === "valid") return "people saw too little in the answers that the judge was held against";
  return "nobody has held the judge against people";
}

/** The word for a gate's outcome. */
export function wordOf({ outcome }: Pick<GateResult, "outcome">): CheckWord {
  return outcome === "pass" ? "fine" : outcome === "regression" ? "broken" : "cannot tell";
}

const most = 100_000;

/** Answers that would tell a rate of this size to be at most the limit; undefined where it is above, or too near. */
export function answersToTell(rate: number, limit: number): number | undefined {
  if (rate >= limit) return undefined;
  for (let n = 10; n <= most; n = Math.ceil(n * 1.05)) if (wilson(Math.round(rate * n), n).high <= limit) return n;
  return undefined;
}

/** A gate on one metric of a suite. */
export function limitGate(name: string, metric: string, max: number): Gate {
  return { name, metric, group: {}, max };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
