import { existsSync } from "node:fs";
import { join } from "node:path";
import { pretrain } from "../../src/project/harbor/pretrain.ts";
import { pretrainingPlans } from "../../src/worlds/harbor/pretraining.ts";
import { progress } from "../inside/shared.ts";

const shape = { hiddenSize: 64, feedForwardSize: 192, layers: 3, heads: 2, keyValueHeads: 1, headSize: 32 };

/** A pre-training by the recipe of `--from-scratch`, of a model that is a fifth as large, or its first steps; goes on where it was interrupted. */
export async function pretrainSmall(scratch: string, steps: number = pretrainingPlans.demo.steps): Promise<string> {
  const plan = { ...pretrainingPlans.demo, shape };
  const output = join(scratch, steps === plan.steps ? "small" : `small-${steps}`);
  let last = 0;
  for await (const { step } of pretrain({ plan, output, stateEvery: 250, steps })) {
    if (last === 0) progress.start("pretraining", "small", steps, "steps");
    progress.advance(step - last);
    last = step;
  }
  if (last > 0) progress.finish();
  const checkpoint = join(output, "checkpoint");
  if (!existsSync(checkpoint)) throw new Error(`no checkpoint in ${output}`);
  return checkpoint;
}
