import { PreceptError, throwIfInterrupted } from "../errors.ts";
import { type Choice, type ChoiceRequest, type Generation, generateTogether } from "../language-model.ts";
import type { FeedbackContext } from "./context.ts";
import type { Rendered } from "./templates.ts";

export interface Ask {
  readonly id: string;
  readonly seed: number;
  readonly rendered: Rendered;
}

export interface Sampling {
  readonly temperature: number;
  readonly topP: number;
}

/**
 * Asks everything at once and gives the answers in the order of `asks`. @see generateTogether
 * @throws PreceptError model-failed when the model leaves a request unanswered; interrupted when the signal fired.
 */
export async function generateAll(
  context: FeedbackContext,
  asks: readonly Ask[],
  sampling: Sampling,
): Promise<Generation[]> {
  const answers = new Map<string, Generation>();
  const requests = asks.map(({ id, seed, rendered: { prompt, maxTokens, stop } }) => ({
    request: { id, seed, prompt },
    options: { maxTokens, stop, ...sampling, ...signalOf(context) },
  }));
  for await (const answer of generateTogether(context.model, requests)) {
    answers.set(answer.id, answer);
    context.onAnswer?.(answer.usage);
  }
  return inOrder(context, asks, answers);
}

/** All multiple-choice questions in one call, answers in the order of the requests. @throws as `generateAll`. */
export async function chooseAll(context: FeedbackContext, requests: readonly ChoiceRequest[]): Promise<Choice[]> {
  if (requests.length === 0) return [];
  const answers = new Map<string, Choice>();
  for await (const answer of context.model.choose(requests, signalOf(context))) {
    answers.set(answer.id, answer);
    context.onAnswer?.(answer.usage);
  }
  return inOrder(context, requests, answers);
}

function signalOf(context: FeedbackContext): { signal?: AbortSignal | undefined } {
  return { signal: context.signal };
}

function inOrder<T>(
  context: FeedbackContext,
  asked: readonly { readonly id: string }[],
  answers: ReadonlyMap<string, T>,
): T[] {
  throwIfInterrupted(context.signal, `Asking ${context.modelName} in ${context.stage}`);
  return asked.map(({ id }) => {
    const answer = answers.get(id);
    if (answer !== undefined) return answer;
    throw new PreceptError("model-failed", {
      attempted: `Asking ${context.modelName} in ${context.stage}`,
      found: `no answer to request ${id} (${answers.size} of ${asked.length} answered)`,
      expected: "one answer a request",
      remedy: "run the same command again; finished batches are kept",
    });
  });
}
