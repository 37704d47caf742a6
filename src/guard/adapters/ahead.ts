import { createParser } from "eventsource-parser";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { EarlyVerdict } from "../guarded-exchange.ts";
import type { Upstream } from "./upstream.ts";

/** How a model is asked while its input is still being judged. */
export interface AskAhead<T> {
  readonly ask: () => Promise<T>;
  /** Ends what was asked. */
  readonly stop: () => void;
  /** Lets go of an answer that came in vain. */
  readonly drop: (answer: T) => void;
  /** Characters of the answer that have come. */
  readonly came: (answer: T | undefined) => number;
  /** Whether the answer waits for the verdict; a guard that only observes lets it go. */
  readonly isActing: boolean;
}

/** The model's answer once the whole input is judged; without one where that stops it. */
export async function askAhead<T>(
  { later, exchange: _, ...early }: EarlyVerdict,
  { ask, stop, drop, came, isActing }: AskAhead<T>,
): Promise<{ readonly verdict: Verdict; readonly answer?: T }> {
  const asked = ask();
  if (later === undefined) return { verdict: early, answer: await asked };
  let answer: T | undefined;
  // What fails meanwhile is told where it is awaited.
  asked.then(
    (given) => {
      answer = given;
    },
    () => undefined,
  );
  const end = (): void => {
    stop();
    asked.then(drop, () => undefined);
  };
  const judged = later(() => came(answer));
  if (!isActing) {
    judged.catch(() => undefined);
    return { verdict: early, answer: await asked };
  }
  try {
    const verdict = await judged;
    if (verdict.say === undefined) return { verdict, answer: await asked };
    end();
    return { verdict };
  } catch (error) {
    end();
    throw error;
  }
}

/** The same of a model's server: the request goes out with this body. */
export async function askUpstream(
  early: EarlyVerdict,
  upstream: Upstream,
  { request, body, stop, isActing }: { request: Request; body: string; stop: AbortController; isActing: boolean },
): Promise<{ readonly verdict: Verdict; readonly answer?: Response }> {
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const { url, headers } = request;
  let readSoFar = (): string => "";
  const ask = async (): Promise<Response> => {
    const answer = await upstream.fetch(new Request(url, { method: "POST", headers, body, signal }));
    if (early.later === undefined || !isActing || answer.body === null) return answer;
    const ahead = readAhead(answer.body);
    readSoFar = ahead.read;
    return new Response(ahead.body, answer);
  };
  const came = (): number => countCharacters(readSoFar());
  const drop = (answer: Response): void => void answer.body?.cancel().catch(() => undefined);
  return askAhead(early, { ask, stop: () => stop.abort(), drop, came, isActing });
}

/** What is read of an answer while nobody may have it yet. */
const AHEAD_BYTES = 2 ** 20;

/** A body that is read on by itself, up to a MiB, and its text so far. */
function readAhead(body: ReadableStream<Uint8Array>): { body: ReadableStream<Uint8Array>; read: () => string } {
  const chunks: Uint8Array[] = [];
  let isCounted = false;
  const count = new TransformStream<Uint8Array, Uint8Array>(
    {
      transform(chunk, controller) {
        if (!isCounted) chunks.push(chunk);
        controller.enqueue(chunk);
      },
    },
    undefined,
    new ByteLengthQueuingStrategy({ highWaterMark: AHEAD_BYTES }),
  );
  const read = (): string => {
    isCounted = true;
    return Buffer.concat(chunks.splice(0)).toString("utf8");
  };
  return { body: body.pipeThrough(count), read };
}

/** Characters of the model's own text in an answer, or in as many of its events as are there. */
export function countCharacters(raw: string): number {
  const whole = tryJson(raw);
  if (whole !== undefined) return lengthOf(whole);
  let length = 0;
  const parser = createParser({
    onEvent({ data }) {
      length += lengthOf(tryJson(data));
    },
  });
  parser.feed(raw);
  return length;
}

/** Where a model's own text stands, in the answers and events of all protocols. */
const ownText = new Set(
  "content text thinking reasoning reasoning_content refusal arguments partial_json delta".split(" "),
);

/** The characters of a model's text in one value. */
export function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + lengthOf(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  const { type } = value as { type?: unknown };
  // The closing events of OpenAI's responses say everything once more.
  if (typeof type === "string" && type.startsWith("response.") && !type.endsWith(".delta")) return 0;
  return Object.entries(value).reduce(
    (sum, [key, own]) => sum + (typeof own === "string" ? (ownText.has(key) ? own.length : 0) : lengthOf(own)),
    0,
  );
}
