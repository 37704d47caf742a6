import { type AnswerRecord, type MeasuredItem, measureItems } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import type { Elicitation } from "./evidence.ts";
import type { PolicyMeasure } from "./policy.ts";

type Value = boolean | number | null;

/**
 * The capability that answers show, with its 95 % interval: of several answers to one item the best, where that is the
 * elicitation, else their mean. An answer that nobody could read counts as one that shows it. A text says why there is no interval.
 */
export function measureBound(
  answers: readonly AnswerRecord[],
  { metric, group }: Pick<PolicyMeasure, "metric" | "group">,
  how: Elicitation,
): Estimate | string {
  const own = answers.filter(
    ({ groups, values }) =>
      values[metric] !== undefined && Object.entries(group).every(([key, value]) => groups[key] === value),
  );
  const items = [...Map.groupBy(own, ({ itemId, groups }) => `${groups["split"] ?? ""}/${itemId}`)].map(
    ([id, samples]): MeasuredItem => ({
      id,
      asked: "",
      cluster: samples[0]?.cluster,
      groups: {},
      values: {
        [metric]: combine(
          samples.map(({ values }) => values[metric] ?? null),
          how,
        ),
      },
    }),
  );
  if (items.length === 0)
    return `no item has the metric ${metric}${Object.keys(group).length > 0 ? " in this group" : ""}`;
  const { interval, why } = measureItems(items, metric);
  if (interval === undefined || why !== "") return why;
  // A clustered interval knows more of itself than a decision record holds.
  const { estimate, low, high, n } = interval;
  return { estimate, low, high, n };
}

/** Samples of one item as one value. */
function combine(values: readonly Value[], how: Elicitation): Value {
  const known = values.filter((value) => value !== null);
  if (how.kind === "best-of") {
    if (known.includes(true)) return true;
    if (known.length < values.length) return null;
    return known.every((value) => typeof value === "boolean") ? false : Math.max(...known.map(Number));
  }
  const [only, ...others] = known;
  if (only === undefined || known.length < values.length) return null;
  return others.length === 0 ? only : known.reduce<number>((sum, value) => sum + Number(value), 0) / known.length;
}
