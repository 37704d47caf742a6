import type { Tokenizer } from "../tokenizer/index.ts";
import { ApiError, asApiError, type ChatRequest, type CompletionRequest } from "./protocol.ts";
import type { TextDelta, TextModel, TextRequest } from "./text-model.ts";

/** One of a response's choices: what runs, and what it is called. */
export interface Choice {
  readonly index: number;
  readonly request: TextRequest;
}

/** Choices, and how their deltas are written; chat and text completions differ in nothing else. */
export interface Answer {
  readonly choices: readonly Choice[];
  readonly promptTokens: number;
  readonly isStream: boolean;
  readonly withUsage: boolean;
  /** A whole response from the single delta of every choice. */
  whole(deltas: readonly TextDelta[], usage: Usage): object;
  /** What a stream begins with, for one choice. */
  opening(index: number): object | undefined;
  chunk(index: number, delta: TextDelta): object;
  usageChunk(usage: Usage): object;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** @throws ApiError 404 for a name that is neither the model's nor an adapter's. */
export function adapterOf(model: TextModel, name: string | undefined): string | undefined {
  if (name === undefined || name === model.name) return undefined;
  if (model.adapters.includes(name)) return name;
  const known = [model.name, ...model.adapters].join(", ");
  throw new ApiError(404, `no model ${name}; there is ${known}`, { code: "model_not_found", param: "model" });
}

/** What every request says about sampling, with OpenAI's defaults; without a seed the answer is drawn anew. */
export function samplingOf(body: ChatRequest | CompletionRequest, adapter: string | undefined) {
  const { temperature, top_p, seed, stop, stream } = body;
  return {
    temperature: temperature ?? 1,
    topP: top_p ?? 1,
    seed: seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    stop: typeof stop === "string" ? [stop] : (stop ?? []),
    stream: stream ?? false,
    adapter,
  };
}

/** Runs all choices of an answer and gives the whole response. */
export async function wholeAnswer(model: TextModel, answer: Answer, signal: AbortSignal): Promise<object> {
  const deltas = await Promise.all(
    answer.choices.map(async ({ request }) => {
      for await (const delta of model.complete(request, signal)) return delta;
      throw new ApiError(500, "the model said nothing");
    }),
  );
  return answer.whole(deltas, usageOf(answer, deltas));
}

/** The same as server-sent events, as they come. Cancelling the stream takes the sequences out of the batch. */
export function streamedAnswer(
  model: TextModel,
  answer: Answer,
  signal: AbortSignal,
  done: () => void,
): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const either = AbortSignal.any([signal, left.signal]);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (event: object | string): void => {
        if (either.aborted) return;
        controller.enqueue(encoder.encode(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`));
      };
      const all: TextDelta[] = [];
      const follow = async ({ index, request }: Choice): Promise<void> => {
        const opening = answer.opening(index);
        if (opening !== undefined) send(opening);
        for await (const delta of model.complete(request, either)) {
          all.push(delta);
          const isSilent = delta.text === "" && delta.tokens.length === 0 && delta.prompt === undefined;
          if (!isSilent || delta.finishReason !== undefined) send(answer.chunk(index, delta));
        }
      };
      const finish = async (): Promise<void> => {
        try {
          await Promise.all(answer.choices.map(follow));
          if (answer.withUsage) send(answer.usageChunk(usageOf(answer, all)));
          send("[DONE]");
        } catch (error) {
          send(asApiError(error).body);
          left.abort();
        } finally {
          done();
          try {
            controller.close();
          } catch {
            // The reader has gone and closed it.
          }
        }
      };
      void finish();
    },
    cancel() {
      left.abort();
    },
  });
}

function usageOf({ promptTokens }: Answer, deltas: readonly TextDelta[]): Usage {
  const completion = deltas.reduce(
    (sum, { tokens, finishReason, endTokens = 0 }) =>
      sum + tokens.length + (finishReason === undefined ? 0 : endTokens),
    0,
  );
  return { prompt_tokens: promptTokens, completion_tokens: completion, total_tokens: promptTokens + completion };
}

const utf8 = new TextEncoder();

/** A token of its own as text, and its bytes. */
export function tokenText(tokenizer: Tokenizer, token: number): { readonly token: string; readonly bytes: number[] } {
  const text = tokenizer.decode([token]);
  return { token: text, bytes: [...utf8.encode(text)] };
}

/** Natural logarithms, which JSON cannot hold at minus infinity. */
export const finite = (logprob: number): number => Math.max(logprob, -9999);
