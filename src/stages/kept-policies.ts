import { type AnswerRecord, measure, type Task, toScored } from "../evaluation/index.ts";
import { isEstimate } from "../statistics/index.ts";
import type { StageContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import type { MethodOptions } from "./options.ts";
import type { RlCaiSummary } from "./summaries.ts";

export interface KeptPolicies {
  /** Policies kept by rl-cai, on which the gold reward's course is measured after the fact. */
  readonly kept?: RlCaiSummary["checkpoints"];
  /** What RL was rewarded by: scores the same answers as the gold reward does. */
  readonly preferenceModel?: { readonly checkpoint: string; readonly meanScore: number } | undefined;
}

/** A policy that RL kept, as records name it. */
export const keptName = (step: number): string => `rl-cai-step-${String(step).padStart(4, "0")}`;
export const splitOf = ({ groups }: Pick<Task, "groups">): string => groups["split"] ?? "all";
export const sideOf = ({ groups }: Pick<Task, "groups">): string => groups["side"] ?? "all";

/** So many tasks of a split, as many of each side: what a policy that refuses everything gains on one it loses on the other. */
export function chooseCurve(tasks: readonly Task[], { split, items }: MethodOptions["evaluate"]["curve"]): Task[] {
  const sides = [
    ...Map.groupBy(
      tasks.filter((task) => splitOf(task) === split),
      sideOf,
    ).values(),
  ];
  return sides.flatMap((own) => own.slice(0, Math.ceil(items / sides.length)));
}

/** Rewards, score − meanScore, of the answers of kept policies, by record id: the proxy on the very answers that gold is of. */
export async function scoreKept(
  { templates, loadPreferenceModel, progress }: StageContext,
  { kept = [], preferenceModel }: KeptPolicies,
  answers: readonly AnswerRecord[],
  meter: Meter,
): Promise<ReadonlyMap<string, number>> {
  const names = new Set(kept.map(({ step }) => keptName(step)));
  const own = answers.filter(({ subject }) => names.has(subject));
  if (preferenceModel === undefined || own.length === 0) return new Map();
  progress.start("evaluate", "rewards of the policies kept", own.length, "answers");
  const model = await loadPreferenceModel(preferenceModel.checkpoint);
  try {
    const scores = await model.score(
      own.map(({ messages, response }) => ({
        prompt: templates.response(messages).prompt,
        response: templates.completion?.(response) ?? response,
      })),
    );
    progress.advance(own.length);
    return new Map(own.map(({ id }, index) => [id, (scores[index] ?? Number.NaN) - preferenceModel.meanScore]));
  } finally {
    meter.countSampled(model.tokensRead);
    await model.dispose();
  }
}

/** Gold reward of some answers, and the reward of the preference model on the same ones. */
export function measureRewards(
  answers: readonly AnswerRecord[],
  samples: number,
  rewards: ReadonlyMap<string, number>,
) {
  const gold = measure(
    answers.map((record) => toScored(record, samples)),
    ({ goldReward = null }) => goldReward,
    "mean",
  );
  const own = answers.flatMap(({ id }) => rewards.get(id) ?? []);
  const reward = own.length === 0 ? undefined : own.reduce((sum, value) => sum + value, 0) / own.length;
  return isEstimate(gold) ? { gold, reward } : undefined;
}
