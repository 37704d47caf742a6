import { Interruption } from "../../errors.ts";
import type { Prompt, Requests } from "../../language-model.ts";

/**
 * Answers to a stream of requests in the order in which they come. At most `width` requests are taken and not yet given
 * back as answers, and `window` more are held to be put in order, so memory does not grow with the stream. A failure ends
 * the stream and cancels the rest.
 */
export async function* answerInParallel<Q extends { readonly prompt: Prompt }, A>(
  requests: Requests<Q>,
  {
    width,
    window,
    signal,
  }: { readonly width: number; readonly window: number; readonly signal?: AbortSignal | undefined },
  answer: (request: Q, signal: AbortSignal) => Promise<A>,
): AsyncGenerator<A, void, undefined> {
  // A signal for each request: hundreds that listen to one would search each other whenever one of them stops listening.
  const underWay = new Set<AbortController>();
  let isCancelled = signal?.aborted === true;
  const stop = (): void => {
    isCancelled = true;
    for (const own of underWay) own.abort();
  };
  signal?.addEventListener("abort", stop, { once: true });
  const source = sortByPrompt(requests, window);
  const ready: A[] = [];
  let [taken, isExhausted, isPulling] = [0, false, false];
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  const notify = (): void => wake();
  /** A signal that fired while nothing was under way: no answer will come, and none will fail either. */
  const isStopped = (): boolean => isCancelled && taken === 0 && !isPulling;

  const ask = async (request: Q): Promise<void> => {
    const own = new AbortController();
    underWay.add(own);
    if (isCancelled) own.abort();
    try {
      ready.push(await answer(request, own.signal));
    } catch (error) {
      failure ??= { error };
    }
    underWay.delete(own);
    notify();
  };
  const pull = async (): Promise<void> => {
    isPulling = true;
    try {
      while (taken < width && failure === undefined && !isCancelled) {
        const next = await source.next();
        if (next.done === true) {
          isExhausted = true;
          break;
        }
        taken++;
        void ask(next.value);
      }
    } catch (error) {
      failure ??= { error };
    }
    isPulling = false;
    notify();
  };

  try {
    for (;;) {
      if (!isPulling && !isExhausted && taken < width) void pull();
      while (ready.length > 0) {
        const batch = ready.splice(0, ready.length);
        for (const value of batch) {
          yield value;
          taken--;
          if (!isPulling && !isExhausted && taken < width) void pull();
        }
      }
      if (failure !== undefined) throw failure.error;
      if (isExhausted && taken === 0) return;
      if (isStopped()) throw new Interruption("Asking a model");
      if (ready.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ready.length > 0 || failure !== undefined || (isExhausted && taken === 0) || isStopped()) resolve();
        });
      }
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", stop);
    void source.return(undefined).catch(() => undefined);
  }
}

/** The requests in the order of their prompts' text, as far as they are there: what begins alike goes out together. */
async function* sortByPrompt<Q extends { readonly prompt: Prompt }>(
  requests: Requests<Q>,
  window: number,
): AsyncGenerator<Q> {
  if (Symbol.asyncIterator in requests) yield* sortAsReady(requests[Symbol.asyncIterator](), window);
  else {
    let held: Q[] = [];
    for (const request of requests) {
      held.push(request);
      if (held.length < window) continue;
      yield* sortPrompts(held);
      held = [];
    }
    yield* sortPrompts(held);
  }
}

/** Waits for one request, then takes along what comes without waiting: a slow source is never held up for a window. */
async function* sortAsReady<Q extends { readonly prompt: Prompt }>(
  source: AsyncIterator<Q>,
  window: number,
): AsyncGenerator<Q> {
  try {
    let next = source.next();
    for (let isOver = false; !isOver; ) {
      const held: Q[] = [];
      let result: IteratorResult<Q> | undefined = await next;
      while (result !== undefined && result.done !== true) {
        held.push(result.value);
        next = source.next();
        if (held.length >= window) break;
        result = await Promise.race([next, nextTurn()]);
      }
      isOver = result?.done === true;
      yield* sortPrompts(held);
    }
  } finally {
    await source.return?.();
  }
}

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined));

/** Sorted by prompt; equal prompts keep their order. Dialogues count as their turns' texts one after the other. */
export function sortPrompts<Q extends { readonly prompt: Prompt }>(requests: readonly Q[]): Q[] {
  return requests
    .map((request) => ({ request, text: textOf(request.prompt) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ request }) => request);
}

function textOf(prompt: Prompt): string {
  return typeof prompt === "string"
    ? prompt
    : prompt.map(({ role, content }) => `${role}\u0000${content}`).join("\u0000");
}
