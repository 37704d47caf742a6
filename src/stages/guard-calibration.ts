import type { HeadFile } from "../guard/heads/index.ts";
import { attempt, auc, fitLogistic } from "../statistics/index.ts";
import { type GuardScoreRecord, lagOf, peakOf } from "./guard-scores.ts";
import type { GuardModelSummary } from "./guard-summaries.ts";

/** Calibrations and hold-back by the development texts. */
export function tune(file: HeadFile, scores: readonly GuardScoreRecord[]): HeadFile {
  const development = scores.filter(({ split }) => split === "development");
  const principles = file.principles.map((head) => {
    const { breaks, keeps } = peaksOf(head.id, development);
    const fit = fitLogistic(breaks, keeps);
    // A head that falls as texts break more knows nothing; turned round, it would not be the head that was trained.
    return { ...head, ...(fit.slope > 0 ? fit : { slope: 1, offset: 0 }) };
  });
  const lags = principles.flatMap((head) => {
    // From the calibrated one half on a head acts, unless the policy says otherwise.
    const from = head.slope > 0 ? -head.offset / head.slope : Number.POSITIVE_INFINITY;
    return development.flatMap((score) =>
      (score.labels[head.id] ?? 0) > 0.5 ? (lagOf(score, head.id, from) ?? []) : [],
    );
  });
  lags.sort((a, b) => a - b);
  const holdTokens = lags[Math.max(0, Math.ceil(0.999 * lags.length) - 1)] ?? 1;
  return { ...file, principles, holdTokens: Math.max(1, holdTokens) };
}

function peaksOf(id: string, scores: readonly GuardScoreRecord[]) {
  const peaks = (isBroken: boolean): number[] =>
    scores
      .filter(({ labels: { [id]: label } }) => label !== undefined && label > 0.5 === isBroken)
      .map((score) => peakOf(score, id));
  return { breaks: peaks(true), keeps: peaks(false) };
}

export function measureHead(id: string, scores: readonly GuardScoreRecord[]): GuardModelSummary["heads"][string] {
  const of = (split: "development" | "report") => {
    const own = peaksOf(
      id,
      scores.filter((score) => score.split === split),
    );
    const found = attempt(() => auc(own.breaks, own.keeps));
    return {
      breaks: own.breaks.length,
      keeps: own.keeps.length,
      auc: found.outcome === "estimated" ? found.value : undefined,
    };
  };
  return { development: of("development"), report: of("report") };
}
