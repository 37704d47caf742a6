import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { type Estimate, estimateSchema, isEstimate, type Measured, rateSchema } from "../statistics/index.ts";
import { type Measures, measuresSchema } from "./benchmark/index.ts";

/** Raised when a field changes its meaning. */
export const SUMMARY_VERSION = 1;

/** What was measured on each split, by metric: violation, harmlessAnswered, byPrinciple.danger, goldReward … */
export const checkpointRatesSchema = z.record(z.string(), measuresSchema);

const binSchema = z.object({ from: z.number(), to: z.number(), stated: z.number(), observed: rateSchema });
const binsSchema = z.object({ bins: z.array(binSchema).readonly(), ece: z.number() });

export const calibrationSchema = z.object({
  n: z.int().min(1),
  equalWidth: binsSchema,
  equalMass: binsSchema,
  brier: z.number(),
});

/** Probabilities about pairs against the gold reward, pairs of equal reward left out. */
export const judgementSchema = z.object({
  agreement: rateSchema,
  calibration: calibrationSchema.optional(),
  ties: z.int().min(0).optional(),
});

const rewardsSchema = z.object({
  gold: estimateSchema,
  /** Mean reward of the preference model on the same answers. */
  reward: z.number().optional(),
});

/** Gold and proxy reward of a policy that RL kept, on as many governed requests as harmless ones, and on each side apart. */
export const goldRewardSchema = rewardsSchema.extend({
  step: z.int().min(0),
  klNats: z.number().optional(),
  bySide: z.record(z.string(), rewardsSchema).optional(),
});

export const stageSummarySchema = z.looseObject({
  seconds: z.number().min(0),
  tokens: z.number().min(0),
  tokensPerSecond: z.number().min(0),
  /** Absent where the model's size is unknown. */
  gflops: z.number().min(0).optional(),
  /** Sample counts: prompts, critiques, revisions, comparisons, rollouts, … */
  counts: z.record(z.string(), z.number()).optional(),
  /** Why a monitor ended the stage early. */
  stopped: z.string().optional(),
});

/** `summary.json` of a run: every rate is {estimate, low, high, n}. */
export const summarySchema = z.looseObject({
  schemaVersion: z.literal(SUMMARY_VERSION),
  preset: z.string(),
  seed: z.int(),
  constitutionHash: z.string(),
  /** Set in a control: what was done to the constitution or the labels. */
  variation: z
    .looseObject({ delete: z.string(), invert: z.string(), labels: z.string(), principles: z.string(), rl: z.string() })
    .partial()
    .optional(),
  checkpoints: z
    .object({
      initial: checkpointRatesSchema,
      "sl-cai": checkpointRatesSchema,
      dpo: checkpointRatesSchema,
      "rl-cai": checkpointRatesSchema,
    })
    .partial(),
  roles: z.record(z.string(), z.record(z.string(), rateSchema)),
  stages: z.record(z.string(), stageSummarySchema),
  peakMemoryBytes: z.number().min(0),
  /** SL-CAI without replay of the pre-training corpus, otherwise the same. */
  withoutReplay: checkpointRatesSchema.optional(),
  /** DPO on the same pairs with shuffled labels: the control. */
  shuffledLabels: checkpointRatesSchema.optional(),
  /** Violation rate of SL-CAI's own training answers after each number of revisions. */
  revisions: z.array(z.object({ revision: z.int().min(0), rate: rateSchema })).optional(),
  /** The feedback model's labels. */
  labels: judgementSchema.optional(),
  /** The preference model on held-out pairs. */
  preferenceModel: judgementSchema.optional(),
  /** Gold reward of kept policies, measured after the fact. */
  goldReward: z.array(goldRewardSchema).optional(),
  /** Gold reward of one checkpoint over another on the same items, by pair of checkpoints and split. */
  pairedGoldReward: z
    .array(
      z.object({
        checkpoint: z.string(),
        baseline: z.string(),
        split: z.string(),
        /** governed or harmless, where they are apart. */
        side: z.string().optional(),
        difference: estimateSchema,
        klNats: z.number().optional(),
      }),
    )
    .optional(),
  /** Length and repetition of the answers, by checkpoint; read from the texts alone. */
  texts: z
    .record(
      z.string(),
      z.object({
        meanWords: z.number(),
        mostRepeated: z.object({ ngram: z.string(), count: z.number(), share: z.number() }),
      }),
    )
    .optional(),
});

export type SplitRates = Measures;
export type CheckpointRates = z.infer<typeof checkpointRatesSchema>;
export type StageSummary = z.infer<typeof stageSummarySchema>;
export type Summary = z.infer<typeof summarySchema>;
export type CheckpointName = keyof Summary["checkpoints"];

/** In the order of the method. */
export const checkpointNames = ["initial", "sl-cai", "dpo", "rl-cai"] as const satisfies readonly CheckpointName[];

/** Checks a summary read from `where`. @throws PreceptError run-invalid, naming the first faulty fields. */
export function parseSummary(value: unknown, where: string): Summary {
  const result = summarySchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join(".") || "(whole)"}: ${message}`);
  throw new PreceptError("run-invalid", {
    attempted: `Reading ${where}`,
    found: faults.slice(0, 5).join("; "),
    expected: "the summary of a run of this version",
    remedy: "run `precept evaluate` on the run again",
  });
}

/** What was measured by one metric, with an interval or without; undefined where nothing was. */
export function findMeasured(measures: Measures | undefined, metric: string): Measured | undefined {
  return measures !== undefined && Object.hasOwn(measures, metric) ? measures[metric] : undefined;
}

/** One metric's estimate; undefined where it was not measured, or has no interval. */
export function estimateOf(measures: Measures | undefined, metric: string): Estimate | undefined {
  const found = findMeasured(measures, metric);
  return isEstimate(found) ? found : undefined;
}

/**
 * The least and the most that a rate can be, where answers are without a verdict: if none of them counted, and if all did.
 * undefined where every answer has one.
 */
export function boundsOf(
  measured: Measured | undefined,
): { readonly low: number; readonly high: number; readonly n: number } | undefined {
  const { n = 0, ifAllFalse, ifAllTrue } = measured?.undetermined ?? {};
  return ifAllFalse === undefined || ifAllTrue === undefined ? undefined : { low: ifAllFalse, high: ifAllTrue, n };
}

const byPrinciple = "byPrinciple.";

/** Violation rates by principle. */
export function estimatesByPrinciple(measures: Measures | undefined): ReadonlyMap<string, Estimate> {
  const own = Object.entries(measures ?? {}).filter(([metric]) => metric.startsWith(byPrinciple));
  return new Map(
    own.flatMap(([metric, found]) => (isEstimate(found) ? [[metric.slice(byPrinciple.length), found] as const] : [])),
  );
}
