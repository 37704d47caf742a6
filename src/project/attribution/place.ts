import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AttributedModel, attributedStage, readTrainingExamples } from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import { readRun, type StoredRun } from "../../runs/index.ts";
import { checkpointHash, loadCheckpoint } from "../../transformer/index.ts";
import { earlierCheckpoints } from "./earlier.ts";

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
    remedy: `--records --answer "…" compares an answer with the run's records, without the model`,
  });
}

/** The model, with the examples that it was fine-tuned on. @throws PreceptError as loading and reading do. */
export async function loadAttributed(place: AttributedPlace): Promise<AttributedModel> {
  const { run, trained, checkpoint } = place;
  const examples = await readTrainingExamples(run);
  return {
    checkpoint: await loadCheckpoint(checkpoint),
    hash: await checkpointHash(checkpoint),
    examples: trained === withoutReplay ? examples.filter(({ source }) => source !== "replay") : examples,
    earlier: await earlierCheckpoints(place),
  };
}
