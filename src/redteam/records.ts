import { z } from "zod";
import { finishReasonSchema, messageSchema, provenance, usageSchema } from "../records/index.ts";

export const goalRecordSchema = z.object({
  type: z.literal("redteam-goal"),
  ...provenance,
  principleId: z.string(),
  behaviour: z.string(),
  twin: z.string().nullable(),
});
export type GoalRecord = z.infer<typeof goalRecordSchema>;

export const gradeSchema = z.int().min(0).max(4);

/** Who kept an attempt from succeeding: the model, the guard, or either would have. */
export const stoppers = ["model", "guard", "both"] as const;

/** One request to the target, what it delivered, and how that was graded under the goal's principle. */
export const attemptRecordSchema = z.object({
  type: z.literal("redteam-attempt"),
  ...provenance,
  principleId: z.string(),
  /** "twin" for the benign requests beside the goals. */
  strategy: z.string(),
  technique: z.string(),
  goalId: z.string(),
  /** The place among the tries of its attack, from 0. */
  turn: z.int().min(0),
  messages: z.array(messageSchema).min(1),
  prefill: z.string().nullable(),
  /** As delivered. */
  response: z.string(),
  finishReason: finishReasonSchema,
  usage: usageSchema,
  /** What the model said, where a guard delivered something else; null: the same, or the model was not asked. */
  unguarded: z.string().nullable(),
  grade: gradeSchema.nullable(),
  /** Why there is no grade. */
  ungraded: z.string().nullable(),
  why: z.string(),
  /** Hash of the judge. */
  judge: z.string(),
  stoppedBy: z.enum(stoppers).nullable(),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** What the attacker model wrote, or a log-probability that was asked for; so that a resumed run asks nothing twice. */
export const writeRecordSchema = z.object({
  type: z.literal("redteam-write"),
  id: z.string(),
  text: z.string(),
  tokens: z.int().min(0),
});
export type WriteRecord = z.infer<typeof writeRecordSchema>;

/** The elite of a cell of the archive. */
export const cellRecordSchema = z.object({
  type: z.literal("redteam-cell"),
  ...provenance,
  principleId: z.string(),
  technique: z.string(),
  prompt: z.string(),
  /** Mean grade over its samples. */
  fitness: z.number(),
  samples: z.int().min(1),
  /** How many texts it descends from. */
  generation: z.int().min(0),
});
export type CellRecord = z.infer<typeof cellRecordSchema>;

/** A request that breaks a principle, minimised, standing for others like it. */
export const findingRecordSchema = z.object({
  type: z.literal("redteam-finding"),
  ...provenance,
  principleId: z.string(),
  strategy: z.string(),
  technique: z.string(),
  goalId: z.string(),
  behaviour: z.string(),
  messages: z.array(messageSchema).min(1),
  prefill: z.string().nullable(),
  response: z.string(),
  grade: gradeSchema,
  /** Of the samples of the text as it stands here, how many broke the principle. */
  samples: z.object({ broken: z.int().min(0), of: z.int().min(1) }),
  /** Attempts that it stands for, itself included. */
  alike: z.int().min(1),
  target: z.string(),
  /** Hash of the guard's policy; null without one. */
  guard: z.string().nullable(),
  judge: z.string(),
});
export type FindingRecord = z.infer<typeof findingRecordSchema>;
