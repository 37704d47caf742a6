import { PreceptError } from "../errors.ts";
import type { FeedbackContext } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import type { DataStageContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import { signalOf } from "./train.ts";

/**
 * A feedback context for one batch of a stage; every answer's tokens go to the progress line and the meter, and what share of
 * at most `calls` calls is answered to `onShare`. @throws what `refuseUseless` does.
 */
export function feedbackContext(
  context: DataStageContext,
  stage: string,
  { name: modelName, model }: { readonly name: string; readonly model: LanguageModel },
  meter: Meter,
  { calls, onShare }: { readonly calls: number; readonly onShare: (share: number) => void },
): FeedbackContext {
  context.refuseUseless?.();
  const { constitution, templates, grounds, seed, progress } = context;
  let ended = 0;
  return {
    model,
    modelName,
    constitution,
    templates,
    grounds,
    seed,
    stage,
    ...signalOf(context),
    onAnswer: ({ promptTokens, completionTokens }) => {
      meter.countSampled(promptTokens + completionTokens);
      progress.advance(0, { tokens: promptTokens + completionTokens });
    },
    onShare: (share) => {
      onShare((ended + share) / calls);
      if (share === 1) ended += 1;
    },
    onRecords: (records) => {
      context.onRecords?.(records);
      context.refuseUseless?.();
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
