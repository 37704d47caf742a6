import { z } from "zod";
import { PreceptError } from "../errors.ts";

/** An answer that is an error, in the shape that OpenAI's clients read. */
export class ApiError extends Error {
  readonly status: 400 | 404 | 405 | 413 | 429 | 500 | 503;
  readonly code: string | null;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ApiError["status"],
    message: string,
    details: {
      readonly code?: string;
      readonly param?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = details.code ?? null;
    this.param = details.param ?? null;
    this.headers = details.headers ?? {};
  }

  get body() {
    const type =
      this.status >= 500 ? "server_error" : this.status === 429 ? "rate_limit_error" : "invalid_request_error";
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

/** Our own errors as answers; what nobody expected says no more than that. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof PreceptError)) return new ApiError(500, "the server failed; its log says where");
  const { attempted, found, expected } = error.details;
  const message = `${attempted}: ${found}${expected === undefined ? "" : `; expected ${expected}`}`;
  switch (error.code) {
    case "context-overflow":
      return new ApiError(400, message, { code: "context_length_exceeded" });
    case "input-invalid":
    case "out-of-vocabulary":
      return new ApiError(400, message);
    case "checkpoint-missing":
      return new ApiError(404, message, { code: error.code });
    case "checkpoint-invalid":
    case "shape-mismatch":
      return new ApiError(400, message, { code: error.code });
    case "quota-exhausted":
      return new ApiError(429, message, { code: "insufficient_quota" });
    case "endpoint-down":
      return new ApiError(503, message, { code: "endpoint_down" });
    case "interrupted":
      return new ApiError(503, message, { code: "interrupted" });
    default:
      return new ApiError(500, message, { code: error.code });
  }
}

/**
 * A field that would change the answer and is not computed here: refused, unless its value is one that changes nothing
 * (null, an empty list or object, or one of `same`).
 */
const refuseUnless = (message: string, ...same: readonly unknown[]) =>
  z
    .unknown()
    .optional()
    .refine((value) => value === undefined || value === null || isEmpty(value) || same.includes(value), message);

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** Fields that change no answer: who asks, what is kept of it elsewhere, how fast it comes. */
const indifferent = {
  user: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  metadata: z.unknown().optional(),
  store: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  prompt_cache_retention: z.unknown().optional(),
};

const refused = {
  frequency_penalty: refuseUnless("penalties are not supported", 0),
  presence_penalty: refuseUnless("penalties are not supported", 0),
  repetition_penalty: refuseUnless("penalties are not supported", 1),
  logit_bias: refuseUnless("logit_bias is not supported"),
  // Not OpenAI's, but of servers that speak its protocol.
  top_k: refuseUnless("top_k is not supported", 0, -1),
  min_p: refuseUnless("min_p is not supported", 0),
};

const MAX_STOPS = 16;

const common = {
  model: z.string().optional(),
  max_tokens: z.int().min(0).nullish(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop: z
    .union([z.string(), z.array(z.string()).max(MAX_STOPS)], `a string, or a list of at most ${MAX_STOPS}`)
    .nullish(),
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.unknown().optional() })
    .nullish(),
  ...indifferent,
  ...refused,
};

const textPart = z.looseObject({ type: z.literal("text", "only text is understood"), text: z.string() });

/** What clients send back with a turn of ours is taken; what a chat template of tools would need is not. */
const message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(textPart), z.null()]).optional(),
  name: refuseUnless("names of speakers are not supported", ""),
  tool_calls: refuseUnless("calls of tools are not supported"),
  tool_call_id: refuseUnless("calls of tools are not supported"),
  function_call: refuseUnless("calls of functions are not supported"),
  refusal: refuseUnless("give a refusal as content", ""),
  reasoning: refuseUnless("reasoning is not supported", ""),
  reasoning_content: refuseUnless("reasoning is not supported", ""),
  audio: refuseUnless("audio is not supported"),
  annotations: refuseUnless("annotations are not supported"),
});

const answerSchema = z.strictObject({
  name: z.string().min(1),
  schema: z.record(z.string(), z.unknown(), "a JSON Schema"),
  description: z.unknown().optional(),
  // An answer is always held to all of the schema, or the schema refused.
  strict: z.unknown().optional(),
});

export const chatRequest = z.strictObject({
  ...common,
  messages: z.array(message).min(1, "at least one message"),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: refuseUnless("tools are not supported"),
  tool_choice: refuseUnless("tools are not supported", "none", "auto"),
  parallel_tool_calls: z.unknown().optional(),
  functions: refuseUnless("functions are not supported"),
  function_call: refuseUnless("functions are not supported", "none", "auto"),
  response_format: z
    .discriminatedUnion(
      "type",
      [
        z.strictObject({ type: z.literal("text") }),
        z.strictObject({ type: z.literal("json_schema"), json_schema: answerSchema }),
      ],
      "text, or json_schema with a schema to hold the answer to",
    )
    .nullish(),
  modalities: z.array(z.literal("text", "only text is answered")).nullish(),
  audio: refuseUnless("only text is answered"),
  // A guess of the answer, which makes it come sooner and no other.
  prediction: z.unknown().optional(),
  reasoning_effort: refuseUnless("reasoning_effort is not supported"),
  verbosity: refuseUnless("verbosity is not supported", "medium"),
  web_search_options: z.null("searching the web is not supported").optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown(), "an object of variables for the chat template").nullish(),
});

const tokenIds = z.array(z.int().min(0)).min(1);

export const completionRequest = z.strictObject({
  ...common,
  prompt: z.union([z.string(), tokenIds, z.array(z.string()).min(1).max(2048), z.array(tokenIds).min(1).max(2048)]),
  echo: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  // vLLM's: log-probabilities of these tokens at every place, tokens by their ids, and those of the prompt.
  logprob_token_ids: z.array(z.int().min(0)).min(1).max(256).nullish(),
  return_tokens_as_token_ids: z.boolean().nullish(),
  prompt_logprobs: z.int().min(0).max(20).nullish(),
  // Tokens that end an answer beside the model's own, and the ids of what it says, the one that ended it included.
  stop_token_ids: z.array(z.int().min(0)).max(256).nullish(),
  return_token_ids: z.boolean().nullish(),
  // Who may share what was read before: here each answer reads its own prompt.
  cache_salt: z.unknown().optional(),
  best_of: refuseUnless("best_of is not supported", 1),
  suffix: refuseUnless("suffix is not supported", ""),
});

/** vLLM's: the ids of a text, or of a dialogue whose next turn is the model's. */
export const tokenizeRequest = z.union(
  [
    z.strictObject({
      model: z.string().optional(),
      prompt: z.string(),
      add_special_tokens: z.boolean().nullish(),
      return_token_strs: z.literal(false).nullish(),
    }),
    z.strictObject({
      model: z.string().optional(),
      messages: z.array(message).min(1, "at least one message"),
      add_generation_prompt: z.literal(true, "the model's turn is always begun").nullish(),
      continue_final_message: z.literal(false, "a turn is never continued").nullish(),
      add_special_tokens: z.literal(false, "a chat template writes its own").nullish(),
      chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
      return_token_strs: z.literal(false).nullish(),
    }),
  ],
  "a prompt, or messages",
);

export type ChatRequest = z.infer<typeof chatRequest>;
export type CompletionRequest = z.infer<typeof completionRequest>;
export type TokenizeRequest = z.infer<typeof tokenizeRequest>;

/** @throws ApiError 400 that names the first field at fault, one that is not known here among them. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const isUnknown = issue?.code === "unrecognized_keys";
  const param = [...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])].join(".");
  if (param === "") throw new ApiError(400, issue?.message ?? "invalid request");
  const found = isUnknown ? "a field that is not known here, and might change the answer" : issue?.message;
  throw new ApiError(400, `${param}: ${found}`, { param });
}
