import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { type PromptItem, SCHEMA_VERSION } from "../records/index.ts";
import { collect, defineStage } from "../runs/index.ts";
import { contentHash, hashModel } from "../storage/index.ts";
import { type RolloutJob, type RolloutRecord, rolloutSchema, type ScoredRollout } from "../training/index.ts";
import type { StageContext } from "./context.ts";
import { refuseNothing } from "./feedback-context.ts";
import { type MethodOptions, paperMethod, type RlCaiOptions } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type RlCaiSummary, rlCaiSummarySchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

/** Reinforcement learning from AI feedback, and every rollout of it. */
export const rlCaiStage = defineStage({
  name: "rl-cai",
  after: ["sl-cai", "preference-model"],
  records: { records: rolloutSchema },
});

export interface RlCaiInputs {
  readonly prompts: readonly PromptItem[];
  /** Checkpoint folder of SL-CAI: where the policy starts, and the reference of the KL term. */
  readonly slCai: string;
  /** Checkpoint folder of the preference model. */
  readonly preferenceModel: string;
  /** Of the preference model on its own training pairs: rewards are score − meanScore, nats of log-odds. */
  readonly meanScore: number;
}

/**
 * Reinforcement learning from AI feedback, Bai et al. 2022 §4.1-4.2: PPO, or another objective, from SL-CAI against the preference
 * model, with a KL term to SL-CAI. Rewards are the scores shifted to mean 0 (Ouyang et al. 2022 §3.5), never scaled: over its own
 * deviation, the noise of a preference model that learned nothing would be as loud as a judgement.
 * @throws PreceptError what the trainer or the disk throw; the stage stays resumable.
 */
export async function rlCai(
  context: StageContext,
  inputs: RlCaiInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<RlCaiSummary>> {
  const { prompts, slCai, preferenceModel, meanScore } = inputs;
  const { rlCai: settings } = options;
  refuseNothing(prompts.length, "rl-cai");
  const read = {
    options: settings,
    adapter: options.adapter,
    slCai: await hashModel(slCai),
    preferenceModel: await hashModel(preferenceModel),
    meanScore,
    prompts: contentHash(prompts),
  };
  return runStage(context, rlCaiStage, read, rlCaiSummarySchema, async (writer, meter) => {
    const log = await writer.records("records");
    // What `completion` writes before a response; the preference model was trained on responses after it.
    const responsePrefix = context.templates.completion?.("");
    const reward = { checkpoint: preferenceModel, meanScore, responsePrefix };
    const { steps, rolloutsPerStep, samplesPerPrompt, epochs, minibatches, learningRate } = settings;
    const { clipRange, klCoefficient, monitors, checkpointEvery } = settings;
    const rendered = prompts.map(({ id, messages }) => ({ id, ...context.templates.response(messages) }));
    const longest = Math.max(...rendered.map(({ maxTokens }) => maxTokens));
    const job: RolloutJob = {
      ...objectiveOf(settings),
      initial: slCai,
      reference: slCai,
      output: writer.folder,
      seed: context.seed,
      prompts: rendered.map(({ id, prompt }) => ({ id, prompt })),
      maxTokens: settings.maxTokens ?? longest,
      reward,
      steps,
      rolloutsPerStep,
      samplesPerPrompt,
      epochs,
      minibatches,
      learningRate,
      clipRange,
      klCoefficient,
      monitors,
      checkpointEvery,
      ...jobSettings(settings, options),
      ...signalOf(context),
    };
    const onRollouts = async (step: number, scored: readonly ScoredRollout[]): Promise<void> => {
      const batch = scored[0]?.id;
      // A round that is done again after an interruption is there already.
      if (batch === undefined || log.isDone(batch)) return;
      await log.append(
        batch,
        scored.map((rollout) => rolloutRecord(rollout, step, context)),
      );
    };
    const training = { stage: "rl-cai", label: "reinforcement learning", onRollouts };
    const result = await train(context, job, writer, meter, training);
    const rollouts = (await collect(log)).length;
    await log.close();
    const course = await courseOf(writer.folder);
    return {
      ...meter.cost(),
      counts: { prompts: prompts.length, steps: result.steps, rollouts },
      training: trainedSummary(result),
      checkpoints: (result.checkpoints ?? []).map(({ step, folder }) => {
        // A round is measured before it is learned from: what policy k does stands in round k + 1, or at the end.
        return { step, folder: basename(folder), ...(course.get(step + 1) ?? finalOf(result.metrics)) };
      }),
      ...(result.stopped === undefined ? {} : { stopped: result.stopped.reason, stoppedAt: result.stopped.step }),
    };
  });
}

/** An objective with what it alone takes. */
function objectiveOf({ objective = "ppo", baseline, whitenAdvantages }: RlCaiOptions) {
  if (objective === "ppo") return { objective, baseline, whitenAdvantages } as const;
  return objective === "rloo" ? ({ objective, whitenAdvantages } as const) : ({ objective } as const);
}

function rolloutRecord(
  { id, promptId, response, score, reward }: ScoredRollout,
  step: number,
  { constitution, templates, seed }: StageContext,
): RolloutRecord {
  return {
    type: "rollout",
    schemaVersion: SCHEMA_VERSION,
    id: `rl-cai/step-${String(step).padStart(4, "0")}/${id}`,
    parents: [promptId],
    principleId: null,
    constitutionHash: constitution.hash,
    templateVersion: templates.version,
    model: "rl-cai",
    seed,
    promptId,
    step,
    response,
    score,
    reward,
  };
}

function finalOf(metrics: Readonly<Record<string, number>>): {
  klNats?: number | undefined;
  reward?: number | undefined;
} {
  const { "final/objective/kl": klNats, "final/objective/scores": reward } = metrics;
  return { klNats, reward };
}

const courseRow = z.looseObject({ step: z.number(), "objective/kl": z.number(), "objective/scores": z.number() });

/** Sequence KL (nats) and mean reward of the sampling policy by round, from metrics.jsonl; the last row of a round counts. */
async function courseOf(folder: string): Promise<ReadonlyMap<number, { klNats: number; reward: number }>> {
  const text = await readFile(join(folder, "metrics.jsonl"), "utf8").catch(() => "");
  const rows = text.split("\n").filter((line) => line !== "");
  return new Map(
    rows.flatMap((line) => {
      const row = courseRow.safeParse(JSON.parse(line));
      if (!row.success) return [];
      const { step, "objective/kl": klNats, "objective/scores": reward } = row.data;
      return [[step, { klNats, reward }] as const];
    }),
  );
}
