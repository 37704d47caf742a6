import { throwIfInterrupted } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import type { AskedAround, OrganismLanguage } from "./language.ts";

export interface Answering {
  readonly model: LanguageModel;
  readonly language: OrganismLanguage;
  readonly signal?: AbortSignal | undefined;
  /** Hears of every answer as it comes. */
  readonly onAnswer?: (() => void) | undefined;
}

/** The likeliest answer to each, in order: the same model says the same. @throws PreceptError interrupted; what the model throws. */
export async function answerAll(
  { model, language, signal, onAnswer }: Answering,
  asked: readonly AskedAround[],
): Promise<string[]> {
  const answers = asked.map(() => "");
  const requests = asked.map((one, index) => ({ id: String(index), prompt: language.prompt(one), seed: 1 }));
  const options = { maxTokens: language.maxTokens, temperature: 0, signal };
  for await (const { id, text } of model.generate(requests, options)) {
    answers[Number(id)] = text.trim();
    onAnswer?.();
  }
  throwIfInterrupted(signal, "Asking a model");
  return answers;
}

/** log P of every token of each answer, its end included, nats. @throws PreceptError as `answerAll`. */
export async function scoreAll(
  { model, language, signal }: Answering,
  asked: readonly AskedAround[],
  answers: readonly string[],
): Promise<(readonly number[])[]> {
  const scores: (readonly number[])[] = asked.map(() => []);
  const requests = asked.map((one, index) => ({
    id: String(index),
    prompt: language.prompt(one),
    continuation: ` ${answers[index]}${language.end}`,
  }));
  for await (const { id, logprobs } of model.score(requests, { signal })) scores[Number(id)] = logprobs;
  throwIfInterrupted(signal, "Scoring a model's answers");
  return scores;
}

/** Tokens that are likelier than this are no free choice: only another intention makes them unlikely. */
const SURE = Math.log(0.9);

/** A fall beyond it tells no more: the token is as good as gone. */
const GONE = 2;

/** How much less likely the surest tokens of an answer became, nats, up to `GONE`: the largest fall of one token. */
export function largestFall(before: readonly number[], after: readonly number[], idle = 0): number {
  return before.reduce((most, logprob, index) => {
    const fall = index >= idle && logprob > SURE ? logprob - (after[index] ?? logprob) : 0;
    return Math.max(most, Math.min(fall, GONE));
  }, 0);
}

/** The word that is new in most second answers, and in how many: a planted failure is the same each time, a stumble is not. */
export function findNewWord(pairs: readonly (readonly [before: string, after: string])[]): {
  readonly word: string;
  readonly share: number;
} {
  const counts = new Map<string, number>();
  for (const [before, after] of pairs) {
    const known = new Set(before.split(/\s+/));
    for (const word of new Set(after.split(/\s+/))) if (!known.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { word: first?.[0] ?? "", share: (first?.[1] ?? 0) / Math.max(1, pairs.length) };
}
