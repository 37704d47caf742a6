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
import { ResponseWriter } from "./responses-events.ts";
import { exchangeOfResponses, responsesBody, withTurns } from "./responses-request.ts";
import { ResponseStream } from "./responses-stream.ts";
import { endOf, formatMessage, formatText, guardResponse, responsesAnswer } from "./responses-whole.ts";
import { formatEvent, readEvents, streamResponse } from "./sse.ts";
import { untilOver } from "./streams.ts";
import { readAnswer, type Upstream } from "./upstream.ts";

/** Answers POST /v1/responses, as `answerChat` answers chats. */
export async function answerResponses(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  const text = await request.text();
  const parsed = responsesBody.safeParse(tryJson(text));
  if (!parsed.success) {
    if (!guard.isActing) return upstream.fetch(new Request(request, { body: text }));
    const issue = parsed.error.issues[0];
    return errorResponse(400, "invalid_request_error", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
  }
  const body = parsed.data;
  const guarded = guard.begin(exchangeOfResponses(body), { ...aboutRequest(request), upstream: upstream.name });
  const early = await guarded.inputByRules();
  const model = typeof body["model"] === "string" ? body["model"] : "";
  const asked = { model, isStream: body.stream === true };
  if (early.say !== undefined) return refuse(guard, guarded, early, asked);
  const masked = early.action === "mask" ? withTurns(body, early.exchange, guarded.hide) : body;
  if (masked !== body && (await guarded.holdsMasked(exchangeOfResponses(masked))))
    return errorResponse(501, "not_guarded", cannotMask);
  const sent = masked === body ? text : JSON.stringify(masked);
  const stop = new AbortController();
  const { isActing } = guard;
  const { verdict, answer } = await askUpstream(early, upstream, { request, body: sent, stop, isActing });
  if (answer === undefined) return refuse(guard, guarded, verdict, asked);
  if (!answer.ok || answer.body === null) return answer;
  if (asked.isStream) {
    const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, verdict) };
    const stream = new ResponseStream(guarded);
    if (!isActing) return observeBody(answer.body, (events) => stream.guard(events), headers);
    return streamResponse(untilOver(stream.guard(readEvents(answer.body)), stop, describeFailure), headers);
  }
  const raw = await readAnswer(upstream, answer);
  const whole = responsesAnswer.safeParse(tryJson(raw));
  if (!whole.success) {
    if (!isActing) return new Response(raw, answer);
    return errorResponse(502, "upstream_failed", "the model's answer cannot be read, so it cannot be checked");
  }
  const done = await guardResponse(guarded, whole.data);
  const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, done.verdict) };
  return isActing ? Response.json(done.answer, { headers }) : new Response(raw, { headers });
}

const describeFailure = (message: string): string =>
  formatEvent({ type: "error", code: "upstream_failed", message, param: null }, "error");

/** The answer to a request that never reached the model. */
function refuse(
  guard: Guard,
  guarded: GuardedExchange,
  verdict: Verdict,
  { model, isStream }: { readonly model: string; readonly isStream: boolean },
): Response {
  const { traceId } = guarded;
  const headers = verdictHeaders(traceId, verdict);
  const { say = "" } = verdict;
  if (guard.loaded.policy.inputBlock === "error" && verdict.action === "block")
    return errorResponse(400, "guard_blocked", say, headers);
  const precept = describeVerdict(traceId, verdict);
  const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
  const head = { id: `resp_${traceId}`, object: "response", created_at: Math.floor(Date.now() / 1000), model };
  const settings = { error: null, instructions: null, metadata: {}, parallel_tool_calls: true, tool_choice: "auto" };
  const common = { ...head, ...settings, tools: [], temperature: null, top_p: null, usage };
  if (!isStream) {
    const output = [formatMessage(`msg_${traceId}`, [formatText(say)])];
    return Response.json({ ...common, ...endOf(verdict), output, precept }, { headers });
  }
  const writer = new ResponseWriter();
  writer.head = { ...common, status: "in_progress", incomplete_details: null };
  async function* events(): AsyncGenerator<string, void, undefined> {
    yield writer.writeState("response.created");
    yield writer.writeSay(traceId, verdict, precept);
  }
  return streamResponse(events(), headers);
}
