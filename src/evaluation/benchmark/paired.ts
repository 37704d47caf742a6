import { PreceptError } from "../../errors.ts";
import { type Estimate, mean, pairedDifference } from "../../statistics/index.ts";
import type { AnswerRecord } from "../records.ts";

type MeasuredAnswer = Pick<AnswerRecord, "id" | "itemId" | "groups" | "values">;

/**
 * A numeric metric of one subject over another on the same items: mean paired difference, Student t, 95 %. Several answers
 * to an item are averaged first, so n counts items.
 * @throws PreceptError input-invalid when the two did not answer the same items or an answer lacks the metric.
 */
export function pairedDifferenceOf(
  metric: string,
  answers: readonly MeasuredAnswer[],
  baseline: readonly MeasuredAnswer[],
): Estimate {
  const ours = meansByItem(metric, answers);
  const theirs = meansByItem(metric, baseline);
  const missing = [...ours.keys()].find((id) => !theirs.has(id)) ?? [...theirs.keys()].find((id) => !ours.has(id));
  if (missing !== undefined) {
    throw new PreceptError("input-invalid", {
      attempted: "Comparing two subjects item by item",
      found: `the item ${missing} on one side only`,
      expected: "answers to the same items",
      remedy: "evaluate both subjects on the same benchmark",
    });
  }
  const ids = [...ours.keys()].sort();
  return pairedDifference(
    ids.map((id) => ours.get(id) ?? Number.NaN),
    ids.map((id) => theirs.get(id) ?? Number.NaN),
  );
}

function meansByItem(metric: string, answers: readonly MeasuredAnswer[]): Map<string, number> {
  const items = Map.groupBy(answers, ({ itemId, groups: { split } }) => `${split ?? "all"}/${itemId}`);
  return new Map([...items].map(([item, samples]) => [item, mean(samples.map((answer) => numberIn(answer, metric)))]));
}

function numberIn({ id, values }: MeasuredAnswer, metric: string): number {
  const value = values[metric];
  if (typeof value === "number") return value;
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${metric}`,
    found: `none in ${id}`,
    expected: `answers of a benchmark that measures ${metric}`,
  });
}
