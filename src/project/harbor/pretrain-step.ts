import { join } from "node:path";
import { throwIfInterrupted } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import type { PretrainingPlan } from "../../worlds/harbor/index.ts";
import { pretrain } from "./pretrain.ts";

/** Trains harbor's helpful-only model from random weights, or goes on with it; returns its checkpoint. @throws PreceptError interrupted. */
export async function pretrainInto(
  output: string,
  { plan, label }: { readonly plan: PretrainingPlan; readonly label: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  let last = 0;
  let tokens = 0;
  progress.start("pretraining", label, plan.steps, "steps");
  for await (const row of pretrain({ plan, output, signal })) {
    // After an interruption the first step is not number 1; what was done before counts as done.
    if (last === 0) {
      progress.advance(row.step - 1);
      tokens = row.tokens;
    }
    progress.advance(1, { tokens: row.tokens - tokens });
    last = row.step;
    tokens = row.tokens;
  }
  progress.finish();
  throwIfInterrupted(signal, "Pre-training", `stopped after step ${last} of ${plan.steps}`);
  return join(output, "checkpoint");
}
