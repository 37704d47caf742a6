import { z } from "zod";
import type { PreferenceRow, SftRow } from "./rows.ts";

export const exportTargets = ["trl", "openai", "together", "axolotl", "parquet"] as const;
export type ExportTarget = (typeof exportTargets)[number];

/** A JSONL form of the two data sets, with the schema that its trainer documents. */
export interface JsonlFormat {
  sft(row: SftRow): unknown;
  preference(row: PreferenceRow): unknown;
  readonly sftSchema: z.ZodType;
  readonly preferenceSchema: z.ZodType;
  /** Whether the trainer takes columns that it does not know; where it does not, ids stand in a file beside. */
  readonly takesIds: boolean;
}

const message = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string().min(1) });
const turns = z.array(message).min(1);
const answer = z.tuple([z.strictObject({ role: z.literal("assistant"), content: z.string().min(1) })]);
/** A dialogue whose last turn is learned. */
const chat = turns.refine((list) => list.at(-1)?.role === "assistant", "the last turn is not the assistant's");
/** A dialogue that is to be answered. */
const asked = turns.refine((list) => list.at(-1)?.role === "user", "the last turn is not the user's");

const toAnswer = (content: string) => ({ role: "assistant" as const, content });

const traced = {
  id: z.string().min(1),
  source: z.string(),
};

const share = "expected a number from 0 to 1";
const shareSchema = z.number(share).min(0, share).max(1, share);

/** What stands beside the texts of a pair, as it is written here and read by training. */
export const pairColumns = {
  source: z.enum(["harmlessness", "helpfulness"]),
  /** P(chosen is better), the soft label that is trained on. */
  chosen_probability: shareSchema,
  /** The same before hardening and clamping. */
  raw_probability: shareSchema,
  principle_ids: z.array(z.string()),
};

/** Columns that say where a row came from and change nothing that is trained. */
export const traceColumns = ["source", "round", "principle_id", "principle_ids", "raw_probability"] as const;

/** huggingface.co/docs/trl/dataset_formats: conversational prompt-completion, and preference with an explicit prompt. */
const trl: JsonlFormat = {
  takesIds: true,
  sft: ({ id, messages, completion, principleId, source, round }) => ({
    id,
    prompt: messages,
    completion: [toAnswer(completion)],
    principle_id: principleId,
    source,
    round,
  }),
  sftSchema: z.strictObject({
    ...traced,
    prompt: asked,
    completion: answer,
    principle_id: z.string().nullable(),
    round: z.int().min(0),
  }),
  preference: ({ id, messages, chosen, rejected, ...row }) => ({
    id,
    prompt: messages,
    chosen: [toAnswer(chosen)],
    rejected: [toAnswer(rejected)],
    chosen_probability: row.probability,
    raw_probability: row.rawProbability,
    principle_ids: row.principleIds,
    source: row.source,
  }),
  preferenceSchema: z.strictObject({
    ...traced,
    ...pairColumns,
    prompt: asked,
    chosen: answer,
    rejected: answer,
  }),
};

/** developers.openai.com/api/docs/guides: supervised fine-tuning, and direct preference optimization. Together's are the same. */
const openai: JsonlFormat = {
  takesIds: false,
  sft: ({ messages, completion }) => ({ messages: [...messages, toAnswer(completion)] }),
  sftSchema: z.strictObject({ messages: chat }),
  preference: ({ messages, chosen, rejected }) => ({
    input: { messages, tools: [], parallel_tool_calls: true },
    preferred_output: [toAnswer(chosen)],
    non_preferred_output: [toAnswer(rejected)],
  }),
  preferenceSchema: z.strictObject({
    input: z.strictObject({
      messages: asked,
      tools: z.array(z.unknown()).max(0),
      parallel_tool_calls: z.boolean(),
    }),
    preferred_output: answer,
    non_preferred_output: answer,
  }),
};

/** docs.together.ai/docs/preference-fine-tuning: conversational data, both outputs exactly one message. */
const together: JsonlFormat = {
  ...openai,
  preference: ({ messages, chosen, rejected }) => ({
    input: { messages },
    preferred_output: [toAnswer(chosen)],
    non_preferred_output: [toAnswer(rejected)],
  }),
  preferenceSchema: z.strictObject({
    input: z.strictObject({ messages: asked }),
    preferred_output: answer,
    non_preferred_output: answer,
  }),
};

/** docs.axolotl.ai/docs/dataset-formats: `type: chat_template`, and `type: chat_template.default` for preferences. */
const axolotl: JsonlFormat = {
  takesIds: true,
  sft: ({ id, messages, completion, source }) => ({ id, messages: [...messages, toAnswer(completion)], source }),
  sftSchema: z.strictObject({ ...traced, messages: chat }),
  preference: ({ id, messages, chosen, rejected, probability, source }) => ({
    id,
    messages,
    chosen: toAnswer(chosen),
    rejected: toAnswer(rejected),
    chosen_probability: probability,
    source,
  }),
  preferenceSchema: z.strictObject({
    ...traced,
    messages: asked,
    chosen: answer.def.items[0],
    rejected: answer.def.items[0],
    source: pairColumns.source,
    chosen_probability: pairColumns.chosen_probability,
  }),
};

export const jsonlFormats: Readonly<Record<Exclude<ExportTarget, "parquet">, JsonlFormat>> = {
  trl,
  openai,
  together,
  axolotl,
};
