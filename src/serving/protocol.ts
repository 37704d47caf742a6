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

/** Fields that would change the answer and are not computed here are refused, not ignored. */
const refused = {
  frequency_penalty: z.literal(0, "penalties are not supported").nullish(),
  presence_penalty: z.literal(0, "penalties are not supported").nullish(),
  logit_bias: z.record(z.string(), z.never("logit_bias is not supported")).nullish(),
};

const common = {
  model: z.string().optional(),
  max_tokens: z.int().min(0).nullish(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  ...refused,
};

const textPart = z.looseObject({ type: z.literal("text", "only text is understood"), text: z.string() });

export const chatRequest = z.looseObject({
  ...common,
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user", "assistant", "tool"]),
        content: z.union([z.string(), z.array(textPart), z.null()]).optional(),
      }),
    )
    .min(1, "at least one message"),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: z.array(z.unknown()).max(0, "tools are not supported").nullish(),
  response_format: z.looseObject({ type: z.literal("text", "only text is answered") }).nullish(),
});

const tokenIds = z.array(z.int().min(0)).min(1);

export const completionRequest = z.looseObject({
  ...common,
  prompt: z.union([z.string(), tokenIds, z.array(z.string()).min(1).max(2048), z.array(tokenIds).min(1).max(2048)]),
  echo: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  best_of: z.literal(1, "best_of is not supported").nullish(),
  suffix: z.literal("", "suffix is not supported").nullish(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type CompletionRequest = z.infer<typeof completionRequest>;

/** @throws ApiError 400 that names the first field at fault. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const param = issue?.path.join(".") ?? "";
  if (param === "") throw new ApiError(400, issue?.message ?? "invalid request");
  throw new ApiError(400, `${param}: ${issue?.message}`, { param });
}
