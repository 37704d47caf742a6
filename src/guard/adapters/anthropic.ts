import { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { Guard } from "../guard.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import { exchangeOfMessages, type MessagesBody, messagesBody, withTurns } from "./anthropic-request.ts";
import { MessageStream } from "./anthropic-stream.ts";
import { describeVerdict } from "./http.ts";
import { pick } from "./openai-whole.ts";
import { answerRequest, type Protocol, type Said } from "./protocol.ts";
import { formatEvent } from "./sse.ts";
import type { Upstream } from "./upstream.ts";
import { guardText } from "./whole-text.ts";

const answerSchema = z.looseObject({
  content: z.array(
    z.discriminatedUnion("type", [
      z.looseObject({ type: z.literal("text"), text: z.string() }),
      z.looseObject({ type: z.literal("thinking"), thinking: z.string() }),
      z.looseObject({ type: z.literal("tool_use"), name: z.string(), input: z.unknown() }),
    ]),
  ),
});
type Answer = z.infer<typeof answerSchema>;

const messages: Protocol<MessagesBody, Answer> = {
  body: messagesBody,
  answer: answerSchema,
  exchangeOf: exchangeOfMessages,
  withTurns,
  guardWhole: guardAnswer,
  guardStream: (guarded, _, events) => new MessageStream(guarded).guard(events),
  sayWhole(said) {
    const { traceId, verdict } = said;
    const content = [{ type: "text", text: verdict.say ?? "", citations: null }];
    return { ...headOf(said), content, ...reasonOf(said), usage, precept: describeVerdict(traceId, verdict) };
  },
  sayStream(said) {
    const { traceId, verdict } = said;
    const precept = describeVerdict(traceId, verdict);
    const message = { ...headOf(said), content: [], stop_reason: null, stop_sequence: null, usage };
    const events: { readonly type: string; readonly [key: string]: unknown }[] = [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: verdict.say ?? "" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: reasonOf(said), usage: { output_tokens: 0 }, precept },
      { type: "message_stop" },
    ];
    return events.map((event) => formatEvent(event, event.type));
  },
  // Anthropic's clients know a server's fault by another name.
  fail: (status, type, message, headers = {}) =>
    failWith(status, type === "upstream_failed" ? "api_error" : type, message, headers),
  formatFailure: (message) => formatEvent({ type: "error", error: { type: "api_error", message } }, "error"),
};

/** Answers POST /v1/messages. */
export function answerMessages(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  return answerRequest(messages, guard, upstream, request);
}

const usage = { input_tokens: 0, output_tokens: 0 };

const headOf = ({ traceId, model }: Said) => ({ id: `msg_${traceId}`, type: "message", role: "assistant", model });

const reasonOf = ({ verdict }: Said) => ({
  stop_reason: verdict.action === "block" ? "refusal" : "end_turn",
  stop_sequence: null,
});

/** The blocks that pass; the first that does not is the end of the answer, and takes its place. */
async function guardAnswer(guarded: GuardedExchange, answer: Answer): Promise<{ answer: unknown; verdict: Verdict }> {
  const head = pick(answer, ["id", "type", "role", "model", "usage"]);
  const content: unknown[] = [];
  let marked: Verdict = { action: "pass", findings: [], status: "checked" };
  for (const block of answer.content) {
    let verdict: Verdict;
    let said: unknown = pick(block, ["type", "id", "name", "input"]);
    if (block.type === "tool_use") {
      const given = JSON.stringify(block.input);
      const { arguments: restored, ...own } = await guarded.toolCall({ name: block.name, arguments: given });
      verdict = own;
      if (restored !== given) said = { ...pick(block, ["type", "id", "name"]), input: tryJson(restored) };
    } else {
      const isText = block.type === "text";
      const given = isText ? block.text : block.thinking;
      const { text, verdict: own } = await guardText(guarded, isText ? "output" : "reasoning", given);
      verdict = own;
      said =
        block.type === "text"
          ? { type: "text", text, citations: null }
          : { type: "thinking", thinking: text, signature: block["signature"] ?? "" };
    }
    if (verdict.say !== undefined) {
      const reason = verdict.action === "block" ? "refusal" : "end_turn";
      const own = [{ type: "text", text: verdict.say, citations: null }];
      return {
        answer: {
          ...head,
          content: own,
          stop_reason: reason,
          stop_sequence: null,
          precept: describeVerdict(guarded.traceId, verdict),
        },
        verdict,
      };
    }
    if (verdict.action !== "pass") marked = verdict;
    content.push(said);
  }
  return { answer: { ...head, content, ...pick(answer, ["stop_reason", "stop_sequence"]) }, verdict: marked };
}

/** An error in the shape that Anthropic's clients read. */
function failWith(status: number, type: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "error", error: { type, message } }, { status, headers });
}
