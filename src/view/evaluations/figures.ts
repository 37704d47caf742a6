import { measure } from "../../evaluation/index.ts";
import { isOfPrinciple, knownMetrics, metricName, splitName } from "../../report/index.ts";
import type { Figure, Interval } from "../source.ts";
import { type Answer, subjectLabel } from "./answers.ts";
import type { Suite } from "./items.ts";
import { betterOf } from "./verdict.ts";

const mostFigures = 8;
/** Of a check, which is measured principle by principle and little else. */
const mostPrinciples = 30;

/** The answers that the figures of a suite are of: of several splits the one that the report begins with. */
export function headlineAnswers({ items }: Suite): { readonly answers: readonly Answer[]; readonly of: string | null } {
  const answers = [...items.values()].flatMap((item) => item.answers);
  const splits = [...new Set(answers.flatMap(({ groups }) => groups["split"] ?? []))];
  const split = splits.includes("heldOut") ? "heldOut" : splits[0];
  if (split === undefined) return { answers, of: null };
  return {
    answers: answers.filter(({ groups }) => groups["split"] === split),
    of: `${splitName(split).adjective} requests`,
  };
}

/** Rates of everything that was measured as true or false and has a good side, by checkpoint. */
export function figuresOf(answers: readonly Answer[], subjects: readonly string[]): Figure[] {
  const metrics = [...new Set(answers.flatMap(({ values }) => Object.keys(values)))];
  // As the report has them; principle by principle comes after what is said of all.
  const rankOf = (metric: string): number =>
    isOfPrinciple(metric)
      ? knownMetrics.length + 1
      : knownMetrics.includes(metric)
        ? knownMetrics.indexOf(metric)
        : knownMetrics.length;
  const ranked = metrics
    .filter((metric) => betterOf(metric) !== "neither" || knownMetrics.includes(metric))
    .sort((a, b) => rankOf(a) - rankOf(b));
  const figures = ranked.flatMap((metric): Figure[] => {
    const rates = subjects.flatMap((checkpoint) => {
      const own = answers.filter(({ subject, values }) => subject === checkpoint && values[metric] !== undefined);
      const rate = rateOf(own, metric);
      return rate === null ? [] : [{ checkpoint, label: subjectLabel(checkpoint), rate }];
    });
    const { label, definition } = metricName(metric);
    return rates.length === 0 ? [] : [{ metric, label, definition, better: betterOf(metric), rates }];
  });
  const general = figures.filter(({ metric }) => !isOfPrinciple(metric));
  const principles = figures.filter(({ metric }) => isOfPrinciple(metric));
  // One principle of many would tell nothing of the others: they have a room of their own.
  const isCheck = general.length <= 2;
  return isCheck ? [...general, ...principles.slice(0, mostPrinciples)] : general.slice(0, mostFigures);
}

/** The share of answers for which a metric is true; null where it is a number, or nobody can say. */
export function rateOf(
  answers: readonly Pick<Answer, "groups" | "cluster" | "values">[],
  metric: string,
): Interval | null {
  if (answers.some(({ values }) => typeof values[metric] === "number")) return null;
  return intervalOf(answers, metric, "rate");
}

/** A share or a mean with its interval; null where there is none. */
export function intervalOf(
  answers: readonly Pick<Answer, "groups" | "cluster" | "values">[],
  metric: string,
  kind: "rate" | "mean",
): Interval | null {
  if (answers.length === 0) return null;
  const { estimate, low, high, n } = measure(answers, (values) => values[metric] ?? null, kind);
  return estimate === null || low === null || high === null ? null : { estimate, low, high, n };
}
