import { requireEngine } from "../../tensor/index.ts";
import { countParameters } from "../../transformer/index.ts";
import type { Trainer, TrainingJob, TrainingListener, TrainingProgress, TrainingResult } from "../trainer.ts";
import { trainDpo } from "./dpo.ts";
import { refuseDialogues } from "./encoding.ts";
import { fingerprintOf } from "./job-state.ts";
import { trainPreferenceModel } from "./preference-model.ts";
import { trainByReinforcement } from "./reinforcement.ts";
import { trainOnSelected } from "./selection.ts";
import { trainSft } from "./sft.ts";
import { trainTokenHeads } from "./token-heads.ts";

/** Trains in this process; result.seconds is the wall time of this process's part. */
export class LocalTrainer implements Trainer {
  readonly objectives = [
    "sft",
    "preference-model",
    "dpo",
    "token-heads",
    "ppo",
    "grpo",
    "rloo",
    "rejection-sampling",
  ] as const;

  /** @throws PreceptError package-missing; input-invalid for dialogues where the model does not say how it writes them. */
  async fingerprint(job: TrainingJob): Promise<string> {
    requireEngine();
    await refuseDialogues(job);
    return fingerprintOf(job);
  }

  async *train(job: TrainingJob, listener: TrainingListener = {}): AsyncGenerator<TrainingProgress, TrainingResult> {
    const start = performance.now();
    const result = yield* loopOf(job, listener);
    const seconds = (performance.now() - start) / 1000;
    return { ...result, seconds, parameters: await countParameters(job.initial) };
  }
}

function loopOf(job: TrainingJob, listener: TrainingListener): AsyncGenerator<TrainingProgress, TrainingResult> {
  switch (job.objective) {
    case "sft":
      return trainSft(job);
    case "preference-model":
      return trainPreferenceModel(job);
    case "dpo":
      return trainDpo(job);
    case "token-heads":
      return trainTokenHeads(job);
    case "ppo":
    case "grpo":
    case "rloo":
      return trainByReinforcement(job, listener);
    case "rejection-sampling":
      return trainOnSelected(job);
  }
}
