import { SourceError } from "./source-error.ts";

/** Milliseconds until a lost connection is tried again, the longer the oftener it failed. */
const waits = [500, 1000, 2000, 5000];

/**
 * Events of a server, as JSON, each heard once it is whole. EventSource can send no token, so they are read out of an answer. A connection that
 * is lost is made again; one that the server ends is over.
 */
export function listenTo(ask: (signal: AbortSignal) => Promise<Response>, hear: (data: unknown) => void): () => void {
  const stop = new AbortController();
  const follow = async (): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      try {
        const { body } = await ask(stop.signal);
        if (body === null) return;
        await readEvents(body, (data) => {
          failures = 0;
          hear(data);
        });
        return;
      } catch (error) {
        // Refused is refused; only nobody answering may change.
        if (error instanceof SourceError && error.code !== "gone") return;
        await new Promise((resolve) => setTimeout(resolve, waits[Math.min(failures, waits.length - 1)]));
      }
    }
  };
  void follow();
  return () => stop.abort();
}

/** Data of every whole event of a stream. */
export async function readEvents(body: ReadableStream<Uint8Array>, hear: (data: unknown) => void): Promise<void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const events = rest.split(/\r?\n\r?\n/u);
    rest = events.pop() ?? "";
    for (const event of events) {
      const lines = event.split(/\r?\n/u).filter((line) => line.startsWith("data:"));
      if (lines.length > 0) hear(JSON.parse(lines.map((line) => line.slice(5).trimStart()).join("\n")));
    }
  }
}
