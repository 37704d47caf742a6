import { z } from "zod";
import {
  clusteredRate,
  type Estimate,
  estimateSchema,
  pairedTest,
  rateSchema,
  wilson,
} from "../../statistics/index.ts";
import { type RungName, rungNames, type SteeringTrial } from "./records.ts";
import type { SteeringTask } from "./task.ts";

const outcomes = ["parsed", "fits", "right", "repaired", "refused"] as const;
type Outcome = (typeof outcomes)[number];

const spreadSchema = z.object({ least: z.number(), most: z.number() });

const rowSchema = z.object({
  model: z.string(),
  rung: z.enum(rungNames),
  /** Answers that came; the failed ones are in none of the rates. */
  n: z.int().min(0),
  failed: z.int().min(0),
  /** Wilson's intervals, over items where an item was asked about several times. */
  rates: z.partialRecord(z.enum(outcomes), rateSchema),
  /** Of `fits` and `right` the least and the greatest rate of any wording. */
  byFormat: z.object({ fits: spreadSchema, right: spreadSchema }),
  /** Answer tokens, on average. */
  tokens: z.number(),
});
export type SteeringRow = z.infer<typeof rowSchema>;

const differenceSchema = z.object({
  rung: z.enum(rungNames),
  first: z.string(),
  second: z.string(),
  /** Of `right`, first minus second, on the same items; their trials are clusters. */
  difference: estimateSchema,
  pValue: z.number(),
});

export const steeringSummarySchema = z.object({
  task: z.string(),
  items: z.int().min(1),
  formats: z.int().min(1),
  rows: z.array(rowSchema),
  differences: z.array(differenceSchema),
});
export type SteeringSummary = z.infer<typeof steeringSummarySchema>;

/** Rates of every model and rung, and how models differ from the first. */
export function summariseTrials(
  task: Pick<SteeringTask, "name" | "items">,
  models: readonly string[],
  rungs: readonly RungName[],
  trials: readonly SteeringTrial[],
): SteeringSummary {
  const of = (model: string, rung: RungName): SteeringTrial[] =>
    trials.filter((trial) => trial.model === model && trial.rung === rung);
  const [first = "", ...others] = models;
  return {
    task: task.name,
    items: task.items.length,
    formats: new Set(trials.map(({ format }) => format)).size,
    rows: models.flatMap((model) => rungs.map((rung) => rowOf(model, rung, of(model, rung)))),
    differences: rungs.flatMap((rung) =>
      others.flatMap((second) => compare(rung, [first, of(first, rung)], [second, of(second, rung)])),
    ),
  };
}

function rowOf(model: string, rung: RungName, all: readonly SteeringTrial[]): SteeringRow {
  const trials = all.filter(({ fault }) => fault !== "failed");
  const n = trials.length;
  const rates = n === 0 ? {} : Object.fromEntries(outcomes.map((outcome) => [outcome, rateIn(trials, outcome)]));
  const formats = [...Map.groupBy(trials, ({ format }) => format).values()];
  const spread = (outcome: Outcome): z.infer<typeof spreadSchema> => {
    const own = formats.map((group) => group.filter((trial) => trial[outcome]).length / group.length);
    return { least: Math.min(1, ...own), most: Math.max(0, ...own) };
  };
  const tokens = trials.reduce((sum, trial) => sum + trial.tokens.completionTokens, 0) / Math.max(1, n);
  const byFormat = { fits: spread("fits"), right: spread("right") };
  return { model, rung, n, failed: all.length - n, rates, byFormat, tokens };
}

/** Trials of one item hang together: with more than one of them, items are what counts. */
function rateIn(trials: readonly SteeringTrial[], outcome: Outcome): Estimate {
  const values = trials.map((trial) => trial[outcome]);
  const items = trials.map(({ itemId }) => itemId);
  const count = new Set(items).size;
  if (count === trials.length || count < 2) return wilson(values.filter(Boolean).length, values.length);
  const { estimate, low, high, n, clusters } = clusteredRate(values, items);
  return { estimate, low, high, n, clusters };
}

function compare(
  rung: RungName,
  [first, ours]: readonly [string, readonly SteeringTrial[]],
  [second, theirs]: readonly [string, readonly SteeringTrial[]],
): SteeringSummary["differences"] {
  const keyOf = ({ itemId, format, repeat }: SteeringTrial): string => JSON.stringify([itemId, format, repeat]);
  const keepAnswered = (trials: readonly SteeringTrial[]) => trials.filter(({ fault }) => fault !== "failed");
  const other = new Map(keepAnswered(theirs).map((trial) => [keyOf(trial), trial]));
  const pairs = keepAnswered(ours).flatMap((trial) => {
    const twin = other.get(keyOf(trial));
    return twin === undefined ? [] : [[trial, twin] as const];
  });
  const items = pairs.map(([{ itemId }]) => itemId);
  if (new Set(items).size < 2) return [];
  const { difference, pValue } = pairedTest(
    pairs.map(([trial]) => Number(trial.right)),
    pairs.map(([, twin]) => Number(twin.right)),
    items,
  );
  const { estimate, low, high, n, clusters, zeroVariance } = difference;
  return [{ rung, first, second, difference: { estimate, low, high, n, clusters, zeroVariance }, pValue }];
}
