import type { Message } from "../../language-model.ts";
import type { Question, Reply } from "./types.ts";

/** "(A)", "(B)", … */
export function letter(index: number): string {
  return `(${String.fromCharCode(65 + index)})`;
}

/** The choices under a question, one per line. */
export function formatChoices(question: string, choices: readonly string[]): string {
  return `${question}\n\nChoices:\n${choices.map((choice, index) => ` ${letter(index)} ${choice}`).join("\n")}`;
}

/** A question whose answer is one letter, probabilities over the letters. */
export function letterQuestion(question: string, choices: readonly string[]): Question {
  return chooseLetter(
    [{ role: "user", content: `${formatChoices(question, choices)}\n\nAnswer with the letter alone.` }],
    choices.length,
  );
}

export function chooseLetter(messages: readonly Message[], choices: number): Question {
  return { ask: "choose", messages, options: Array.from({ length: choices }, (_, index) => ` ${letter(index)}`) };
}

/** Probabilities of a choice; undefined where nothing was chosen: a refusal is no choice. */
export function probabilitiesOf(reply: Reply | undefined): readonly number[] | undefined {
  return reply?.ask === "choose" && reply.missing === undefined ? reply.probabilities : undefined;
}

/** Place of the largest value, the first of equals; undefined for none. */
export function mostProbable(values: readonly number[] | undefined): number | undefined {
  if (values === undefined || values.length === 0) return undefined;
  let best = 0;
  for (const [index, value] of values.entries()) if (value > (values[best] ?? Number.NEGATIVE_INFINITY)) best = index;
  return best;
}
