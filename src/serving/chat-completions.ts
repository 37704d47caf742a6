import { type Answer, adapterOf, finite, samplingOf, tokenText, type Usage } from "./answers.ts";
import { ApiError, type ChatRequest } from "./protocol.ts";
import type { TextDelta, TextModel, TextToken } from "./text-model.ts";

/** POST /v1/chat/completions. @throws ApiError or PreceptError for what cannot be answered. */
export function chatAnswer(model: TextModel, body: ChatRequest, id: string, created: number): Answer {
  const adapter = adapterOf(model, body.model);
  const messages = body.messages.map(({ role, content }) => ({
    role: role === "developer" ? "system" : role,
    content: typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join(""),
  }));
  if (body.top_logprobs !== undefined && body.top_logprobs !== null && body.logprobs !== true)
    throw new ApiError(400, "top_logprobs: needs logprobs to be true", { param: "top_logprobs" });
  const tokens = model.encodeChat(messages);
  const topLogprobs = body.top_logprobs ?? 0;
  const isReported = body.logprobs === true;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? model.config.contextLength;
  if (maxTokens === 0) throw new ApiError(400, "max_tokens: at least 1", { param: "max_tokens" });
  const sampling = samplingOf(body, adapter);
  const head = { id, created, model: body.model ?? model.name };
  const logprobsOf = (read: readonly TextToken[]): object | null =>
    isReported ? { content: read.map((token) => described(model, token)), refusal: null } : null;
  const chunk = (choices: readonly object[], usage?: Usage): object => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    usage,
  });
  return {
    choices: Array.from({ length: body.n ?? 1 }, (_, index) => ({
      index,
      request: { ...sampling, id: `${index}`, tokens, maxTokens, topLogprobs, echo: false },
    })),
    promptTokens: tokens.length,
    isStream: sampling.stream,
    withUsage: body.stream_options?.include_usage === true,
    whole: (deltas: readonly TextDelta[], usage) => ({
      ...head,
      object: "chat.completion",
      choices: deltas.map(({ text, tokens: read, finishReason }, index) => ({
        index,
        message: { role: "assistant", content: text, refusal: null },
        logprobs: logprobsOf(read),
        finish_reason: finishReason ?? null,
      })),
      usage,
    }),
    opening: (index) =>
      chunk([{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }]),
    chunk: (index, { text, tokens: read, finishReason }) =>
      chunk([{ index, delta: { content: text }, logprobs: logprobsOf(read), finish_reason: finishReason ?? null }]),
    usageChunk: (usage) => chunk([], usage),
  };
}

function described({ tokenizer }: TextModel, { token, logprob, top = [] }: TextToken): object {
  return {
    ...tokenText(tokenizer, token),
    logprob: finite(logprob),
    top_logprobs: top.map((one) => ({ ...tokenText(tokenizer, one.token), logprob: finite(one.logprob) })),
  };
}
