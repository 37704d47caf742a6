import type { PartedText } from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import type { SiteEdit } from "../../transformer/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import type { OpenedPlace } from "./open-place.ts";

export interface AnswerOptions {
  /** Default 0. */
  readonly temperature?: number;
  readonly seed?: number;
  readonly edits?: readonly SiteEdit[] | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A request as the model reads it: in harbor's marks, by its chat template, or as text. */
export function promptTokens({ model: { tokenizer }, isHarbor }: OpenedPlace, content: string): number[] {
  const messages = [{ role: "user", content } as const];
  if (isHarbor) return tokenizer.encode(String(harborTemplates.response(messages).prompt));
  if (tokenizer.chat !== undefined) return tokenizer.encode(tokenizer.chat.render(messages));
  return tokenizer.encode(content, { addSpecialTokens: true });
}

/** Every request with the answer that a checkpoint of harbor gives. */
export async function sampleAnswers(
  place: OpenedPlace,
  requests: readonly string[],
  { temperature = 0, seed = 1, edits, progress, signal }: AnswerOptions = {},
): Promise<{ readonly texts: readonly PartedText[]; readonly answers: readonly string[] }> {
  const { tokenizer } = place.model;
  const prompts = requests.map((content) => promptTokens(place, content));
  const asked = prompts.map((tokens, index) => ({ id: String(index), tokens, seed }));
  const given: number[][] = prompts.map(() => []);
  const options = { maxTokens: 56, temperature, edits, signal, engine: "auto" } as const;
  for await (const { id, tokens } of place.model.generate(asked, options)) {
    given[Number(id)] = tokens;
    progress?.advance(1);
  }
  return {
    texts: prompts.map((tokens, index) => ({ tokens: [...tokens, ...given[index]!], answerFrom: tokens.length })),
    answers: given.map((tokens) => tokenizer.decode(tokens.filter((token) => token !== tokenizer.endToken)).trim()),
  };
}
