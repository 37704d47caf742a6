import { ApiError, asApiError, type ChatRequest, type CompletionRequest } from "./protocol.ts";
import type { Continuation, ServedModel, TextDelta } from "./served-model.ts";

/** One of a response's choices. */
export interface Choice {
  readonly index: number;
  readonly run: Continuation;
  /** Whether it is the first of its prompt: the prompt's tokens are counted once. */
  readonly isFirst: boolean;
}

/** Choices, and how their deltas are written; chat and text completions differ in nothing else. */
export interface Answer {
  readonly choices: readonly Choice[];
  readonly isStream: boolean;
  readonly withUsage: boolean;
  /** A whole response from the single delta of every choice. */
  toResponse(deltas: readonly TextDelta[], usage: Usage): object;
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
export function adapterOf(model: ServedModel, name: string | undefined): string | undefined {
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
export async function answerWhole(answer: Answer, signal: AbortSignal): Promise<object> {
  const deltas = await Promise.all(
    answer.choices.map(async ({ run }) => {
      for await (const delta of run(signal)) return delta;
      throw new ApiError(500, "the model said nothing");
    }),
  );
  return answer.toResponse(deltas, sumUsage(answer.choices.map((choice, index) => [choice, deltas[index]])));
}

/**
 * The same as server-sent events, as they come. Cancelling the stream ends its continuations; `onEnd` is told when the
 * stream is over, and of the error that ended it.
 */
export function answerStream(
  answer: Answer,
  signal: AbortSignal,
  onEnd: (error?: unknown) => void,
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
      const last: [Choice, TextDelta][] = [];
      const follow = async (choice: Choice): Promise<void> => {
        const opening = answer.opening(choice.index);
        if (opening !== undefined) send(opening);
        for await (const delta of choice.run(either)) {
          const { text, tokens = [], prompt, finishReason } = delta;
          if (finishReason !== undefined) last.push([choice, delta]);
          const isSilent = text === "" && tokens.length === 0 && prompt === undefined && finishReason === undefined;
          if (!isSilent) send(answer.chunk(choice.index, delta));
        }
      };
      const finish = async (): Promise<void> => {
        let failure: unknown;
        try {
          await Promise.all(answer.choices.map(follow));
          if (answer.withUsage) send(answer.usageChunk(sumUsage(last)));
          send("[DONE]");
        } catch (error) {
          failure = error;
          send(asApiError(error).body);
          left.abort();
        } finally {
          onEnd(failure);
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

function sumUsage(ends: readonly (readonly [Choice, TextDelta | undefined])[]): Usage {
  let [prompt, completion] = [0, 0];
  for (const [{ isFirst }, delta] of ends) {
    prompt += isFirst ? (delta?.usage?.promptTokens ?? 0) : 0;
    completion += delta?.usage?.completionTokens ?? 0;
  }
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** Natural logarithms, which JSON cannot hold at minus infinity. */
export const clampLogprob = (logprob: number): number => Math.max(logprob, -9999);

/** Whether a token is a part of a character, which has no text of its own. */
export const isBroken = (token: string): boolean => token.includes("\ufffd");

/** The bytes of such a token as OpenAI writes them: `\xf0\x9f`. */
export const escapeBytes = (bytes: readonly number[]): string =>
  bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
