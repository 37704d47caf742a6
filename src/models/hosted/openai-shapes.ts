import { z } from "zod";
import type { Generation } from "../../language-model.ts";

/** A text as the model read it. Offsets and lengths count Unicode code points, as the protocol's servers do. */
export interface EchoedText {
  /** What was sent, with what was said after it. */
  readonly text: string;
  readonly tokens: readonly string[];
  /** Natural logs; null for the first token, which nothing precedes. */
  readonly logprobs: readonly (number | null)[];
  readonly offsets: readonly number[];
}

/** Several texts as the model read them. */
export interface EchoResult {
  readonly texts: readonly EchoedText[];
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
}

/** One token of a path, with what might have stood in its place. */
export interface TokenStep {
  /** The token that the path goes on with. */
  readonly token: string;
  /** Alternatives with natural logs, the path's own among them. */
  readonly top: readonly (readonly [token: string, logprob: number])[];
}

/** The most probable path after a prompt. */
export interface NextTokens {
  readonly steps: readonly TokenStep[];
  readonly text: string;
  readonly finishReason: Generation["finishReason"];
  readonly isRefusal: boolean;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
}

/** A server that counts otherwise has answered all the same. */
const countSchema = z.number().min(0).nullish().catch(undefined);
export const usageSchema = z
  .object({ prompt_tokens: countSchema, completion_tokens: countSchema })
  .nullish()
  .catch(undefined);

const partSchema = z.union([
  z.string(),
  z.object({
    type: z.string().optional(),
    text: z.union([z.string(), z.object({ value: z.string() })]).nullish(),
    refusal: z.string().nullish(),
  }),
]);
/** A text, or a list of its parts. Parts of reasoning are no part of the answer. */
const contentSchema = z.union([z.string(), z.array(partSchema)]).nullish();

/** What a message says and what it declines with. */
export function readMessage(message: z.infer<typeof messageSchema> | undefined): {
  readonly text: string;
  readonly refusal: string;
} {
  const { content } = message ?? {};
  const parts = typeof content === "string" ? [content] : (content ?? []);
  const refusals = parts.map((part) => (typeof part === "string" ? "" : (part.refusal ?? "")));
  return { text: parts.map(textOf).join(""), refusal: `${message?.refusal ?? ""}${refusals.join("")}` };
}

function textOf(part: z.infer<typeof partSchema>): string {
  if (typeof part === "string") return part;
  const { type = "text", text } = part;
  if (type !== "text" && type !== "output_text") return "";
  return typeof text === "string" ? text : (text?.value ?? "");
}

const messageSchema = z.object({ content: contentSchema, refusal: z.string().nullish() });

export const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        index: z.number().optional(),
        text: z.string(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
            text_offset: z.array(z.number()).optional(),
          })
          .nullish(),
      }),
    )
    .min(1),
  model: z.string().optional().catch(undefined),
  usage: usageSchema,
});

export const tokenSchema = z.object({ token: z.string(), logprob: z.number() });
export const chatSchema = z.object({
  choices: z
    .array(
      z.object({
        message: messageSchema.nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ content: z.array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).nullish() })).nullish() })
          .nullish(),
      }),
    )
    .min(1),
  model: z.string().optional().catch(undefined),
  usage: usageSchema,
});

export const tokenizedSchema = z.object({ tokens: z.array(z.int().min(0)) });

export const modelsSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      parent: z.string().nullish().catch(undefined),
      max_model_len: z.number().nullish(),
      context_length: z.number().nullish(),
      meta: z.object({ n_ctx_train: z.number().nullish() }).nullish(),
    }),
  ),
});
