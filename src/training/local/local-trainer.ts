import type { Trainer, TrainingJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { trainPpo } from "./ppo.ts";
import { trainPreferenceModel } from "./preference-model.ts";
import { trainSft } from "./sft.ts";

/** Trains in this process, on the CPU; result.seconds is the wall time of this process's part. */
export class LocalTrainer implements Trainer {
  readonly objectives = ["sft", "preference-model", "ppo"] as const;

  async *train(job: TrainingJob): AsyncGenerator<TrainingProgress, TrainingResult> {
    const start = performance.now();
    const result = yield* loopOf(job);
    return { ...result, seconds: (performance.now() - start) / 1000 };
  }
}

function loopOf(job: TrainingJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  if (job.objective === "sft") return trainSft(job);
  return job.objective === "preference-model" ? trainPreferenceModel(job) : trainPpo(job);
}
