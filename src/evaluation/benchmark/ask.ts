import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import {
  type ChoiceRequest,
  type GenerationAsk,
  type GenerationOptions,
  generateTogether,
  type LanguageModel,
  type ScoreRequest,
  type Usage,
} from "../../language-model.ts";
import type { Render } from "./subject.ts";
import type { Question, Reply } from "./types.ts";

/** A question with its request's id and seed. */
export interface Asked {
  readonly id: string;
  readonly seed: number;
  readonly question: Question;
}

export interface Answered {
  readonly reply: Reply;
  readonly usage: Usage;
  /** Why the request failed, for people. */
  readonly error?: string | undefined;
}

export interface AskOptions {
  /** For "generate" questions that do not say their own. */
  readonly temperature: number;
  readonly render?: Render | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly advance?: ((n: number, detail?: { readonly tokens?: number | undefined }) => void) | undefined;
}

/**
 * Puts questions of all kinds to a model and returns one reply each, in their order. A request that failed, was blocked or
 * could not be read comes back as missing with its reason, never as an answer.
 * @throws PreceptError model-failed when the model gave nothing at all for a request; interrupted.
 */
export async function ask(model: LanguageModel, asked: readonly Asked[], options: AskOptions): Promise<Answered[]> {
  const replies = new Map<string, Answered>();
  await generateAll(model, asked, options, replies);
  await chooseAll(model, asked, options, replies);
  await scoreAll(model, asked, options, replies);
  throwIfInterrupted(options.signal, `Asking ${model.id}`);
  return asked.map(({ id }) => {
    const reply = replies.get(id);
    if (reply !== undefined) return reply;
    throw new PreceptError("model-failed", {
      attempted: `Asking ${model.id}`,
      found: `no answer to ${id}`,
      expected: "one answer to every request",
      remedy: "run the same command again: finished batches are kept",
    });
  });
}

async function generateAll(
  model: LanguageModel,
  asked: readonly Asked[],
  { temperature, render, signal, advance }: AskOptions,
  replies: Map<string, Answered>,
): Promise<void> {
  const asks = asked.flatMap(({ id, seed, question }): GenerationAsk[] => {
    if (question.ask !== "generate") return [];
    const rendered = render?.(question.messages) ?? { prompt: question.messages, stop: [] };
    const options: GenerationOptions = {
      maxTokens: Math.min(question.maxTokens, rendered.maxTokens ?? question.maxTokens),
      temperature: question.temperature ?? temperature,
      stop: [...rendered.stop, ...(question.stop ?? [])],
      signal,
    };
    return [{ request: { id, prompt: rendered.prompt, seed }, options }];
  });
  for await (const { id, text, finishReason, outcome, usage, error } of generateTogether(model, asks)) {
    // A model that declines in words has answered; the scorer reads how.
    const isAnswer = outcome === undefined || outcome === "answered" || outcome === "refusal";
    const missing = isAnswer ? (finishReason === "error" ? "error" : undefined) : outcome;
    replies.set(id, { reply: { ask: "generate", text, finishReason, missing }, usage, error });
    advance?.(1, { tokens: usage.promptTokens + usage.completionTokens });
  }
}

async function chooseAll(
  model: LanguageModel,
  asked: readonly Asked[],
  { render, signal, advance }: AskOptions,
  replies: Map<string, Answered>,
): Promise<void> {
  const requests = asked.flatMap(({ id, seed, question }): ChoiceRequest[] =>
    question.ask === "choose"
      ? [
          {
            id,
            prompt: render?.(question.messages).prompt ?? question.messages,
            options: question.options,
            seed,
          },
        ]
      : [],
  );
  if (requests.length === 0) return;
  for await (const { id, probabilities, method, outcome, usage } of model.choose(requests, { signal })) {
    const missing = outcome === undefined || outcome === "answered" ? undefined : outcome;
    replies.set(id, {
      reply: { ask: "choose", probabilities, method, missing },
      usage,
    });
    advance?.(1, { tokens: usage.promptTokens + usage.completionTokens });
  }
}

interface Sum {
  readonly logLikelihoods: number[];
  promptTokens: number;
  completionTokens: number;
  missing?: string;
}

async function scoreAll(
  model: LanguageModel,
  asked: readonly Asked[],
  { signal, advance }: AskOptions,
  replies: Map<string, Answered>,
): Promise<void> {
  const requests: ScoreRequest[] = [];
  const places = new Map<string, readonly [id: string, place: number]>();
  const sums = new Map<string, Sum>();
  for (const { id, question } of asked) {
    if (question.ask !== "score") continue;
    sums.set(id, {
      logLikelihoods: question.continuations.map(() => Number.NaN),
      promptTokens: 0,
      completionTokens: 0,
    });
    for (const [place, continuation] of question.continuations.entries()) {
      const own = `${id}#${place}`;
      places.set(own, [id, place]);
      requests.push({ id: own, prompt: question.prompt, continuation });
    }
  }
  if (requests.length === 0) return;
  for await (const { id, logprobs, outcome = "answered", usage } of model.score(requests, { signal })) {
    const [owner = "", place = 0] = places.get(id) ?? [];
    const sum = sums.get(owner);
    if (sum === undefined) continue;
    if (outcome === "answered") sum.logLikelihoods[place] = logprobs.reduce((total, logprob) => total + logprob, 0);
    else sum.missing = outcome;
    sum.promptTokens += usage.promptTokens;
    sum.completionTokens += usage.completionTokens;
  }
  for (const [id, { logLikelihoods, missing = "unparsable", promptTokens, completionTokens }] of sums) {
    const isWhole = logLikelihoods.every(Number.isFinite);
    replies.set(id, {
      reply: {
        ask: "score",
        logLikelihoods: isWhole ? logLikelihoods : [],
        ...(isWhole ? {} : { missing }),
      },
      usage: { promptTokens, completionTokens },
    });
    advance?.(1);
  }
}
