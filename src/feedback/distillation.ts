import type { PromptItem } from "../records/index.ts";
import type { Sampling } from "./calls.ts";
import { drawPrincipleFor } from "./comparisons.ts";
import type { FeedbackContext } from "./context.ts";
import { putUnder } from "./contexts.ts";
import { findCopy } from "./copies.ts";
import { hasMetaText } from "./meta-text.ts";
import type { ResponseRecord, SlExampleRecord } from "./records.ts";
import { at, type Place, respondAt } from "./responses.ts";
import { trainingPairs } from "./training-pairs.ts";

/**
 * Context distillation (Askell et al. 2021, arXiv 2112.00861), as data: an answer to every prompt under the positive context of a drawn
 * principle, its demonstrations included, trained on as the answer to the prompt alone. Answers that were cut, repeat what they
 * were shown or speak of the rule are left out. Prompts of a kind that no principle is for keep `plainSamples` answers of the
 * model's own.
 */
export async function distilContexts(
  prompts: readonly PromptItem[],
  context: FeedbackContext,
  { sampling, plainSamples }: { readonly sampling: Sampling; readonly plainSamples: number },
): Promise<(ResponseRecord | SlExampleRecord)[]> {
  const places = prompts.flatMap((prompt): Place[] => {
    const principle = drawPrincipleFor(prompt, context, "critique");
    return principle === undefined
      ? Array.from({ length: plainSamples }, (_, sample) => ({ prompt, sample }))
      : [{ prompt, sample: 0, under: { principle, side: "positive" } }];
  });
  const responses = await respondAt(places, context, sampling);
  const taught = responses.filter((response, index) => !isSpoilt(response, at(places, index), context));
  return [...responses, ...trainingPairs(taught, context.templates, "final")];
}

function isSpoilt({ response }: ResponseRecord, { prompt, under }: Place, { templates }: FeedbackContext): boolean {
  if (under === undefined) return false;
  const own = prompt.messages.map(({ content }) => content);
  const shown = putUnder([], under.principle, under.side).map(({ content }) => content);
  return (
    hasMetaText(response, templates.metaText, own) ||
    findCopy(response, { request: shown.join("\n\n"), own }) !== undefined
  );
}
