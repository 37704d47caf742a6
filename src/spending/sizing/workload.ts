import { exactly, noRange, type Range } from "../plan.ts";

/** One part of the pipeline, as tokens. */
export interface WorkPart {
  readonly name: string;
  readonly calls: Range;
  /** Written by a model. */
  readonly out: Range;
  /** Read by one, without those that the prefix cache has. */
  readonly in: Range;
  /** Of the prompts' common beginnings, which the prefix cache has after the first call. */
  readonly cached: Range;
  /** That go through training, forward and backward. */
  readonly learned: Range;
  readonly isRl: boolean;
}

/** What is counted of a pipeline, for the table beside the paper's. */
export interface WorkCounts {
  readonly redTeamPrompts: Range;
  readonly helpfulSamples: Range;
  readonly sftSequences: Range;
  readonly comparisons: Range;
  readonly rlPrompts: Range;
}

export interface Workload {
  readonly parts: readonly WorkPart[];
  readonly counts: WorkCounts;
  /** What RL learns from at once: between two of them the weights go to those that sample. */
  readonly rolloutsPerRound: number;
}

/** A part with what is not named left at nothing. */
export const workPart = (name: string, work: Partial<Omit<WorkPart, "name">>): WorkPart => ({
  ...{ name, calls: noRange, out: noRange, in: noRange, cached: noRange, learned: noRange, isRl: false },
  ...work,
});

/** Bai et al. 2022, by section; the lengths that a count is multiplied by are assumed. */
export const paper = {
  /** §3.2: red-team prompts, 42,496 of people and 140,335 of a model. */
  redTeamPrompts: 182_831,
  /** §3.2: two answers to each of 135,296 helpful prompts. */
  helpfulSamples: 270_592,
  /** §3.2: critiques and revisions of a prompt. */
  rounds: 4,
  /** §4.2: 135,296 of helpfulness by people, 182,831 of harmlessness by a model. */
  comparisons: 318_127,
  /** §4.2: all of SL-CAI's and of the comparisons' prompts, and 491,142 and 474,300 of a model. */
  rlPrompts: 1_283_569,
} as const;

/** Assumed, in tokens: the paper names none of them. */
const lengths = {
  prompt: 100,
  answer: 150,
  critique: 100,
  request: 40,
  comparison: 60,
  sequence: 250,
  rlAnswer: 128,
  fewShots: 2500,
  comparisonFewShots: 1500,
  rolloutsPerRound: 1024,
} as const;

/** The paper's own pipeline as tokens. */
export function paperWorkload(): Workload {
  const { redTeamPrompts, helpfulSamples, rounds, comparisons, rlPrompts } = paper;
  const { prompt, answer, critique, request, comparison, sequence, rlAnswer, fewShots, comparisonFewShots } = lengths;
  const chainCalls = redTeamPrompts * (1 + 2 * rounds);
  // Each round reads the dialogue and a request, then those with the critique and a further request.
  const roundIn = prompt + answer + request + (prompt + answer + request + critique + request);
  const labels = 2 * redTeamPrompts;
  const sftSequences = redTeamPrompts * rounds + helpfulSamples;
  const rlRead = rlPrompts * (prompt + rlAnswer);
  return {
    rolloutsPerRound: lengths.rolloutsPerRound,
    counts: {
      redTeamPrompts: exactly(redTeamPrompts),
      helpfulSamples: exactly(helpfulSamples),
      sftSequences: exactly(sftSequences),
      comparisons: exactly(comparisons),
      rlPrompts: exactly(rlPrompts),
    },
    parts: [
      workPart("SL-CAI and helpful data", {
        calls: exactly(chainCalls + helpfulSamples),
        out: exactly(redTeamPrompts * (answer + rounds * (critique + answer)) + helpfulSamples * answer),
        in: exactly(redTeamPrompts * (prompt + rounds * roundIn) + helpfulSamples * prompt),
        cached: exactly(chainCalls * fewShots),
      }),
      workPart("pairs and labels", {
        calls: exactly(2 * redTeamPrompts + labels),
        out: exactly(2 * redTeamPrompts * answer),
        in: exactly(2 * redTeamPrompts * prompt + labels * (prompt + 2 * answer + comparison)),
        cached: exactly(labels * comparisonFewShots),
      }),
      workPart("SFT", { learned: exactly(sftSequences * sequence) }),
      workPart("preference model", { learned: exactly(comparisons * 2 * sequence) }),
      workPart("RL: sampling", {
        ...{
          isRl: true,
          calls: exactly(rlPrompts),
          out: exactly(rlPrompts * rlAnswer),
          in: exactly(rlPrompts * prompt),
        },
      }),
      // The preference model and the reference read every answer once.
      workPart("RL: scoring", { isRl: true, in: exactly(2 * rlRead) }),
      workPart("RL: learning", { isRl: true, learned: exactly(rlRead) }),
    ],
  };
}
