import { brokenBound } from "../monitors.ts";
import type { RolloutJob, TrainingListener, TrainingProgress, TrainingResult } from "../trainer.ts";
import { checkpointFolder, finishJob, intermediateFolder, openJob, saveJob } from "./job-state.ts";
import { saveLearned } from "./learning-model.ts";
import { RolloutLearner } from "./rollout-learner.ts";
import { measure } from "./rollout-round.ts";
import { withoutScalarHead } from "./token-scorer.ts";
import { throwIfStopped } from "./token-training.ts";

/**
 * The loop of ppo, grpo and rloo: sample, score, learn, against any reward with a KL term to the reference. PPO is that of
 * Bai et al. 2022b §4.2 on 2022a §4.1 (clip 0.2, discount 1, no entropy bonus).
 *
 * Departures: PPO's default baseline is the mean of the prompt's other samples instead of a value model (a value head is an
 * option), and its advantages are whitened over a round.
 */
export async function* trainByReinforcement(
  job: RolloutJob,
  { onRollouts }: TrainingListener = {},
): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { fingerprint, saved, finished } = await openJob(job);
  if (finished !== undefined) return finished;
  const learner = await RolloutLearner.create(job, saved);
  try {
    let { tokens = 0, forwardTokens = 0 } = saved ?? {};
    let kept = saved?.kept ?? (await learner.learnedWeights());
    let metrics: Record<string, number> = saved?.metrics ?? {};
    const checkpoints = [...(saved?.checkpoints ?? [])];
    for (let step = (saved?.step ?? 0) + 1; ; step++) {
      throwIfStopped(job.signal, step - 1, job.steps);
      const round = await learner.sample(step);
      await onRollouts?.(step, round.rollouts);
      const measured = measure(round, job);
      tokens += round.tokens;
      forwardTokens += round.tokens;
      const broken = brokenBound(measured.monitored, job.monitors ?? {});
      if (broken !== undefined || step > job.steps) {
        const weights = withoutScalarHead(broken === undefined ? await learner.learnedWeights() : kept);
        await saveLearned(checkpointFolder(job.output), job, learner.model, weights);
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
      kept = await learner.learnedWeights();
      const learned = await learner.learn(round, step);
      tokens += learned.tokens;
      metrics = { ...measured.metrics, ...learned.metrics };
      if (job.checkpointEvery !== undefined && step % job.checkpointEvery === 0) {
        const weights = withoutScalarHead(await learner.learnedWeights());
        await saveLearned(intermediateFolder(job.output, step), job, learner.model, weights);
        checkpoints.push(step);
      }
      try {
        yield { step, steps: job.steps, tokens, forwardTokens, metrics };
      } finally {
        // Told first, so that whoever continues from this state after a kill has written down its round.
        if (step % (job.stateEvery ?? 10) === 0) {
          const progress = { step, tokens, forwardTokens, metrics, checkpoints };
          await saveJob(job.output, fingerprint, learner.session, progress, kept);
        }
      }
    }
  } finally {
    await learner.dispose();
  }
}
