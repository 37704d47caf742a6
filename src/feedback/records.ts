import { z } from "zod";
import {
  finishReasonSchema,
  messageSchema,
  missingSchema,
  probabilitySchema,
  provenance,
  usageSchema,
} from "../records/index.ts";

/** What the model thought before an answer, taken out of it: kept for people, never trained on. */
const reasoning = z.string().optional();

/** A sampled answer to a prompt, before any revision. parents: [prompt id]. */
export const responseSchema = z.object({
  type: z.literal("response"),
  ...provenance,
  promptId: z.string().min(1),
  kind: z.enum(["red-team", "helpful"]),
  messages: z.array(messageSchema),
  sample: z.int().min(0),
  /** Under which context of its principle it was sampled; absent for an answer to the messages alone. */
  context: z.enum(["positive", "negative"]).optional(),
  response: z.string(),
  reasoning,
  finishReason: finishReasonSchema,
  missing: missingSchema.optional(),
  usage: usageSchema,
});

/** A quotation of a critique. */
const groundCheckSchema = z.object({
  n: z.int(),
  quote: z.string().nullable(),
  status: z.enum(["verbatim", "folded", "elsewhere", "absent", "short", "unresolved"]),
  documentId: z.string().nullable(),
  span: z.tuple([z.int().min(0), z.int().min(0)]).nullable(),
  /** For people: the nearest words of an absent quotation. */
  hint: z.string().nullable(),
});

const groundsSchema = z.object({
  /** "founded": what it quotes stands in its document; "unfounded": something does not; "none": it quotes nothing. */
  verdict: z.enum(["founded", "unfounded", "none"]),
  /** The chain went on as if there were no such critique. */
  isPassedOver: z.literal(true).optional(),
  checks: z.array(groundCheckSchema),
});

/** One principle's critique of a response. round counts from 1; parents: [criticised response or revision]. */
export const critiqueSchema = z.object({
  type: z.literal("critique"),
  ...provenance,
  principleId: z.string().min(1),
  promptId: z.string().min(1),
  round: z.int().min(1),
  critique: z.string(),
  reasoning,
  finding: z.enum(["breaks", "keeps", "unclear"]),
  /** Of critiques that may quote documents: whether what they quote stands there. */
  grounds: groundsSchema.optional(),
  finishReason: finishReasonSchema,
  missing: missingSchema.optional(),
  usage: usageSchema,
});

/** What became of a revision. Only "usable" and "unchanged" ones are trained on. */
export const revisionOutcomes = [
  "usable",
  "unchanged",
  "empty",
  "meta-text",
  "copy",
  "incomplete",
  "bare-refusal",
] as const;

/** A rewritten response. round counts from 1; parents: [revised response or revision, critique?]. */
export const revisionSchema = z.object({
  type: z.literal("revision"),
  ...provenance,
  principleId: z.string().min(1),
  promptId: z.string().min(1),
  round: z.int().min(1),
  /** Principles whose critique found a breach in this round; the revised-under principle is one of them. */
  tripped: z.array(z.string().min(1)),
  revision: z.string(),
  reasoning,
  outcome: z.enum(revisionOutcomes),
  /** What a copy repeats. */
  copyOf: z.enum(["critique", "request"]).optional(),
  /** What became of a critique that was cut at the token limit: shown up to its last whole sentence, or not at all. */
  cutCritique: z.enum(["shortened", "left-out"]).optional(),
  finishReason: finishReasonSchema,
  usage: usageSchema,
});

/**
 * One training pair of SL-CAI. "unrevised": nothing tripped, so the model's own answer stays; "replay": a document of
 * the frozen pre-training corpus, made before any constitution was read (parents: [replay id]); "distilled": an answer under the
 * positive context of its principle, which the prompt does not show.
 */
export const slExampleSchema = z.object({
  type: z.literal("sl-example"),
  ...provenance,
  source: z.enum(["revision", "unrevised", "helpful", "distilled", "replay"]),
  promptId: z.string().min(1),
  /** 0 for an unrevised answer, else the revision's number. */
  round: z.int().min(0),
  /** Rendered text, or a dialogue that the checkpoint's chat format renders. */
  prompt: z.union([z.string(), z.array(messageSchema)]),
  completion: z.string(),
  /** An answer that was cut at its limit: trained on without teaching that it ends there. */
  isCut: z.literal(true).optional(),
  weight: z.number().min(0),
});

/** One order of one principle's comparison. */
const orderSchema = z.object({
  /** P(first response of the pair is better), already mapped back from the shown order. */
  probability: probabilitySchema,
  /** The chain of thought, null without one. */
  thought: z.string().nullable(),
  /** How the probability was got from the model: read from the letters, or counted over so many readable votes. */
  method: z.enum(["logprobs", "votes"]),
  votes: z.int().min(0).optional(),
});

/** What one principle says about a pair, in both orders. */
export const evidenceSchema = z.object({
  principleId: z.string().min(1),
  weight: z.number().positive(),
  /** [as given, contents swapped]. */
  orders: z.tuple([orderSchema, orderSchema]),
  /** Mean of the two orders. */
  probability: probabilitySchema,
  /** |difference| of the two orders: 0 for a model without position preference. */
  disagreement: probabilitySchema,
});

/** A question that the feedback model did not answer: a refusal or an unreadable letter is never a label. */
const unansweredSchema = z.object({
  principleId: z.string().min(1),
  order: z.enum(["as-given", "swapped"]),
  missing: missingSchema,
  /** What was said instead, or why nothing was. */
  said: z.string().optional(),
});

/**
 * An AI comparison. `label` = P(first is better) as trained on; `raw` is the same before hardening and clamping, and is
 * what confidence filters read. principleId is null for an ensemble (see `evidence`). parents: [response, response].
 */
export const comparisonSchema = z.object({
  type: z.literal("comparison"),
  ...provenance,
  promptId: z.string().min(1),
  source: z.enum(["harmlessness", "helpfulness"]),
  responses: z.tuple([z.string(), z.string()]),
  label: probabilitySchema,
  raw: probabilitySchema,
  clamp: z.tuple([probabilitySchema, probabilitySchema]).nullable(),
  /**
   * Where nobody was asked about a principle: "contrastive" labels by R under its two contexts (see `rewards`), "assumed" takes the
   * answer that was sampled under the positive one for the better, "debate" by what a judge made of two debaters. Then there is no evidence.
   */
  labelledBy: z.enum(["contrastive", "assumed", "debate"]).optional(),
  /** R of each response, nats. */
  rewards: z.tuple([z.number(), z.number()]).optional(),
  evidence: z.array(evidenceSchema),
  /** Principles of an ensemble that gave no evidence, and why. */
  unanswered: z.array(unansweredSchema).optional(),
  usage: usageSchema,
});

/** A pair that the feedback model did not judge, under no principle that it was asked. parents: [response, response]. */
export const noLabelSchema = z.object({
  type: z.literal("no-label"),
  ...provenance,
  promptId: z.string().min(1),
  source: z.enum(["harmlessness", "helpfulness"]),
  responses: z.tuple([z.string(), z.string()]),
  unanswered: z.array(unansweredSchema).min(1),
  usage: usageSchema,
});

/** How likely a model finds an answer under the two contexts of a principle. parents: [response]. */
export const contrastSchema = z.object({
  type: z.literal("contrast"),
  ...provenance,
  principleId: z.string().min(1),
  promptId: z.string().min(1),
  /** log π(y | x, p⁺) and log π(y | x, p⁻), nats, over all tokens of the answer; null where it could not be scored. */
  positive: z.number().nullable(),
  negative: z.number().nullable(),
  tokens: z.int().min(0),
  usage: usageSchema,
});

/** Whether an answer keeps the principle that is tried on the model, as a judge reads it. parents: [response]. */
export const readingSchema = z.object({
  type: z.literal("reading"),
  ...provenance,
  principleId: z.string().min(1),
  promptId: z.string().min(1),
  /** The context of the answer; absent for the messages alone. */
  context: z.enum(["positive", "negative"]).optional(),
  verdict: z.enum(["breaks", "keeps", "not at stake", "undetermined"]),
});

/** Any record of critique, revision and comparison. */
export const feedbackRecordSchema = z.discriminatedUnion("type", [
  responseSchema,
  critiqueSchema,
  revisionSchema,
  slExampleSchema,
  comparisonSchema,
  noLabelSchema,
  contrastSchema,
  readingSchema,
]);

export type ResponseRecord = z.infer<typeof responseSchema>;
export type CritiqueRecord = z.infer<typeof critiqueSchema>;
export type RevisionRecord = z.infer<typeof revisionSchema>;
export type RevisionOutcome = RevisionRecord["outcome"];
export type SlExampleRecord = z.infer<typeof slExampleSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
export type ComparisonRecord = z.infer<typeof comparisonSchema>;
export type ContrastRecord = z.infer<typeof contrastSchema>;
export type ReadingRecord = z.infer<typeof readingSchema>;
export type NoLabelRecord = z.infer<typeof noLabelSchema>;
export type Unanswered = z.infer<typeof unansweredSchema>;
export type FeedbackRecord = z.infer<typeof feedbackRecordSchema>;
