import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type AttributedModel, attributedStage, type Recipe, readTrainingExamples } from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { readRun, type StoredRun } from "../../runs/index.ts";
import { checkpointHash, loadCheckpoint } from "../../transformer/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { initialModelOf } from "../run-model.ts";

/** The checkpoint that was fine-tuned without the rehearsed documents. */
const withoutReplay = `${attributedStage}/without-replay`;

/** A run's checkpoint that answers, and the one whose training examples its answers are traced to. */
export interface AttributedPlace {
  readonly run: StoredRun;
  /** "sl-cai", "rl-cai", …: who answers. */
  readonly answering: string;
  /** "sl-cai", or "sl-cai/without-replay". */
  readonly trained: string;
  /** Folder of the trained checkpoint. */
  readonly checkpoint: string;
  /** Where its index stands. */
  readonly index: string;
}

/** Stages whose models come from SL-CAI and were then trained on rewards or pairs. */
const laterStages: readonly string[] = ["dpo", "rl-cai"];

/**
 * "RUN@STAGE", or "RUN" for SL-CAI. @throws PreceptError usage for a model that was trained on nothing of the run, or for no run;
 * checkpoint-missing for a run that made data only.
 */
export function findAttributed(place: string): AttributedPlace {
  const given = place.replace(/^local:/, "");
  const at = given.lastIndexOf("@");
  const isNamed = at > 0 && existsSync(join(given.slice(0, at), "manifest.json"));
  const run = readRun(isNamed ? given.slice(0, at) : given);
  const answering = isNamed ? given.slice(at + 1) : attributedStage;
  if (![attributedStage, withoutReplay, ...laterStages].includes(answering)) {
    throw new PreceptError("usage", {
      attempted: `Attributing answers of ${place}`,
      found: answering === "initial" ? "the model that the run began with" : `no stage ${answering} that is attributed`,
      expected: `one of ${[attributedStage, withoutReplay, ...laterStages].join(", ")}`,
      remedy: `${run.folder}@${attributedStage}`,
    });
  }
  const trained = answering === withoutReplay ? withoutReplay : attributedStage;
  const checkpoint = join(run.folder, trained, "checkpoint");
  if (existsSync(checkpoint)) {
    const index = join(run.folder, "attribution", trained.replaceAll("/", "-"));
    return { run, answering, trained, checkpoint, index };
  }
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for the model that ${run.name} fine-tuned`,
    found: `no ${trained}/checkpoint`,
    expected: "a run that trained here",
    remedy: `precept attribute ${run.folder} --records, which searches the records alone`,
  });
}

/** The model, with the examples that it was fine-tuned on. @throws PreceptError as loading and reading do. */
export async function loadAttributed({ run, trained, checkpoint }: AttributedPlace): Promise<AttributedModel> {
  const examples = await readTrainingExamples(run);
  return {
    checkpoint: await loadCheckpoint(checkpoint),
    hash: await checkpointHash(checkpoint),
    examples: trained === withoutReplay ? examples.filter(({ source }) => source !== "replay") : examples,
  };
}

const recipeSchema = z.looseObject({
  adapter: z.looseObject({ rank: z.number() }).optional(),
  slCai: z.looseObject({
    training: z.looseObject({
      epochs: z.number(),
      learningRate: z.number(),
      schedule: z.object({ shape: z.enum(["constant", "linear", "cosine"]), warmup: z.number() }).optional(),
      batch: z.number().optional(),
      length: z.number().optional(),
    }),
  }),
});

/** How the run fine-tuned, to do it again. @throws PreceptError run-invalid where it does not say. */
export function recipeOf({ run }: AttributedPlace): Recipe {
  const { method, seed } = run.manifest;
  const read = recipeSchema.safeParse(method);
  const model = initialModelOf(run.manifest);
  const initial = model === undefined ? committedCheckpoint : model.replace(/^local:/, "").replace(/@sha256:.*$/, "");
  const own = join(run.folder, "initial", "checkpoint");
  if (read.success) {
    const { adapter, slCai } = read.data;
    const { epochs, learningRate, schedule, batch, length } = slCai.training;
    return {
      objective: "sft",
      initial: existsSync(own) ? own : initial,
      seed,
      epochs,
      learningRate,
      ...omitUndefined({ schedule, batch, length, lora: adapter }),
    };
  }
  throw new PreceptError("run-invalid", {
    attempted: `Reading how ${run.name} fine-tuned`,
    found: z.prettifyError(read.error),
    expected: "the settings of sl-cai in the manifest's method",
  });
}
