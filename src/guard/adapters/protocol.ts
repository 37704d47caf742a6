import type { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { Exchange } from "../exchange.ts";
import type { Guard } from "../guard.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import { askUpstream } from "./ahead.ts";
import { aboutRequest, answerHeaders, cannotMask, observeBody, verdictHeaders } from "./http.ts";
import { readEvents, type ServerEvent, streamResponse } from "./sse.ts";
import { untilOver } from "./streams.ts";
import { readAnswer, type Upstream } from "./upstream.ts";

interface AnyBody {
  readonly stream?: boolean | null | undefined;
  readonly [field: string]: unknown;
}

/** What the guard says in the place of an answer to `model`. */
export interface Said {
  readonly traceId: string;
  readonly verdict: Verdict;
  readonly model: string;
}

/** What tells one protocol from another; in which order is judged, masked, asked and delivered is the same for all. */
export interface Protocol<Body extends AnyBody, Answer> {
  readonly body: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
  exchangeOf(body: Body): Exchange;
  /** The body with what people wrote as it is masked, and `hide` over all else that was said. */
  withTurns(body: Body, exchange: Exchange, hide: <T>(value: T) => T): Body;
  guardWhole(
    guarded: GuardedExchange,
    answer: Answer,
  ): Promise<{ readonly answer: unknown; readonly verdict: Verdict }>;
  guardStream(
    guarded: GuardedExchange,
    body: Body,
    events: AsyncIterable<readonly ServerEvent[]>,
  ): AsyncGenerator<string, void, undefined>;
  sayWhole(said: Said): unknown;
  sayStream(said: Said): Iterable<string>;
  /** `type`: as OpenAI names it. */
  fail(status: number, type: string, message: string, headers?: Record<string, string>): Response;
  /** The last event of a stream that broke off. */
  formatFailure(message: string): string;
}

/** Answers a request of a protocol: judges the conversation, asks the model, and delivers what the policy lets through. */
export async function answerRequest<Body extends AnyBody, Answer>(
  protocol: Protocol<Body, Answer>,
  guard: Guard,
  upstream: Upstream,
  request: Request,
): Promise<Response> {
  const { isActing } = guard;
  const text = await request.text();
  const parsed = protocol.body.safeParse(tryJson(text));
  if (!parsed.success) {
    if (!isActing) return upstream.fetch(new Request(request, { body: text }));
    const issue = parsed.error.issues[0];
    return protocol.fail(400, "invalid_request_error", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
  }
  const body = parsed.data;
  const guarded = guard.begin(protocol.exchangeOf(body), { ...aboutRequest(request), upstream: upstream.name });
  const early = await guarded.inputByRules();
  if (early.say !== undefined) return refuse(protocol, guard, guarded, early, body);
  const masked = early.action === "mask" ? protocol.withTurns(body, early.exchange, guarded.hide) : body;
  if (masked !== body && (await guarded.holdsMasked(protocol.exchangeOf(masked))))
    return protocol.fail(501, "not_guarded", cannotMask);
  const sent = masked === body ? text : JSON.stringify(masked);
  const stop = new AbortController();
  const { verdict, answer } = await askUpstream(early, upstream, { request, body: sent, stop, isActing });
  if (answer === undefined) return refuse(protocol, guard, guarded, verdict, body);
  if (!answer.ok || answer.body === null) return answer;
  if (body.stream === true) {
    const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, verdict) };
    const read = (events: AsyncIterable<readonly ServerEvent[]>) => protocol.guardStream(guarded, body, events);
    if (!isActing) return observeBody(answer.body, read, headers);
    return streamResponse(untilOver(read(readEvents(answer.body)), stop, protocol.formatFailure), headers);
  }
  const raw = await readAnswer(upstream, answer);
  const whole = protocol.answer.safeParse(tryJson(raw));
  if (!whole.success) {
    if (!isActing) return new Response(raw, answer);
    return protocol.fail(502, "upstream_failed", "the model's answer cannot be read, so it cannot be checked");
  }
  const done = await protocol.guardWhole(guarded, whole.data);
  const headers = { ...answerHeaders(answer), ...verdictHeaders(guarded.traceId, done.verdict) };
  return isActing ? Response.json(done.answer, { headers }) : new Response(raw, { headers });
}

/** The answer to a request that the model may not answer. */
function refuse<Body extends AnyBody, Answer>(
  protocol: Protocol<Body, Answer>,
  guard: Guard,
  { traceId }: GuardedExchange,
  verdict: Verdict,
  body: Body,
): Response {
  const headers = verdictHeaders(traceId, verdict);
  if (guard.loaded.policy.inputBlock === "error" && verdict.action === "block")
    return protocol.fail(400, "guard_blocked", verdict.say ?? "", headers);
  const said = { traceId, verdict, model: typeof body["model"] === "string" ? body["model"] : "" };
  if (body.stream !== true) return Response.json(protocol.sayWhole(said), { headers });
  async function* events(): AsyncGenerator<string, void, undefined> {
    yield* protocol.sayStream(said);
  }
  return streamResponse(events(), headers);
}
