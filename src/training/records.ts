import { z } from "zod";
import { probabilitySchema, provenance } from "../records/index.ts";

/** The preference model's opinion of a comparison, trained on or held out. parents: [comparison]. */
export const preferenceSchema = z.object({
  type: z.literal("preference"),
  ...provenance,
  split: z.enum(["train", "held-out"]),
  source: z.enum(["harmlessness", "helpfulness"]),
  /** The target, after controls such as shuffling; `raw` is the same before hardening and clamping. */
  label: probabilitySchema,
  raw: probabilitySchema,
  scores: z.tuple([z.number(), z.number()]),
  /** sigmoid(scores[0] - scores[1]). */
  probability: probabilitySchema,
});

/** One sampled answer of RL-CAI. parents: [prompt id]. */
export const rolloutSchema = z.object({
  type: z.literal("rollout"),
  ...provenance,
  promptId: z.string().min(1),
  step: z.int().min(0),
  response: z.string(),
  /** The preference model's output, and the same centred: what the policy is rewarded with. */
  score: z.number(),
  reward: z.number(),
});

export type PreferenceRecord = z.infer<typeof preferenceSchema>;
export type RolloutRecord = z.infer<typeof rolloutSchema>;
