import type { Verdict } from "../decide.ts";
import { readEvents, type ServerEvent } from "./sse.ts";

/** Headers that say what the guard did; values hold no text of anybody. */
export function verdictHeaders(traceId: string, { action, principleId }: Verdict): Record<string, string> {
  const headers = { "x-precept-action": action, "x-precept-trace": traceId };
  return principleId === undefined ? headers : { ...headers, "x-precept-principle": principleId };
}

/** What an answer's own field `precept` says. */
export function describeVerdict(
  trace: string,
  { action, principleId: principle }: Verdict,
): { readonly action: string; readonly principle: string | undefined; readonly trace: string } {
  return { action, principle, trace };
}

/** The headers of the model's server that still hold for another body. */
export function answerHeaders(answer: Response): Record<string, string> {
  const names = ["x-request-id", "openai-processing-ms", "retry-after", "request-id"];
  return Object.fromEntries(
    names.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name) ?? ""]] : [])),
  );
}

/** An error in the shape that OpenAI's clients read. */
export function errorResponse(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ error: { message, type, code: type, param: null } }, { status, headers });
}

/** Said of input in which a span that is to be masked goes over several turns or parts. */
export const cannotMask = "the input holds what cannot be masked in it, so it is not sent";

/** What a request says of itself: the caller's trace (W3C trace context), and its conversation. */
export function aboutRequest({ headers }: Request): {
  readonly traceId: string | undefined;
  readonly conversationId: string | undefined;
} {
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(headers.get("traceparent") ?? "")?.[1];
  return { traceId, conversationId: headers.get("x-precept-conversation") ?? undefined };
}

/** The body as it comes, while a guard that changes nothing reads a copy of it. */
export function observeBody(
  body: ReadableStream<Uint8Array>,
  read: (events: AsyncIterable<readonly ServerEvent[]>) => AsyncGenerator<string, void, undefined>,
  headers: Record<string, string>,
): Response {
  const [delivered, copy] = body.tee();
  void (async () => {
    for await (const _ of read(readEvents(copy)));
  })().catch(() => undefined);
  return new Response(delivered, { headers: { "content-type": "text/event-stream; charset=utf-8", ...headers } });
}
