import { z } from "zod";

const count = z.int().min(0);
/** Not counted by earlier versions. */
const laterCount = count.default(0);
const share = z.number().min(0).max(1);
const lengths = z.object({ mean: z.number(), median: z.number(), min: count, max: count });

/** What a warning is about, with the records that show it. */
export const qualityWarningSchema = z.object({
  code: z.enum([
    "unchanged-revisions",
    "critiques-without-fault",
    "critiques-withheld",
    "meta-text",
    "copies",
    "answers-cut",
    "revisions-cut",
    "critiques-cut",
    "unclear-findings",
    "one-sided-choices",
    "boilerplate",
    "short-answers",
    "order-flips",
    "uninformative-labels",
    "principle-without-effect",
    "principle-unused",
    "principle-apart",
    "unanswered",
    "withheld",
    "harm-not-reduced",
    "prompts-cut",
    "duplicates",
    "put-backs",
    "still-breaking",
    "unread-revisions",
  ]),
  text: z.string(),
  examples: z.array(z.object({ id: z.string(), text: z.string() })),
});
export type QualityWarning = z.infer<typeof qualityWarningSchema>;

/** What the monitors saw in the data of a run, in `quality.json`. */
export const qualitySchema = z.object({
  version: z.literal(1),
  revisions: z.object({
    n: count,
    unchanged: count,
    metaText: count,
    empty: count,
    incomplete: count,
    /** Repeat the critique, the request or a few-shot. */
    copies: laterCount,
    /** Decline and do not say why, where a reason is asked for. */
    bareRefusals: laterCount,
    /** Of the incomplete, those that reached the token limit. */
    cut: laterCount,
    /** Words before and after. */
    wordsBefore: z.number(),
    wordsAfter: z.number(),
  }),
  critiques: z.object({
    n: count,
    withoutFault: count,
    breaks: count,
    withheld: count,
    unclear: laterCount,
    cut: laterCount,
  }),
  /** Chains of revisions, and those with a fault, as `ChainCounts`; absent while they are made. */
  chains: z.object({ chains: count, putBacks: count, stillBreaking: count, unread: count }).optional(),
  /** First answers, and texts out of which reasoning was taken. */
  responses: z.object({ n: count, cut: count, reasoning: count }).default({ n: 0, cut: 0, reasoning: 0 }),
  /** Texts that are trained on: how long they are, and what most of them say alike. */
  answers: z.object({
    n: count,
    words: lengths.nullable(),
    /** Looked at for repetitions: a sample of at most some thousand. */
    sampled: count,
    mostRepeated: z.object({ ngram: z.string(), count, share }),
    duplicateShare: share,
  }),
  labels: z.object({
    n: count,
    /** Pairs whose two orders name different answers. */
    orderFlips: count,
    /** Both orders asked, over all evidence. */
    questions: count,
    /** Mean entropy of a raw label in bits: 1 for labels that say nothing. */
    meanEntropyBits: z.number(),
    withoutLabel: count,
    unanswered: z.record(z.string(), count),
    votes: count,
    /** Labels that some principle speaks for, and those of them that are not at one half. */
    judged: laterCount,
    decided: laterCount,
    /** Choices of the letters, over both orders; labels for the first and the second answer. */
    letters: z.tuple([count, count]).default([0, 0]),
    sides: z.tuple([count, count]).default([0, 0]),
  }),
  principles: z.record(
    z.string(),
    z.object({
      critiques: count,
      revisions: count,
      comparisons: count,
      /** Comparisons that it decided: |p − 0.5| > 0.25. */
      decided: count,
      /** Mean |p − 0.5|. */
      strength: z.number(),
      /** How far its mean |p − 0.5| lies from that of all others, in standard errors. */
      apart: z.number(),
    }),
  ),
  /** Mean judged harm, 0 to 1, after so many revisions; absent without a judge. */
  harm: z
    .object({ judge: z.string(), byRevision: z.array(z.object({ revision: count, mean: z.number(), n: count })) })
    .optional(),
  warnings: z.array(qualityWarningSchema),
});
export type Quality = z.infer<typeof qualitySchema>;
