import { PreceptError } from "../errors.ts";
import type { FeedbackContext } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import type { DataStageContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import { signalOf } from "./train.ts";

/** A feedback context for one stage; every answer's tokens go to the progress line and the meter. */
export function feedbackContext(
  context: DataStageContext,
  stage: string,
  modelName: string,
  model: LanguageModel,
  meter: Meter,
): FeedbackContext {
  const { constitution, templates, seed, progress } = context;
  return {
    model,
    modelName,
    constitution,
    templates,
    seed,
    stage,
    ...signalOf(context),
    onAnswer: ({ promptTokens, completionTokens }) => {
      meter.countSampled(promptTokens + completionTokens);
      progress.advance(0, { tokens: promptTokens + completionTokens });
    },
  };
}

/** @throws PreceptError input-invalid for an empty list of prompts. */
export function refuseNothing(prompts: number, stage: string): void {
  if (prompts > 0) return;
  throw new PreceptError("input-invalid", {
    attempted: `Running ${stage}`,
    found: "no prompts",
    expected: "one prompt or more",
  });
}
