import type { Progress } from "../progress/index.ts";
import type { TrainingJob } from "../training/index.ts";
import { LocalTrainer } from "../training/local/index.ts";

/** Runs a training in this process to its end; its checkpoint. A job that is done already says nothing. */
export async function trainJob(
  job: TrainingJob,
  progress: Progress,
  { stage, label }: { readonly stage: string; readonly label: string },
): Promise<string> {
  const steps = new LocalTrainer().train(job);
  let done = 0;
  for (;;) {
    const next = await steps.next();
    if (next.done === true) {
      if (done > 0) progress.finish();
      return next.value.checkpoint;
    }
    const { step, steps: total } = next.value;
    if (done === 0) progress.start(stage, label, total, "steps");
    progress.advance(step - done);
    done = step;
  }
}
