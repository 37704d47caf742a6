import { PreceptError } from "../../errors.ts";
import { saveCheckpoint } from "../../transformer/checkpoint.ts";
import { brokenBound } from "../monitors.ts";
import type { PpoJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { checkpointFolder, finishJob, intermediateFolder, openJob, saveJob } from "./job-state.ts";
import { PpoLearner } from "./ppo-learner.ts";
import { measure } from "./ppo-round.ts";
import { withoutScalarHead } from "./token-scorer.ts";
import { throwIfInterrupted } from "./token-training.ts";

/**
 * PPO against a reward function with a KL term to the reference; Bai et al. 2022b §4.2 on 2022a §4.1 (clip 0.2, discount 1,
 * no entropy bonus).
 *
 * Departures: the default baseline is the mean of the prompt's other samples instead of a value model (a value head is an
 * option), and advantages are whitened over a round.
 */
export async function* trainPpo(job: PpoJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { fingerprint, saved, finished } = await openJob(job);
  if (finished !== undefined) return finished;
  if (job.prompts.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Training by reinforcement",
      found: "no prompts",
      remedy: "check what the stage before wrote",
    });
  }
  const learner = await PpoLearner.create(job, saved);
  try {
    let { tokens = 0 } = saved ?? {};
    let kept = saved?.kept ?? learner.initial;
    let metrics: Record<string, number> = saved?.metrics ?? {};
    const checkpoints = [...(saved?.checkpoints ?? [])];
    for (let step = (saved?.step ?? 0) + 1; ; step++) {
      throwIfInterrupted(job.signal, step - 1, job.steps);
      const round = await learner.sample(step);
      const measured = measure(round, job);
      tokens += round.rollouts.reduce((total, rollout) => total + rollout.tokens.length, 0);
      const broken = brokenBound(measured.monitored, job.monitors ?? {});
      if (broken !== undefined || step > job.steps) {
        const { config, tokenizer } = learner.checkpoint;
        const weights = withoutScalarHead(broken === undefined ? await learner.weights() : kept);
        await saveCheckpoint(checkpointFolder(job.output), { config, tokenizer, weights });
        const stopped = broken === undefined ? {} : { stopped: { reason: broken, step } };
        const final = Object.fromEntries(
          Object.entries(measured.metrics).map(([name, value]) => [`final/${name}`, value]),
        );
        return await finishJob(job.output, fingerprint, {
          steps: step - 1,
          tokens,
          metrics: { ...metrics, ...final },
          checkpoints,
          ...stopped,
        });
      }
      kept = await learner.weights();
      const learned = await learner.learn(round, step);
      tokens += learned.tokens;
      metrics = { ...measured.metrics, ...learned.metrics };
      if (job.checkpointEvery !== undefined && step % job.checkpointEvery === 0) {
        const { config, tokenizer } = learner.checkpoint;
        await saveCheckpoint(intermediateFolder(job.output, step), {
          config,
          tokenizer,
          weights: withoutScalarHead(await learner.weights()),
        });
        checkpoints.push(step);
      }
      if (step % (job.stateEvery ?? 10) === 0) {
        await saveJob(job.output, fingerprint, learner.session, { step, tokens, metrics, checkpoints }, kept);
      }
      yield { step, steps: job.steps, tokens, metrics };
    }
  } finally {
    await learner.dispose();
  }
}
