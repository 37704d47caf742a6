import { z } from "zod";
import { messageSchema, provenance, usageSchema } from "../records/index.ts";

/** One answer of an evaluated checkpoint with what the suite read from it. parents: [item id]. */
export const answerSchema = z.object({
  type: z.literal("answer"),
  ...provenance,
  checkpoint: z.string().min(1),
  suite: z.string().min(1),
  split: z.string().min(1),
  itemId: z.string().min(1),
  messages: z.array(messageSchema),
  response: z.string(),
  outcome: z.record(z.string(), z.boolean().nullable()),
  goldReward: z.number().nullable(),
  usage: usageSchema,
});

/** One trial of a role that the frozen initial model must play. parents: []. */
export const roleTrialSchema = z.object({
  type: z.literal("role-trial"),
  ...provenance,
  role: z.string().min(1),
  condition: z.string().min(1),
  correct: z.boolean(),
});

export type AnswerRecord = z.infer<typeof answerSchema>;
export type RoleTrialRecord = z.infer<typeof roleTrialSchema>;
