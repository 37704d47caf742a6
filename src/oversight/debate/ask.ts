import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import type { Rendered } from "../../feedback/index.ts";
import {
  type Choice,
  type ChoiceRequest,
  generateTogether,
  type LanguageModel,
  type Prompt,
  type Usage,
} from "../../language-model.ts";
import { splitReasoning } from "../../reading/index.ts";
import { hash32 } from "../../rng.ts";

/** A model that plays a part, and how a dialogue becomes text for one that takes text alone. */
export interface Player {
  readonly name: string;
  readonly model: LanguageModel;
  readonly render?: ((messages: Exclude<Prompt, string>) => { readonly prompt: Prompt }) | undefined;
}

/** Options below this share of a model's probability are no letters that it would have written. */
export const leastMass = 0.01;

export interface AskOptions {
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once per answer, for what it cost. */
  readonly onUsage?: ((id: string, usage: Usage) => void) | undefined;
}

const promptFor = ({ render }: Player, prompt: Prompt): Prompt =>
  typeof prompt === "string" || render === undefined ? prompt : render(prompt).prompt;

/** A request's own seed: a function of its id, so that it does not matter what else is asked with it. */
const seedOf = (seed: number, id: string): number => hash32(`${seed}/${id}`) >>> 1;

/** What a player says, by id, in one call; "" where it gave no answer. @throws PreceptError model-failed, interrupted. */
export async function askTexts(
  player: Player,
  asks: readonly { readonly id: string; readonly rendered: Rendered }[],
  { temperature, seed, signal, onUsage }: AskOptions,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const requests = asks.map(({ id, rendered: { prompt, stop, maxTokens } }) => ({
    request: { id, prompt: promptFor(player, prompt), seed: seedOf(seed, id) },
    options: { maxTokens, stop, temperature, signal },
  }));
  if (requests.length === 0) return texts;
  for await (const { id, text, finishReason, usage } of generateTogether(player.model, requests)) {
    onUsage?.(id, usage);
    const isGiven = finishReason === "stop" || finishReason === "length";
    texts.set(id, isGiven ? splitReasoning(text).text : "");
  }
  refuseMissing(player, asks, texts, signal);
  return texts;
}

/** A judge's choices by id, in one call. @throws PreceptError model-failed, interrupted. */
export async function askLetters(
  player: Player,
  asks: readonly Omit<ChoiceRequest, "seed">[],
  { seed, signal, onUsage }: Omit<AskOptions, "temperature">,
): Promise<Map<string, Choice>> {
  const choices = new Map<string, Choice>();
  const requests = asks.map(({ id, prompt, options }) => ({
    ...{ id, options, prompt: promptFor(player, prompt), seed: seedOf(seed, id) },
  }));
  if (requests.length > 0)
    for await (const choice of player.model.choose(requests, { signal })) {
      choices.set(choice.id, choice);
      onUsage?.(choice.id, choice.usage);
    }
  refuseMissing(player, asks, choices, signal);
  return choices;
}

function refuseMissing(
  { name }: Player,
  asks: readonly { readonly id: string }[],
  answers: ReadonlyMap<string, unknown>,
  signal: AbortSignal | undefined,
): void {
  const attempted = `Asking ${name}`;
  throwIfInterrupted(signal, attempted);
  const missing = asks.find(({ id }) => !answers.has(id));
  if (missing === undefined) return;
  throw new PreceptError("model-failed", {
    attempted,
    found: `no answer to request ${missing.id} (${answers.size} of ${asks.length} answered)`,
    expected: "one answer per request",
    remedy: "run the same command again; what is finished is kept",
  });
}
