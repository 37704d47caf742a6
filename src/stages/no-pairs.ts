import { PreceptError } from "../errors.ts";
import type { DataStageContext } from "./context.ts";

/** Prompts whose answers were to be compared, and why they are not. */
export interface UncomparedPrompts {
  readonly prompts: number;
  /** Whose answers say the same. */
  readonly identical: number;
  /** Without two answers, or without likelihoods of them. */
  readonly incomplete: number;
}

/** @throws PreceptError monitor-tripped: with no two answers that differ, there is nothing to compare and nothing to learn. */
export function refuseNoPairs(context: DataStageContext, { prompts, identical, incomplete }: UncomparedPrompts): void {
  if (context.acceptsUseless === true || prompts === 0) return;
  const kinds = [
    [identical, "whose answers are the same word for word"],
    [incomplete, "that got fewer than two answers to work with"],
  ] as const;
  const remedies = [
    ...(identical > 0 ? ["answers drawn at a higher temperature (sampling.pairs.temperature), or another model"] : []),
    ...(incomplete > 0 ? ["precept show RUN and one of its responses, which says why an answer is missing"] : []),
    "whenUseless: continue goes on all the same; what was answered is kept",
  ];
  throw new PreceptError("monitor-tripped", {
    attempted: `Comparing answers in ai-feedback of ${context.run.folder}`,
    found: `none of ${prompts} prompts has two answers to compare: ${kinds.flatMap(([n, why]) => (n === 0 ? [] : [`${n} ${why}`])).join(", ")}`,
    expected: "prompts with two answers that differ",
    remedy: remedies.join("\n"),
  });
}
