import { join } from "node:path";
import { withModel } from "../../../language-model.ts";
import { LocalModel } from "../../../models/local/index.ts";
import { bestOfNDistance, bestOfNMeans, type Course, type Scored } from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { mean } from "../../../statistics/index.ts";
import type { RolloutPrompt } from "../../../training/index.ts";
import { preferenceScores } from "../../../training/local/index.ts";
import { trainToEnd } from "../../train-to-end.ts";
import { drawPool, type PooledAnswer } from "./teacher.ts";

/** One preference model, and the policy that is pushed up it. */
export interface Push {
  readonly name: string;
  /** Where its RL is kept. */
  readonly folder: string;
  readonly policy: string;
  readonly preferenceModel: string;
  readonly seed: number;
  readonly prompts: readonly RolloutPrompt[];
  /** Rounds of RL, and after how many each a checkpoint is kept. */
  readonly rl: { readonly steps: number; readonly every: number; readonly rollouts: number };
  /** The policy's own answers to the held-out prompts. */
  readonly pool: readonly (readonly PooledAnswer[])[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Answers with what the preference model says of each. */
async function scorePool(
  checkpoint: string,
  pool: readonly (readonly PooledAnswer[])[],
): Promise<(PooledAnswer & Scored)[][]> {
  const scorer = await preferenceScores(checkpoint);
  try {
    const scores = (await scorer.score(pool.flat())).values();
    return pool.map((answers) => answers.map((answer) => ({ ...answer, proxy: scores.next().value ?? 0 })));
  } finally {
    await scorer.dispose();
  }
}

const rowsOf = (points: readonly (readonly Scored[])[]): Pick<Course, "proxy" | "gold"> => ({
  proxy: points.map((row) => row.map(({ proxy }) => proxy)),
  gold: points.map((row) => row.map(({ gold }) => gold)),
});

/** The best of 1, 2, 4, … answers by the preference model. */
export async function measureBestOfN({ preferenceModel, pool }: Push): Promise<Course> {
  const scored = await scorePool(preferenceModel, pool);
  const most = Math.min(...scored.map((answers) => answers.length));
  const ns = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, power) => 2 ** power);
  const byPrompt = scored.map((answers) => bestOfNMeans(answers, ns));
  const points = ns.map((_, at) => byPrompt.map((means) => means[at] ?? { proxy: 0, gold: 0 }));
  return { pressure: "best-of-n", distances: ns.map(bestOfNDistance), ...rowsOf(points) };
}

/** PPO without a leash, its advantages whitened: what holds it back is left out, so that the distance grows. */
export const pushing = {
  ...{ samplesPerPrompt: 4, epochs: 2, minibatches: 2, learningRate: 3e-4 },
  ...{ klCoefficient: 0, whitenAdvantages: true, maxTokens: 56 },
} as const;

/** RL up the preference model; each kept policy answers the held-out prompts, and only then gold is asked. */
export async function measureRl(push: Push): Promise<Course> {
  const { name, folder, policy, preferenceModel, seed, prompts, rl, pool, progress, signal } = push;
  const { steps, every, rollouts } = rl;
  const job = { ...pushing, initial: policy, output: folder, seed, prompts, signal };
  await trainToEnd(
    {
      ...job,
      objective: "ppo",
      reward: { checkpoint: preferenceModel },
      steps,
      rolloutsPerStep: rollouts,
      checkpointEvery: every,
    },
    progress,
    { stage: "overoptimise", label: `RL, ${name}` },
  );
  const meansOf = (scored: readonly (readonly (PooledAnswer & Scored)[])[]): Scored[] =>
    scored.map((answers) => ({
      proxy: mean(answers.map(({ proxy }) => proxy)),
      gold: mean(answers.map(({ gold }) => gold)),
    }));
  const points = [meansOf(await scorePool(preferenceModel, pool))];
  const distances = [0];
  const reference = await LocalModel.load(policy);
  try {
    for (let step = every; step <= steps; step += every) {
      const answers = await withModel(
        () => LocalModel.load(join(folder, `checkpoint-${step}`)),
        async (open) =>
          drawPool(await open(), { seed, signal, progress, amounts: { prompts: pool.length, samples: 1 } }),
      );
      distances.push(Math.sqrt(await measureKl(reference, answers.flat())));
      points.push(meansOf(await scorePool(preferenceModel, answers)));
    }
  } finally {
    await reference.dispose();
  }
  return { pressure: "rl", distances, ...rowsOf(points) };
}

/**
 * KL of the policy that gave the answers from a reference, nats a sequence: Σ r − 1 − log r over the tokens that were sampled,
 * r = π₀/π, which is never below 0 (Schulman's k3).
 */
export async function measureKl(
  { transformer }: LocalModel,
  answers: readonly Pick<PooledAnswer, "prompt" | "tokens" | "logprobs">[],
): Promise<number> {
  const prompts = answers.map(({ prompt }) => transformer.tokenizer.encode(prompt, { addSpecialTokens: true }));
  // Read anew, a text may fall into other tokens than those that were drawn.
  const sequences = answers.map(({ tokens }, index) => [...(prompts[index] ?? []), ...tokens]);
  const from = prompts.map(({ length }) => length);
  const scored = await transformer.logprobs(sequences, { from });
  return mean(
    answers.map(({ logprobs }, index) =>
      logprobs.reduce((sum, logprob, token) => {
        const log = (scored[index]?.[(from[index] ?? 0) + token] ?? logprob) - logprob;
        return sum + Math.exp(log) - 1 - log;
      }, 0),
    ),
  );
}
