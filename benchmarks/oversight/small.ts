import { existsSync } from "node:fs";
import { join } from "node:path";
import { pretrain } from "../../src/project/harbor/pretrain.ts";
import { pretrainingPlans } from "../../src/worlds/harbor/pretraining.ts";
import { progress } from "../inside/shared.ts";

const shape = { hiddenSize: 64, feedForwardSize: 192, layers: 3, heads: 2, keyValueHeads: 1, headSize: 32 };

/** A pre-training by the recipe of `--from-scratch`, of a model that is a fifth as large; goes on where it was interrupted. */
export async function pretrainSmall(scratch: string): Promise<string> {
  const plan = { ...pretrainingPlans.demo, shape };
  const output = join(scratch, "small");
  progress.start("pretraining", "small", plan.steps, "steps");
  let last = 0;
  for await (const { step } of pretrain({ plan, output, stateEvery: 250 })) {
    progress.advance(step - last);
    last = step;
  }
  progress.finish();
  const checkpoint = join(output, "checkpoint");
  if (!existsSync(checkpoint)) throw new Error(`no checkpoint in ${output}`);
  return checkpoint;
}
