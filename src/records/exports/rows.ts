import { z } from "zod";
import type { Message } from "../../language-model.ts";
import { readRecords } from "../jsonl.ts";
import { messageSchema } from "../prompt.ts";
import { probabilitySchema, provenance } from "../provenance.ts";

/** One training pair for supervised fine-tuning. */
export interface SftRow {
  /** The record's id, from which it walks back to its principle. */
  readonly id: string;
  readonly principleId: string | null;
  readonly source: "revision" | "unrevised" | "helpful" | "distilled";
  /** 0 for an answer that was not revised. */
  readonly round: number;
  readonly messages: readonly Message[];
  readonly completion: string;
}

/** One comparison as chosen and rejected, its soft label kept beside. */
export interface PreferenceRow {
  readonly id: string;
  /** The principle that decided, or those that did together. */
  readonly principleIds: readonly string[];
  readonly source: "harmlessness" | "helpfulness";
  readonly messages: readonly Message[];
  readonly chosen: string;
  readonly rejected: string;
  /** P(chosen is better) as trained on: at least one half. */
  readonly probability: number;
  /** The same before hardening and clamping. */
  readonly rawProbability: number;
}

const responseSchema = z.object({
  type: z.literal("response"),
  promptId: z.string(),
  messages: z.array(messageSchema),
});

const slCaiSchema = z.discriminatedUnion("type", [
  responseSchema,
  z.object({ type: z.enum(["critique", "revision"]) }),
  z.object({
    type: z.literal("sl-example"),
    id: provenance.id,
    principleId: provenance.principleId,
    promptId: z.string(),
    source: z.enum(["revision", "unrevised", "helpful", "distilled", "replay"]),
    round: z.int().min(0),
    completion: z.string(),
    isCut: z.boolean().optional(),
  }),
]);

/**
 * The training pairs of a stage's records, streamed: records stand in id order, so those of one prompt stand together and its
 * turns are at hand. Documents of a pre-training corpus are left out, and answers that were cut, which a trainer elsewhere would end.
 */
export async function* sftRows(path: string): AsyncGenerator<SftRow, void, undefined> {
  const waiting = new Map<string, Omit<SftRow, "messages">[]>();
  for await (const record of readRecords(path, slCaiSchema)) {
    if (record.type === "sl-example" && record.source !== "replay" && record.isCut !== true) {
      const { id, principleId, source, round, promptId, completion } = record;
      const row = { id, principleId, source, round, completion: completion.trim() };
      waiting.set(promptId, [...(waiting.get(promptId) ?? []), row]);
    }
    if (record.type === "response") {
      for (const row of waiting.get(record.promptId) ?? []) yield { ...row, messages: record.messages };
      waiting.delete(record.promptId);
    }
  }
}

const comparisonSchema = z.object({
  type: z.literal("comparison"),
  id: provenance.id,
  promptId: z.string(),
  source: z.enum(["harmlessness", "helpfulness"]),
  responses: z.tuple([z.string(), z.string()]),
  label: probabilitySchema,
  raw: probabilitySchema,
  principleId: provenance.principleId.optional(),
  evidence: z.array(z.object({ principleId: z.string().min(1) })),
});

const aiFeedbackSchema = z.discriminatedUnion("type", [
  responseSchema,
  comparisonSchema,
  z.object({ type: z.enum(["no-label", "contrast", "reading"]) }),
]);

/** The comparisons of a stage's records, streamed; where the label is exactly one half, the order says nothing. */
export async function* preferenceRows(path: string): AsyncGenerator<PreferenceRow, void, undefined> {
  const waiting = new Map<string, Omit<PreferenceRow, "messages">>();
  for await (const record of readRecords(path, aiFeedbackSchema)) {
    if (record.type === "comparison") waiting.set(record.promptId, preference(record));
    if (record.type !== "response") continue;
    const row = waiting.get(record.promptId);
    if (row === undefined) continue;
    waiting.delete(record.promptId);
    yield { ...row, messages: record.messages };
  }
}

function preference(record: z.infer<typeof comparisonSchema>): Omit<PreferenceRow, "messages"> {
  const { id, label, raw, responses, source, evidence, principleId = null } = record;
  // A label that nobody was asked for has a principle, and no evidence.
  const ids = evidence.length > 0 || principleId === null ? evidence.map((own) => own.principleId) : [principleId];
  const isFirst = label > 0.5;
  return {
    id,
    principleIds: ids,
    source,
    chosen: isFirst ? responses[0] : responses[1],
    rejected: isFirst ? responses[1] : responses[0],
    probability: isFirst ? label : 1 - label,
    rawProbability: isFirst ? raw : 1 - raw,
  };
}
