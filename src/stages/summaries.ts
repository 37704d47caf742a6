import { z } from "zod";
import {
  calibrationSchema,
  checkpointRatesSchema,
  contrastSummarySchema,
  goldRewardSchema,
} from "../evaluation/index.ts";
import { estimateSchema, rateSchema } from "../statistics/index.ts";

const count = z.int().min(0);
const counts = z.record(z.string(), count);

/** What a stage cost, as `Meter` counts it. seconds: over all processes; tokens and rates: of the process that closed the stage. */
export const stageCostSchema = z.object({
  seconds: z.number().min(0),
  tokens: count,
  tokensPerSecond: z.number().min(0),
  /** 10⁹ floating-point operations per second; absent for hosted models, whose size is not known. */
  gflops: z.number().min(0).optional(),
});

export const trainedSchema = z.object({
  /** sha256 of the checkpoint's weights. */
  hash: z.string(),
  steps: count,
  tokens: count,
  /** Floating-point operations over all processes; absent in runs from before they were counted. */
  flops: z.number().min(0).optional(),
  metrics: z.record(z.string(), z.number()),
});

/** Of the stage up to its training pairs. */
export const slCaiDataSummarySchema = stageCostSchema.extend({
  /**
   * redTeamPrompts, helpfulPrompts, critiques, revisions, examples; putBacks, stillBreaking, unread: chains as
   * `ChainCounts` has them; where there are any: incompleteResponses,
   * cutCritiques, of those that may quote foundedCritiques, unfoundedCritiques and critiquesWithoutQuotation, reasoning (texts that had some).
   */
  counts,
  findings: counts,
  /** Revisions by outcome: usable, unchanged, empty, meta-text, copy, incomplete, bare-refusal. */
  outcomes: counts,
  /** Training examples by source: revision, unrevised, helpful, distilled, replay. */
  sources: counts,
  /** Number of prompts by how many usable revisions they got. */
  revisionsPerPrompt: counts,
  /** rejected: revisions that were empty, cut off, copies or about the method. */
  byPrinciple: z.record(
    z.string(),
    z.object({ critiques: count, breaks: count, unclear: count, revisions: count, unchanged: count, rejected: count }),
  ),
});

export const slCaiSummarySchema = slCaiDataSummarySchema.extend({
  /** Where the project trains. */
  training: trainedSchema.optional(),
  /** The same training without replay documents, in `without-replay/`. */
  withoutReplay: trainedSchema.optional(),
});

export const aiFeedbackSummarySchema = stageCostSchema.extend({
  /** prompts, identicalPairs, incompletePairs, comparisons, harmlessness, helpfulness, ties, withoutLabel. */
  counts,
  /** Questions that the feedback model did not answer, by why. */
  unanswered: counts.optional(),
  /** Mean |2p − 1| of the raw labels. */
  meanConfidence: z.number(),
  /** Mean |difference| of the two orders, over every principle's evidence. */
  meanDisagreement: z.number(),
  /** Mean P(first letter) − 0.5 over both orders: what averaging the orders cancels. */
  letterBias: z.number(),
  /** Per principle: pairs asked, pairs decided (|p − 0.5| > 0.25), mean confidence and disagreement. */
  byPrinciple: z.record(
    z.string(),
    z.object({ asked: count, decided: count, meanConfidence: z.number(), meanDisagreement: z.number() }),
  ),
  /** Where the contexts of principles took part. */
  contrast: contrastSummarySchema.optional(),
});

export const preferenceModelSummarySchema = stageCostSchema.extend({
  /** comparisons, leftOut, train, heldOut. */
  counts,
  shuffledLabels: z.boolean(),
  /** Held-out pairs whose better side the scores name as the label does; ties of the label left out. */
  accuracy: rateSchema.optional(),
  /** The same on pairs whose raw label is sure, |2p − 1| ≥ 0.5. */
  confidentAccuracy: rateSchema.optional(),
  trainAccuracy: rateSchema.optional(),
  /** Stated probability against the label's side, on held-out pairs. */
  calibration: calibrationSchema.optional(),
  /** Mean −(p log q + (1 − p) log(1 − q)) on held-out pairs, nats. */
  heldOutLoss: z.number().optional(),
  /** Mean score of the training pairs: rewards are score − meanScore, in nats of log-odds. */
  meanScore: z.number(),
  training: trainedSchema,
});

export const rlCaiSummarySchema = stageCostSchema.extend({
  /** prompts, steps, rollouts. */
  counts,
  training: trainedSchema,
  /** Kept policies, by folder name within the stage. */
  checkpoints: z.array(
    z.object({ step: count, folder: z.string(), klNats: z.number().optional(), reward: z.number().optional() }),
  ),
  /** Why a monitor ended the training early, and when. */
  stopped: z.string().optional(),
  stoppedAt: count.optional(),
});

export const evaluateSummarySchema = stageCostSchema.extend({
  counts,
  roles: z.record(z.string(), z.record(z.string(), rateSchema)),
  checkpoints: z.record(z.string(), checkpointRatesSchema),
  goldReward: z.array(goldRewardSchema),
  /** Paired difference in gold reward over the checkpoint before, by split, and by side within it. */
  paired: z.array(
    z.object({
      checkpoint: z.string(),
      baseline: z.string(),
      split: z.string(),
      side: z.string().optional(),
      difference: estimateSchema,
    }),
  ),
  revisions: z.array(z.object({ revision: count, rate: rateSchema })).optional(),
  labels: z.object({ agreement: rateSchema, calibration: calibrationSchema, ties: count }).optional(),
  preferenceModel: z.object({ agreement: rateSchema, calibration: calibrationSchema, ties: count }).optional(),
  texts: z.record(
    z.string(),
    z.object({
      meanWords: z.number(),
      mostRepeated: z.object({ ngram: z.string(), count, share: z.number() }),
    }),
  ),
});

export type StageCost = z.infer<typeof stageCostSchema>;
export type TrainedSummary = z.infer<typeof trainedSchema>;
export type SlCaiDataSummary = z.infer<typeof slCaiDataSummarySchema>;
export type SlCaiSummary = z.infer<typeof slCaiSummarySchema>;
export type AiFeedbackSummary = z.infer<typeof aiFeedbackSummarySchema>;
export type PreferenceModelSummary = z.infer<typeof preferenceModelSummarySchema>;
export type RlCaiSummary = z.infer<typeof rlCaiSummarySchema>;
export type EvaluateSummary = z.infer<typeof evaluateSummarySchema>;
