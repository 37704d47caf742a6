import {
  addRanges,
  exactly,
  multiplyRanges,
  noRange,
  type Range,
  scaleRange,
  type WorkCounts,
  type Workload,
  type WorkPart,
  workPart,
} from "../spending/index.ts";
import type { MethodOptions } from "../stages/index.ts";
import type { PlannedAnswers } from "./plan.ts";

/** Share of pairs that differ, at least, and so are learned from. */
const differing = 0.5;

/** A project's pipeline as tokens, training and all: as if one of its own were trained, whether or not this run does. */
export function projectWorkload(
  { plan, lengths, asked }: PlannedAnswers,
  options: MethodOptions,
  sizes: Readonly<Record<"red-team" | "helpful", number>>,
): Workload {
  const { "red-team": redTeam, helpful } = sizes;
  const gather = (name: string, roles: readonly string[]): WorkPart => {
    const sum = (pick: (role: (typeof plan.roles)[number]) => Range): Range =>
      plan.roles
        .filter(({ role }) => roles.includes(role))
        .map(pick)
        .reduce(addRanges, noRange);
    const cached = sum(({ sharedTokens = noRange }) => sharedTokens);
    const read = sum(({ promptTokens }) => promptTokens);
    return workPart(name, {
      calls: sum(({ calls }) => calls),
      out: sum(({ completionTokens }) => completionTokens),
      in: { low: Math.max(0, read.low - cached.low), high: Math.max(0, read.high - cached.high) },
      cached,
    });
  };
  const prompts = redTeam + helpful;
  const meanAsked = prompts === 0 ? 0 : (redTeam * asked.redTeam + helpful * asked.helpful) / prompts;
  const answered = addRanges(exactly(meanAsked), lengths.response);
  const sequences = sftSequences(options, sizes);
  const pairs = options.preference === "none" ? noRange : { low: differing * prompts, high: prompts };
  const { steps, rolloutsPerStep } = options.rlCai;
  const rollouts = options.reinforce ? steps * rolloutsPerStep : 0;
  const counts: WorkCounts = {
    redTeamPrompts: exactly(redTeam),
    helpfulSamples: exactly(options.firstStage === "ai-feedback" ? 0 : helpful * options.slCai.helpfulSamples),
    sftSequences: sequences,
    comparisons: pairs,
    rlPrompts: exactly(rollouts),
  };
  const tuned = multiplyRanges(sequences, addRanges(exactly(meanAsked), lengths.revision));
  const parts = [
    gather("SL-CAI and helpful data", ["initial", "reviser"]),
    gather("pairs and labels", ["slCai", "feedback"]),
    gather("judging, evaluation", ["judge", "evaluate"]),
    workPart("SFT", { learned: scaleRange(options.slCai.training.epochs, tuned) }),
    comparisonPart(options, scaleRange(2, multiplyRanges(pairs, answered))),
    workPart("RL: sampling", {
      ...{ isRl: true, calls: exactly(rollouts), out: scaleRange(rollouts, lengths.response) },
      in: exactly(rollouts * meanAsked),
    }),
    // The preference model and the reference read every answer once.
    workPart("RL: scoring", { isRl: true, in: scaleRange(2 * rollouts, answered) }),
    workPart("RL: learning", { isRl: true, learned: scaleRange(rollouts * options.rlCai.epochs, answered) }),
  ];
  const used = parts.filter(({ out, in: read, learned }) => out.high + read.high + learned.high > 0);
  return { parts: used, counts, rolloutsPerRound: rolloutsPerStep };
}

/** DPO's reference reads every pair once; a control on shuffled labels learns as much again. */
function comparisonPart({ preference, dpo, preferenceModel }: MethodOptions, tokens: Range): WorkPart {
  if (preference !== "dpo")
    return workPart("preference model", { learned: scaleRange(preferenceModel.training.epochs, tokens) });
  const models = dpo.alsoShuffled === true ? 2 : 1;
  return workPart("DPO", { in: tokens, learned: scaleRange(models * dpo.training.epochs, tokens) });
}

/** What SL-CAI learns: of a red-team prompt its answer or a revision, or all of these, and the samples of a helpful one. */
function sftSequences(
  { firstStage, slCai }: MethodOptions,
  { "red-team": redTeam, helpful }: Readonly<Record<"red-team" | "helpful", number>>,
): Range {
  if (firstStage === "ai-feedback") return noRange;
  const most = slCai.revisions === "all" ? Math.max(1, slCai.rounds) : 1;
  const samples = helpful * slCai.helpfulSamples;
  // Where every principle is tried, a round may find nothing to revise.
  return { low: redTeam * (slCai.selection === "all" ? 1 : most) + samples, high: redTeam * most + samples };
}
