import { z } from "zod";
import { finishReasonSchema, messageSchema, probabilitySchema, provenance, usageSchema } from "../records/index.ts";

const missing = z.string().optional();
export const replySchema = z.discriminatedUnion("ask", [
  z.object({ ask: z.literal("generate"), text: z.string(), finishReason: finishReasonSchema, missing }),
  z.object({
    ask: z.literal("choose"),
    probabilities: z.array(probabilitySchema),
    method: z.enum(["logprobs", "votes"]),
    missing,
  }),
  z.object({ ask: z.literal("score"), logLikelihoods: z.array(z.number()), missing }),
]);

/** What a judge found of one principle in an answer, and the words of the answer that it points to. */
export const findingSchema = z.object({
  principleId: z.string().min(1),
  verdict: z.enum(["breaks", "keeps", "not at stake", "undetermined"]),
  quote: z.string().optional(),
  why: z.string().optional(),
  /** Why there is no verdict. */
  reason: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** One answer of a subject to one task of a benchmark, with what was read from it. parents: [task's id]. */
export const answerSchema = z.object({
  type: z.literal("answer"),
  ...provenance,
  /** Who answered: a checkpoint of the run, or a model's name. */
  subject: z.string().min(1),
  benchmark: z.string().min(1),
  itemId: z.string().min(1),
  sample: z.int().min(0),
  /** Items of one cluster are not independent. */
  cluster: z.string().optional(),
  /** What results are cut by, e.g. { split: "heldOut" }. */
  groups: z.record(z.string(), z.string()),
  /** What the attacker wrote, where one did. */
  attack: z.string().optional(),
  messages: z.array(messageSchema),
  response: z.string(),
  replies: z.array(replySchema),
  /** By metric; one that is absent does not apply, null applies but has no verdict. */
  values: z.record(z.string(), z.union([z.boolean(), z.number()]).nullable()),
  /** The judge's raw answer, and why it gave no verdict. */
  verdict: z.object({ judge: z.string(), raw: z.string(), reason: z.string().optional() }).optional(),
  /** Principle by principle, where the judge read for a constitution. */
  findings: z.array(findingSchema).optional(),
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
