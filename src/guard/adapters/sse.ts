import { createParser } from "eventsource-parser";

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** The events of a body, as many as came together, each whole however its bytes were cut. Leaving the loop cancels the body. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent[], void, undefined> {
  const events: ServerEvent[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event, data }) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
      if (events.length > 0) yield events.splice(0);
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * What a handler makes of events, joined for those that came together, so that a burst is written at once. The handler returns
 * true for the event that ends the answer.
 */
export async function* handleTogether(
  batches: AsyncIterable<readonly ServerEvent[]>,
  handle: (event: ServerEvent) => AsyncGenerator<string, boolean, undefined>,
): AsyncGenerator<string, boolean, undefined> {
  for await (const batch of batches) {
    let joined = "";
    let isOver = false;
    for (const event of batch) {
      const texts = handle(event);
      let step = await texts.next();
      for (; step.done !== true; step = await texts.next()) joined += step.value;
      isOver = step.value;
      if (isOver) break;
    }
    if (joined !== "") yield joined;
    if (isOver) return true;
  }
  return false;
}

/** An event as it is written. */
export function formatEvent(data: unknown, event?: string): string {
  const head = event === undefined ? "" : `event: ${event}\n`;
  return `${head}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** A response that streams these texts; when the client leaves, the generator is ended. */
export function streamResponse(
  texts: AsyncGenerator<string, void, undefined>,
  headers: Record<string, string>,
): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await texts.next();
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (error) {
          controller.error(error);
        }
      },
      async cancel() {
        await texts.return();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...headers },
  });
}
