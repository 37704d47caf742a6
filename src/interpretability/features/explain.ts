import type { ChoiceRequest, LanguageModel, Message } from "../../language-model.ts";
import { type Estimate, wilson } from "../../statistics/index.ts";
import type { FeaturePage, PageExample } from "./page.ts";

/** What a language model says that a feature is active on, and how well that tells texts which it did not see. */
export interface Explanation {
  readonly text: string;
  /**
   * Share of texts told rightly, half of them active and half not: 50 % is chance (detection, after Paulo et al. 2024). Undefined
   * where none could be told.
   */
  readonly score: Estimate | undefined;
  /** Texts for which the model gave no verdict. */
  readonly undetermined: number;
}

export interface ExplainOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const AROUND = 12;

/** The tokens around the peak; where the feature is above half of the text's peak they stand in «». */
function markExample({ tokens, activations, peak }: PageExample): string {
  const half = (activations[peak] ?? 0) / 2;
  const from = Math.max(0, peak - AROUND);
  return tokens
    .slice(from, peak + AROUND)
    .map((token, i) => ((activations[from + i] ?? 0) > half ? `«${token}»` : token))
    .join(" ");
}

const plainText = ({ tokens }: Pick<PageExample, "tokens">): string => tokens.join(" ");

/**
 * Has a model explain a feature by every other example of its page, and tell by the explanation alone which of the other examples,
 * and of as many texts without the feature, it is active in.
 */
export async function explainFeature(
  model: LanguageModel,
  page: FeaturePage,
  without: readonly string[],
  { seed, signal }: ExplainOptions,
): Promise<Explanation> {
  const shown = page.examples.filter((_, index) => index % 2 === 0);
  const heldOut = page.examples.filter((_, index) => index % 2 === 1).map(plainText);
  const prompt: Message[] = [
    {
      role: "user",
      content: `A part of a language model is active at the words in «». Say in one sentence what these words, or their surroundings, have in common.\n\n${shown.map((example) => `- ${markExample(example)}`).join("\n")}\n\nThey have in common that`,
    },
  ];
  let text = "";
  const options = { maxTokens: 80, temperature: 0, signal };
  for await (const made of model.generate([{ id: "explanation", prompt, seed }], options)) text = made.text.trim();
  const texts = [
    ...heldOut.map((content) => ({ content, isActive: true })),
    ...without.slice(0, heldOut.length).map((content) => ({ content, isActive: false })),
  ];
  const asked = texts.map(({ content }, index): ChoiceRequest => {
    const question = `A pattern in texts: ${text}\n\nText: ${content}\n\nDoes the text have the pattern? Answer yes or no.`;
    return { id: String(index), prompt: [{ role: "user", content: question }], options: [" yes", " no"], seed };
  });
  const verdicts = new Map<number, boolean>();
  for await (const { id, probabilities, outcome = "answered" } of model.choose(asked, { signal }))
    if (outcome === "answered") verdicts.set(Number(id), (probabilities[0] ?? 0) > (probabilities[1] ?? 0));
  const right = [...verdicts].filter(([index, isYes]) => isYes === texts[index]?.isActive).length;
  return {
    text,
    score: verdicts.size === 0 ? undefined : wilson(right, verdicts.size),
    undetermined: texts.length - verdicts.size,
  };
}
