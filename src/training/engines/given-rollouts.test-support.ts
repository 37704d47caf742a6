import { encodePrompt } from "../local/encoding.ts";
import { RolloutLearner } from "../local/rollout-learner.ts";
import { finish, temporaryFolder } from "../local/tiny.test-support.ts";
import type { ScoredRollout } from "../trainer.ts";
import type { RoundJob } from "./plan-rounds.ts";
import { PythonTrainer, type PythonTrainerOptions } from "./python-trainer.ts";

/** A job without its folder, of one round. */
export type UnplacedRound = RoundJob extends infer J
  ? J extends RoundJob
    ? Omit<J, "output" | "steps">
    : never
  : never;

export interface Learned {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What TRL learns from a round that it draws, and our own engine from the same responses with the same rewards. */
export async function learnOnBoth(
  unplaced: UnplacedRound,
  options: PythonTrainerOptions = {},
): Promise<{ readonly local: Learned; readonly python: Learned }> {
  const job: RoundJob = { ...unplaced, steps: 1, output: await temporaryFolder() };
  const drawn: (readonly ScoredRollout[])[] = [];
  const onRollouts = async (_: number, rollouts: readonly ScoredRollout[]): Promise<void> => {
    drawn.push(rollouts);
  };
  const { steps } = await finish(new PythonTrainer(options).train(job, { onRollouts }));
  const metrics = steps[0]?.metrics ?? {};
  const python = { loss: metrics["loss"] ?? Number.NaN, gradientNorm: metrics["gradient_norm"] ?? Number.NaN, metrics };
  return { local: await learnGiven(job, drawn[0] ?? []), python };
}

/** One round of our own engine on responses and rewards that are given. */
async function learnGiven(job: RoundJob, rollouts: readonly ScoredRollout[]): Promise<Learned> {
  const learner = await RolloutLearner.create(job, undefined);
  try {
    const samples = rollouts.map(({ id, promptId, prompt, tokens, finishReason }) => {
      const before = encodePrompt(learner.model.tokenizer, prompt);
      const place = { responseStart: before.length, isEnded: finishReason === "stop" };
      return { id, prompt: { id: promptId, prompt }, tokens: [...before, ...tokens], ...place };
    });
    const round = { ...(await learner.read(samples)), scores: rollouts.map(({ reward }) => reward) };
    const { metrics } = await learner.learn(round, 1);
    return {
      loss: metrics["loss/policy_avg"] ?? Number.NaN,
      gradientNorm: metrics["gradient_norm"] ?? Number.NaN,
      metrics,
    };
  } finally {
    await learner.dispose();
  }
}
