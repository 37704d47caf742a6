import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../../errors.ts";
import type { Progress } from "../../../progress/index.ts";
import { foundFormat, keepFound, readFound } from "../../../storage/index.ts";
import { loadTrainerState, trainingFlopsPerToken, weightShapes } from "../../../transformer/index.ts";
import { sweptPlan } from "../../../worlds/harbor/index.ts";
import { harborConfig } from "../../harbor/pretrain.ts";
import { pretrainInto } from "../../harbor/pretrain-step.ts";

/** One size of one seed of a sweep. */
export interface SweptSize {
  readonly width: number;
  readonly seed: number;
  /** Of pre-training. */
  readonly steps: number;
  /** Where everything of this size is. */
  readonly folder: string;
}

const pretrainedSchema = z.object({
  format: foundFormat,
  width: z.int(),
  steps: z.int(),
  parameters: z.int(),
  tokens: z.int(),
  flops: z.number(),
  seconds: z.number(),
});

export type Pretrained = Omit<z.infer<typeof pretrainedSchema>, "format"> & { readonly checkpoint: string };

/** Weights of a model of harbor with so many channels. */
export function parametersOfWidth(width: number): number {
  const shapes = weightShapes(harborConfig(sweptPlan(width, 1, 1)));
  return [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, side) => product * side, 1), 0);
}

/** Pre-trains one size, or goes on with it, and keeps what that took. @throws PreceptError interrupted, usage. */
export async function pretrainSize(size: SweptSize, progress: Progress, signal: AbortSignal): Promise<Pretrained> {
  const { width, seed, steps, folder } = size;
  const output = join(folder, "initial");
  const file = join(output, "pretrained.json");
  const checkpoint = join(output, "checkpoint");
  const done = readFound(file, pretrainedSchema);
  if (done !== undefined && done.steps === steps) return { ...done, checkpoint };
  if (done !== undefined) throw otherSteps(folder, done.steps, steps);
  const plan = sweptPlan(width, seed, steps);
  const label = `${parametersOfWidth(width).toLocaleString("en-US")} weights, seed ${seed}`;
  await pretrainInto(output, { plan, label }, progress, signal);
  const state = await loadTrainerState(join(output, "trainer-state"));
  const { tokens, seconds } = z.object({ tokens: z.int(), seconds: z.number() }).parse(state?.json);
  const parameters = parametersOfWidth(width);
  const perToken = trainingFlopsPerToken(harborConfig(plan), parameters, plan.length);
  const pretrained = { width, steps, parameters, tokens, flops: perToken * steps * plan.batch * plan.length, seconds };
  keepFound(file, pretrained);
  // Three times the weights, for a training that has ended.
  rmSync(join(output, "trainer-state"), { recursive: true, force: true });
  return { ...pretrained, checkpoint };
}

function otherSteps(folder: string, found: number, expected: number): PreceptError {
  return new PreceptError("usage", {
    attempted: `Going on with the sweep in ${folder}`,
    found: `a size that was pre-trained for ${found} steps, and --steps ${expected}`,
    expected: "the same tokens at every size",
    remedy: `--steps ${found}, or another folder`,
  });
}
