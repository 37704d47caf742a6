import type { Guard } from "../guard.ts";
import { describeVerdict, errorResponse } from "./http.ts";
import { type ChatBody, chatBody, exchangeOfChat, withTurns } from "./openai-request.ts";
import { ChatStream } from "./openai-stream.ts";
import { type ChatAnswer, chatAnswer, guardWhole } from "./openai-whole.ts";
import { answerRequest, type Protocol, type Said } from "./protocol.ts";
import { formatEvent } from "./sse.ts";
import type { Upstream } from "./upstream.ts";

const chat: Protocol<ChatBody, ChatAnswer> = {
  body: chatBody,
  answer: chatAnswer,
  exchangeOf: exchangeOfChat,
  withTurns,
  async guardWhole(guarded, given) {
    const { answer, verdict } = await guardWhole(guarded, given);
    return { answer: { ...answer, precept: verdict.say && describeVerdict(guarded.traceId, verdict) }, verdict };
  },
  guardStream: (guarded, { n }, events) => new ChatStream(guarded, n ?? 1).guard(events),
  sayWhole(said) {
    const { verdict, traceId } = said;
    const message = { role: "assistant", content: verdict.say ?? "", refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: reasonOf(said) }];
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const precept = describeVerdict(traceId, verdict);
    return { ...headOf(said), object: "chat.completion", choices, usage, precept };
  },
  sayStream(said) {
    const { verdict, traceId } = said;
    const head = headOf(said);
    const chunk = (delta: unknown, finish: string | null) =>
      formatEvent({
        ...head,
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        precept: finish === null ? undefined : describeVerdict(traceId, verdict),
      });
    const content = { role: "assistant", content: verdict.say ?? "" };
    return [chunk(content, null), chunk({}, reasonOf(said)), formatEvent("[DONE]")];
  },
  fail: errorResponse,
  formatFailure: (message) => formatEvent({ error: { message, type: "upstream_failed", code: "upstream_failed" } }),
};

/** Answers POST /v1/chat/completions. */
export function answerChat(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  return answerRequest(chat, guard, upstream, request);
}

const reasonOf = ({ verdict }: Said): string => (verdict.action === "block" ? "content_filter" : "stop");

const headOf = ({ traceId, model }: Said) => ({
  id: `chatcmpl-${traceId}`,
  created: Math.floor(Date.now() / 1000),
  model,
});
