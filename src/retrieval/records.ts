import { z } from "zod";
import { finishReasonSchema, provenance, usageSchema } from "../records/index.ts";

/** What became of a citation; the first two hold. */
export const citationStatuses = ["verbatim", "folded", "elsewhere", "absent", "short", "unresolved"] as const;
export type CitationStatus = (typeof citationStatuses)[number];

const spanSchema = z.tuple([z.int().min(0), z.int().min(0)]);

/** One source under one sentence; `sentence` is null for a source that no sentence points to. */
export const citationCheckSchema = z.object({
  type: z.literal("citation-check"),
  answerId: z.string(),
  sentence: z.string().nullable(),
  n: z.int(),
  line: z.int(),
  /** Null where there is no source n. */
  quote: z.string().nullable(),
  status: z.enum(citationStatuses),
  /** Where the words stand. */
  documentId: z.string().nullable(),
  span: spanSchema.nullable(),
  /** For people: the nearest words of an absent quotation, or what "…" leaves out. Never a pass. */
  hint: z.string().nullable(),
  /** Whether the quotations of the sentence together state it, and who says so; null: not asked, or no verdict. */
  entails: z.boolean().nullable(),
  judge: z.string().nullable(),
});
export type CitationCheck = z.infer<typeof citationCheckSchema>;

/** `documentsHash`: what an answer rests on, as its constitution's hash is for others. */
const step = { ...provenance, question: z.string(), documentsHash: z.string() };

/** The four steps of an answer from documents; the checks of its citations are the fourth. */
export const askRecordSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ask-query"), ...step, query: z.string(), said: z.string().nullable() }),
  z.object({
    type: z.literal("ask-hits"),
    ...step,
    tool: z.string(),
    hits: z.array(
      z.object({ documentId: z.string(), chunkId: z.string(), span: spanSchema, text: z.string(), score: z.number() }),
    ),
  }),
  z.object({
    type: z.literal("ask-answer"),
    ...step,
    prompt: z.string(),
    said: z.string(),
    answer: z.string(),
    outcome: z.enum(["answered", "not-in-documents", "no-answer", "refused"]),
    problems: z.array(z.string()),
    finishReason: finishReasonSchema,
    usage: usageSchema,
  }),
  z.object({ ...step, ...citationCheckSchema.shape }),
]);
export type AskRecord = z.infer<typeof askRecordSchema>;
