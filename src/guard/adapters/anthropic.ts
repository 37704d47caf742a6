import { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { Guard } from "../guard.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import { askUpstream } from "./ahead.ts";
import { exchangeOfMessages, messagesBody, withTurns } from "./anthropic-request.ts";
import { MessageStream } from "./anthropic-stream.ts";
import { aboutRequest, answerHeaders, cannotMask, describeVerdict, observeBody, verdictHeaders } from "./http.ts";
import { pick } from "./openai-whole.ts";
import { formatEvent, readEvents, streamResponse } from "./sse.ts";
import { untilOver } from "./streams.ts";
import { readAnswer, type Upstream } from "./upstream.ts";
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

/** Answers POST /v1/messages, as `answerChat` answers OpenAI's clients. */
export async function answerMessages(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  const text = await request.text();
  const parsed = messagesBody.safeParse(tryJson(text));
  if (!parsed.success) {
    if (!guard.isActing) return upstream.fetch(new Request(request, { body: text }));
    const issue = parsed.error.issues[0];
    return failWith(400, "invalid_request_error", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
  }
  const body = parsed.data;
  const guarded = guard.begin(exchangeOfMessages(body), { ...aboutRequest(request), upstream: upstream.name });
  const early = await guarded.inputByRules();
  const model = typeof body["model"] === "string" ? body["model"] : "";
  const asked = { model, isStream: body.stream === true };
  if (early.say !== undefined) return refuse(guard, guarded, early, asked);
  const masked = early.action === "mask" ? withTurns(body, early.exchange, guarded.hide) : body;
  if (masked !== body && (await guarded.holdsMasked(exchangeOfMessages(masked))))
    return failWith(501, "not_guarded", cannotMask);
  const sent = masked === body ? text : JSON.stringify(masked);
  const stop = new AbortController();
  const { isActing } = guard;
  const { verdict, answer } = await askUpstream(early, upstream, { request, body: sent, stop, isActing });
  if (answer === undefined) return refuse(guard, guarded, verdict, asked);
  if (!answer.ok || answer.body === null) return answer;
  if (body.stream === true) {
    const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, verdict) };
    const stream = new MessageStream(guarded);
    if (!guard.isActing) return observeBody(answer.body, (events) => stream.guard(events), headers);
    return streamResponse(untilOver(stream.guard(readEvents(answer.body)), stop, failure), headers);
  }
  const raw = await readAnswer(upstream, answer);
  const whole = answerSchema.safeParse(tryJson(raw));
  if (!whole.success) {
    if (!guard.isActing) return new Response(raw, answer);
    return failWith(502, "api_error", "the model's answer cannot be read, so it cannot be checked");
  }
  const done = await guardAnswer(guarded, whole.data);
  const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, done.verdict) };
  return guard.isActing ? Response.json(done.answer, { headers }) : new Response(raw, { headers });
}

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

/** The answer to a request that never reached the model. */
function refuse(
  guard: Guard,
  guarded: GuardedExchange,
  verdict: Verdict,
  { model, isStream }: { readonly model: string; readonly isStream: boolean },
): Response {
  const headers = verdictHeaders(guarded.traceId, verdict);
  const { say = "" } = verdict;
  if (guard.loaded.policy.inputBlock === "error" && verdict.action === "block")
    return failWith(400, "guard_blocked", say, headers);
  const head = { id: `msg_${guarded.traceId}`, type: "message", role: "assistant", model };
  const usage = { input_tokens: 0, output_tokens: 0 };
  const reason = { stop_reason: verdict.action === "block" ? "refusal" : "end_turn", stop_sequence: null };
  const precept = describeVerdict(guarded.traceId, verdict);
  if (!isStream) {
    return Response.json(
      { ...head, content: [{ type: "text", text: say, citations: null }], ...reason, usage, precept },
      { headers },
    );
  }
  const events: { readonly type: string; readonly [key: string]: unknown }[] = [
    { type: "message_start", message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: say } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: reason, usage: { output_tokens: 0 }, precept },
    { type: "message_stop" },
  ];
  async function* texts(): AsyncGenerator<string, void, undefined> {
    for (const event of events) yield formatEvent(event, event.type);
  }
  return streamResponse(texts(), headers);
}

const failure = (message: string): string =>
  formatEvent({ type: "error", error: { type: "api_error", message } }, "error");

/** An error in the shape that Anthropic's clients read. */
function failWith(status: number, type: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ type: "error", error: { type, message } }, { status, headers });
}
