import type { Principle } from "../constitution/index.ts";
import type { Generation } from "../language-model.ts";
import type { Missing, PromptItem } from "../records/index.ts";
import { type Ask, generateAll, type Sampling } from "./calls.ts";
import { type FeedbackContext, provenanceOf, requestSeed } from "./context.ts";
import { putUnder, type Side } from "./contexts.ts";
import type { ResponseRecord, RevisionOutcome } from "./records.ts";

/** A sample of a prompt: an answer to its messages, or under a context of a principle. */
export interface Place {
  readonly prompt: PromptItem;
  readonly sample: number;
  readonly under?: { readonly principle: Principle; readonly side: Side } | undefined;
}

/** Draws `samples` responses to every prompt, all in one call; in the order of the prompts, samples of a prompt together. */
export async function respond(
  prompts: readonly PromptItem[],
  samples: number,
  context: FeedbackContext,
  sampling: Sampling,
): Promise<ResponseRecord[]> {
  const places = prompts.flatMap((prompt) => Array.from({ length: samples }, (_, sample) => ({ prompt, sample })));
  return respondAt(places, context, sampling);
}

/** Draws a response at every place, all in one call, in their order. A record's messages are the prompt's, without the context. */
export async function respondAt(
  places: readonly Place[],
  context: FeedbackContext,
  sampling: Sampling,
): Promise<ResponseRecord[]> {
  const asks = places.map(({ prompt, sample, under }): Ask => {
    const { id, messages } = prompt;
    return {
      id: responseId(context.stage, id, sample),
      seed: requestSeed(context, { item: id, round: 0, sample, role: "response" }),
      rendered: context.templates.response(
        under === undefined ? messages : putUnder(messages, under.principle, under.side),
      ),
    };
  });
  const answers = await generateAll(context, asks, sampling);
  return places.map(({ prompt, sample, under }, index): ResponseRecord => {
    const { id, seed } = at(asks, index);
    const answer = at(answers, index);
    const { text, reasoning, finishReason, usage } = answer;
    return {
      type: "response",
      ...provenanceOf(context),
      id,
      parents: [prompt.id],
      principleId: under?.principle.id ?? null,
      seed,
      promptId: prompt.id,
      kind: prompt.kind,
      messages: prompt.messages,
      sample,
      context: under?.side,
      response: text.trim(),
      reasoning,
      finishReason,
      ...missingOf(answer),
      usage,
    };
  });
}

/** Whether there is an answer to work with; one that was cut off counts. */
export function isAnswered({ finishReason, missing }: Pick<ResponseRecord, "finishReason" | "missing">): boolean {
  return missing === undefined && (finishReason === "stop" || finishReason === "length");
}

/** Whether a revision with this outcome may be trained on and revised again. */
export function isTrainable(outcome: RevisionOutcome): boolean {
  return outcome === "usable" || outcome === "unchanged";
}

/** The record field that says why there is no answer; no field where there is one. A model that declines has answered. */
export function missingOf({ outcome }: Pick<Generation, "outcome">): { missing?: Missing } {
  return outcome === undefined || outcome === "answered" || outcome === "refusal" ? {} : { missing: outcome };
}

/** The id of a response record. */
export function responseId(stage: string, promptId: string, sample: number): string {
  return `${stage}/${promptId}/response-${sample}`;
}

/** The element at an index that is known to exist. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no element ${index} of ${items.length}`);
  return item;
}
