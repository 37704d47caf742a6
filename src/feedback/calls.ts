import { PreceptError, throwIfInterrupted } from "../errors.ts";
import {
  type CallOptions,
  type Choice,
  type ChoiceRequest,
  type Generation,
  generateTogether,
  type Score,
  type ScoreRequest,
  type Usage,
} from "../language-model.ts";
import { splitReasoning } from "../reading/index.ts";
import type { Asking } from "./context.ts";
import type { Rendered } from "./templates.ts";

/** A request of the method before it is sent: its id, its own seed, and what is asked. */
export interface Ask {
  readonly id: string;
  readonly seed: number;
  readonly rendered: Rendered;
}

/** How text is drawn: temperature (0 takes the most probable token) and nucleus mass in (0, 1]. */
export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
}

/**
 * Sends all requests and returns the answers in the order of `asks`. Requests with the same stop strings and length limit
 * go out in one call, because local engines are fast only in large batches. Reasoning is
 * taken out of every text before anything reads it; an answer that is nothing else is empty.
 * @throws PreceptError model-failed when the model leaves a request unanswered; interrupted when the signal fired.
 */
export async function generateAll(context: Asking, asks: readonly Ask[], sampling: Sampling): Promise<Generation[]> {
  const answers = new Map<string, Generation>();
  const requests = asks.map(({ id, seed, rendered: { prompt, maxTokens, stop } }) => ({
    request: { id, seed, prompt },
    options: { maxTokens, stop, ...sampling, signal: context.signal },
  }));
  for await (const answer of generateTogether(context.model, requests)) {
    answers.set(answer.id, withoutReasoning(answer));
    context.onAnswer?.(answer.usage);
    context.onShare?.(answers.size / asks.length);
  }
  return readInOrder(context, asks, answers);
}

/** All multiple-choice questions in one call, answers in the order of the requests. @throws as `generateAll`. */
export async function chooseAll(context: Asking, requests: readonly ChoiceRequest[]): Promise<Choice[]> {
  return collectAll(context, requests, (options) => context.model.choose(requests, options));
}

/** All continuations scored in one call, in the order of the requests. @throws as `generateAll`. */
export async function scoreAll(context: Asking, requests: readonly ScoreRequest[]): Promise<Score[]> {
  return collectAll(context, requests, (options) => context.model.score(requests, options));
}

async function collectAll<T extends { readonly id: string; readonly usage: Usage }>(
  context: Asking,
  requests: readonly { readonly id: string }[],
  ask: (options: CallOptions) => AsyncIterable<T>,
): Promise<T[]> {
  if (requests.length === 0) return [];
  const answers = new Map<string, T>();
  // Only the answers themselves end the call.
  const onShare = (share: number): void => context.onShare?.(Math.min(share, 0.999));
  for await (const answer of ask({ signal: context.signal, onShare })) {
    answers.set(answer.id, answer);
    context.onAnswer?.(answer.usage);
    context.onShare?.(answers.size / requests.length);
  }
  return readInOrder(context, requests, answers);
}

function withoutReasoning(answer: Generation): Generation {
  const { text, reasoning } = splitReasoning(answer.text);
  if (reasoning === undefined) return answer;
  const kept = [answer.reasoning ?? "", reasoning].filter((part) => part !== "").join("\n\n");
  return { ...answer, text, reasoning: kept, ...(text === "" ? { outcome: "empty" } : {}) };
}

function readInOrder<T>(
  context: Asking,
  asks: readonly { readonly id: string }[],
  answers: ReadonlyMap<string, T>,
): T[] {
  throwIfInterrupted(context.signal, `Asking ${context.modelName} in ${context.stage}`);
  return asks.map(({ id }) => {
    const answer = answers.get(id);
    if (answer !== undefined) return answer;
    throw new PreceptError("model-failed", {
      attempted: `Asking ${context.modelName} in ${context.stage}`,
      found: `no answer to request ${id} (${answers.size} of ${asks.length} answered)`,
      expected: "one answer per request",
      remedy: "run the same command again; finished batches are kept",
    });
  });
}
