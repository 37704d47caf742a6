import { type Answer, adapterOf, clampLogprob, escapeBytes, isBroken, samplingOf, type Usage } from "./answers.ts";
import { ApiError, type ChatRequest } from "./protocol.ts";
import type { ServedModel, ServedPrompt, TextDelta, TextToken, TokenLogprob } from "./served-model.ts";

/** The dialogue of a request, whose next turn is the model's. */
export const dialogueOf = ({
  messages,
  chat_template_kwargs: variables,
}: Pick<ChatRequest, "messages" | "chat_template_kwargs">): ServedPrompt => ({
  kind: "chat",
  turns: messages.map(({ role, content }) => ({
    role: role === "developer" ? "system" : role,
    content: typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join(""),
  })),
  variables: variables ?? undefined,
});

/** POST /v1/chat/completions. @throws ApiError or PreceptError for what cannot be answered. */
export function answerChat(model: ServedModel, body: ChatRequest, id: string, created: number): Answer {
  const adapter = adapterOf(model, body.model);
  if (body.top_logprobs !== undefined && body.top_logprobs !== null && body.logprobs !== true)
    throw new ApiError(400, "top_logprobs: needs logprobs to be true", { param: "top_logprobs" });
  const isReported = body.logprobs === true;
  const { max_tokens: most, max_completion_tokens: alsoMost } = body;
  if (typeof most === "number" && typeof alsoMost === "number" && most !== alsoMost)
    throw new ApiError(400, "max_tokens: another number than max_completion_tokens; give one", { param: "max_tokens" });
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  if (maxTokens === 0) throw new ApiError(400, "max_tokens: at least 1", { param: "max_tokens" });
  const sampling = samplingOf(body, adapter);
  const head = { id, created, model: body.model ?? model.name };
  const logprobsOf = ({ tokens = [] }: TextDelta): object | null =>
    isReported ? { content: tokens.map(describeToken), refusal: null } : null;
  const chunk = (choices: readonly object[], usage?: Usage): object => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    usage,
  });
  const continuations = model.prepare({
    ...sampling,
    prompt: dialogueOf(body),
    ids: Array.from({ length: body.n ?? 1 }, (_, index) => `${index}`),
    maxTokens,
    schema: body.response_format?.type === "json_schema" ? body.response_format.json_schema : undefined,
    topLogprobs: isReported ? (body.top_logprobs ?? 0) : undefined,
    echo: false,
  });
  return {
    choices: continuations.map((run, index) => ({ index, run, isFirst: index === 0 })),
    isStream: sampling.stream,
    withUsage: body.stream_options?.include_usage === true,
    toResponse: (deltas: readonly TextDelta[], usage) => ({
      ...head,
      object: "chat.completion",
      choices: deltas.map((delta, index) => ({
        index,
        message: { role: "assistant", content: delta.text, refusal: null },
        logprobs: logprobsOf(delta),
        finish_reason: delta.finishReason ?? null,
      })),
      usage,
    }),
    opening: (index) =>
      chunk([{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]),
    chunk(index, delta) {
      const { text, finishReason } = delta;
      return chunk([
        { index, delta: { content: text }, logprobs: logprobsOf(delta), finish_reason: finishReason ?? null },
      ]);
    },
    usageChunk: (usage) => chunk([], usage),
  };
}

function describeToken({ token, bytes, logprob = 0, top = [] }: TextToken): object {
  return { ...describeLogprob({ token, bytes, logprob }), top_logprobs: top.map(describeLogprob) };
}

const describeLogprob = ({ token, bytes, logprob }: Omit<TokenLogprob, "id">) => ({
  token: isBroken(token) ? escapeBytes(bytes) : token,
  bytes: [...bytes],
  logprob: clampLogprob(logprob),
});
