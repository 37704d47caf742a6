import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { Guard } from "../guard.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import { askUpstream } from "./ahead.ts";
import {
  aboutRequest,
  answerHeaders,
  cannotMask,
  describeVerdict,
  errorResponse,
  observeBody,
  verdictHeaders,
} from "./http.ts";
import { chatBody, exchangeOfChat, withTurns } from "./openai-request.ts";
import { ChatStream } from "./openai-stream.ts";
import { chatAnswer, guardWhole } from "./openai-whole.ts";
import { formatEvent, readEvents, streamResponse } from "./sse.ts";
import { untilOver } from "./streams.ts";
import { readAnswer, type Upstream } from "./upstream.ts";

/** Answers POST /v1/chat/completions: judges the conversation, asks the model, and delivers what the policy lets through. */
export async function answerChat(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  const text = await request.text();
  const parsed = chatBody.safeParse(tryJson(text));
  if (!parsed.success) {
    if (!guard.isActing) return upstream.fetch(new Request(request, { body: text }));
    const issue = parsed.error.issues[0];
    return errorResponse(400, "invalid_request_error", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
  }
  const body = parsed.data;
  const given = exchangeOfChat(body);
  const guarded = guard.begin(given, { ...aboutRequest(request), upstream: upstream.name });
  const early = await guarded.inputByRules();
  const model = typeof body["model"] === "string" ? body["model"] : "";
  const asked = { model, isStream: body.stream === true };
  if (early.say !== undefined) return refuse(guard, guarded, early, asked);
  const masked = early.action === "mask" ? withTurns(body, early.exchange, guarded.hide) : body;
  if (masked !== body && (await guarded.holdsMasked(exchangeOfChat(masked))))
    return errorResponse(501, "not_guarded", cannotMask);
  const sent = masked === body ? text : JSON.stringify(masked);
  const stop = new AbortController();
  const { isActing } = guard;
  const { verdict, answer } = await askUpstream(early, upstream, { request, body: sent, stop, isActing });
  if (answer === undefined) return refuse(guard, guarded, verdict, asked);
  if (!answer.ok || answer.body === null) return answer;
  if (body.stream === true) return guardStream(guard, guarded, answer, { stop, verdict, count: body.n ?? 1 });
  const raw = await readAnswer(upstream, answer);
  const whole = chatAnswer.safeParse(tryJson(raw));
  if (!whole.success) {
    if (!guard.isActing) return new Response(raw, answer);
    return errorResponse(502, "upstream_failed", "the model's answer cannot be read, so it cannot be checked");
  }
  const done = await guardWhole(guarded, whole.data);
  const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, done.verdict) };
  if (!guard.isActing) return new Response(raw, { headers });
  return Response.json(
    { ...done.answer, precept: done.verdict.say && describeVerdict(guarded.traceId, done.verdict) },
    { headers },
  );
}

interface StreamParts {
  readonly stop: AbortController;
  readonly verdict: Verdict;
  readonly count: number;
}

function guardStream(
  guard: Guard,
  guarded: GuardedExchange,
  answer: Response,
  { stop, verdict, count }: StreamParts,
): Response {
  const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, verdict) };
  const body = answer.body;
  if (body === null) return answer;
  const stream = new ChatStream(guarded, count);
  if (!guard.isActing) return observeBody(body, (events) => stream.guard(events), headers);
  return streamResponse(untilOver(stream.guard(readEvents(body)), stop, describeFailure), headers);
}

const describeFailure = (message: string): string =>
  formatEvent({ error: { message, type: "upstream_failed", code: "upstream_failed" } });

/** The answer to a request that never reached the model. */
function refuse(
  guard: Guard,
  guarded: GuardedExchange,
  verdict: Verdict,
  { model, isStream }: { readonly model: string; readonly isStream: boolean },
): Response {
  const headers = verdictHeaders(guarded.traceId, verdict);
  const { say = "" } = verdict;
  const { inputBlock } = guard.loaded.policy;
  if (inputBlock === "error" && verdict.action === "block") return errorResponse(400, "guard_blocked", say, headers);
  const head = { id: `chatcmpl-${guarded.traceId}`, created: Math.floor(Date.now() / 1000), model };
  const reason = verdict.action === "block" ? "content_filter" : "stop";
  const precept = describeVerdict(guarded.traceId, verdict);
  if (!isStream) {
    const message = { role: "assistant", content: say, refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: reason }];
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    return Response.json({ ...head, object: "chat.completion", choices, usage, precept }, { headers });
  }
  const chunk = (delta: unknown, finish: string | null) =>
    formatEvent({
      ...head,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      precept: finish === null ? undefined : precept,
    });
  async function* events(): AsyncGenerator<string, void, undefined> {
    yield chunk({ role: "assistant", content: say }, null);
    yield chunk({}, reason);
    yield formatEvent("[DONE]");
  }
  return streamResponse(events(), headers);
}
