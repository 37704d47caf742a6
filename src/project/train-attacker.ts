import { join } from "node:path";
import { PreceptError } from "../errors.ts";
import { withModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import { type AttackLanguage, attemptRecordSchema, type Goal, type Range, scoreWritten } from "../redteam/index.ts";
import { rng } from "../rng.ts";
import { RecordLog } from "../runs/index.ts";
import { makeFolder } from "../storage/index.ts";
import type { Rollout } from "../training/index.ts";
import { governanceOf, harborAttackLanguage, harborGoals } from "../worlds/harbor/index.ts";
import { committedCheckpoint } from "./harbor/inputs.ts";
import { openTarget, rangeOf, type TargetRequest } from "./redteam.ts";
import { trainToEnd } from "./train-to-end.ts";
import { withReward } from "./writer-reward.ts";

export interface AttackerTraining extends TargetRequest {
  /** Holds both trainings and every attack; the same call goes on after an interruption. */
  readonly folder: string;
  /** Requests to the target, in rounds of 125. */
  readonly budget: number;
  readonly seed: number;
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** Only the first so many details of each kind are written. Default: all. */
  readonly details?: number | undefined;
  /** A control: rewards are dealt out anew within each round. */
  readonly isShuffled?: boolean | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainedAttacker {
  /** Of the request writer, before any reward and after. */
  readonly untrained: string;
  readonly checkpoint: string;
  /** The file of its attacks. */
  readonly attempts: string;
}

const perRound = 125;
const perPrompt = 25;
/** Requests a principle from which the writer learns what requests look like. */
const examplesPerPrinciple = 300;

/**
 * A request writer for harbor: its helpful-only model, fine-tuned on requests drawn by its grammar, then reinforced by PPO where the
 * target breaks the rule as its critic sees it, and where words are new (Hong et al. 2024). The oracle is asked nothing.
 * @throws PreceptError usage for a target outside harbor; what models, trainer and disk throw.
 */
export async function trainAttacker(training: AttackerTraining): Promise<TrainedAttacker> {
  const { folder, seed, budget, details, isShuffled = false, progress, signal, temperature = 1 } = training;
  const opened = await openTarget(training);
  const { target, judge, constitution, isHarbor, close } = opened;
  if (!isHarbor) throw notHarbor(training.target);
  const goals = harborGoals(governanceOf(constitution));
  const language = harborAttackLanguage(details);
  const asked = [...Map.groupBy(goals, ({ principleId }) => principleId)].flatMap(([id, [goal]]) => {
    const principle = constitution.principles.find((one) => one.id === id);
    return goal === undefined || principle === undefined ? [] : [{ goal, prompt: language.invite(goal, principle) }];
  });
  makeFolder(folder);
  const examples = await drawExamples(asked, goals, language, seed);
  const common = { seed, signal };
  const untrained = await trainToEnd(
    {
      ...common,
      objective: "sft",
      initial: committedCheckpoint,
      output: join(folder, "writer"),
      examples,
      epochs: 2,
      learningRate: 1e-3,
    },
    progress,
    { stage: "redteam", label: "requests of the grammar" },
  );
  const [output, log] = isShuffled ? ["shuffled", "attempts-shuffled"] : ["reinforced", "attempts"];
  const attempts = RecordLog.open(folder, log, attemptRecordSchema);
  try {
    const checkpoint = await withModel(target.open, (openModel) =>
      withModel(judge.open, async (openJudge) => {
        const options = { seed, temperature, maxTokens: 56 };
        const range: Range = rangeOf(opened, await openModel(), await openJudge(), options, signal);
        const score = (rollouts: readonly Rollout[]): Promise<readonly number[]> => {
          const written = rollouts.flatMap(({ id, promptId, response }) => {
            const goal = goals.find((one) => one.id === promptId);
            return goal === undefined ? [] : [{ id, goal, text: response }];
          });
          const round = Number.parseInt(rollouts[0]?.id ?? "", 10);
          return scoreWritten(round, written, { range, goals, language, attempts, isShuffled });
        };
        return withReward(score, (reward) =>
          trainToEnd(
            {
              ...common,
              objective: "ppo",
              initial: untrained,
              output: join(folder, output),
              prompts: asked.map(({ goal, prompt }) => ({ id: goal.id, prompt })),
              reward,
              // The last round shows what was learned, and its requests are attacks as well.
              steps: Math.max(1, Math.floor(budget / perRound) - 1),
              rolloutsPerStep: perRound,
              samplesPerPrompt: perPrompt,
              maxTokens: 32,
              learningRate: 5e-4,
              klCoefficient: 0.02,
              stateEvery: 1,
            },
            progress,
            { stage: "redteam", label: "attacks" },
          ),
        );
      }),
    );
    await attempts.close();
    return { untrained, checkpoint, attempts: join(folder, `${log}.jsonl`) };
  } finally {
    attempts.release();
    await close();
  }
}

/** Requests of every principle, over its words, ways and sentences alike. */
async function drawExamples(
  asked: readonly { readonly goal: Goal; readonly prompt: ReturnType<AttackLanguage["invite"]> }[],
  goals: readonly Goal[],
  language: AttackLanguage,
  seed: number,
) {
  const random = rng(seed, "attacker-examples");
  const drawn = asked.flatMap(({ goal, prompt }) => {
    const own = goals.filter(({ principleId }) => principleId === goal.principleId);
    return Array.from({ length: examplesPerPrinciple }, (_, index) => ({
      id: `${goal.id}-${index}`,
      prompt,
      rewrite: { goal: random.pick(own), technique: random.pick(language.techniques) },
    }));
  });
  const texts = await language.rewrite(
    drawn.map(({ rewrite }) => rewrite),
    random,
    async () => [],
  );
  return drawn.map(({ id, prompt }, index) => ({ id, prompt, completion: ` ${texts[index] ?? ""}` }));
}

function notHarbor(target: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Training an attacker against ${target}`,
    found: "a model outside harbor",
    expected: "a model of harbor, whose grammar writes the first requests",
    remedy:
      "train a writer of your own by precept train grpo --reward, and give it to precept redteam --strategy trained --attacker",
  });
}
