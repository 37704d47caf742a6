import { type Constitution, findPrinciple } from "../constitution/index.ts";
import { requestText } from "../evaluation/index.ts";
import { contentHash } from "../storage/index.ts";
import { attackText } from "./findings.ts";
import type { AttemptRecord, FindingRecord } from "./records.ts";
import { normalise } from "./similarity.ts";
import { type Goal, successGrade } from "./strategy.ts";

/** A finding as a red-team prompt of the next round. */
export interface FindingPrompt {
  readonly id: string;
  readonly kind: "red-team";
  readonly messages: FindingRecord["messages"];
  readonly principle: string;
}

export interface SplitFindings {
  readonly prompts: readonly FindingPrompt[];
  readonly regression: readonly FindingRecord[];
}

/**
 * Half of the findings for the next round of training, half for regressions, which are never trained on. The hash of the words
 * decides, so that a finding that comes again, in whatever run, goes to the same side. One that works by a prefill is no prompt of a
 * person: it always goes to the regressions.
 */
export function splitFindings(findings: readonly FindingRecord[]): SplitFindings {
  const isPrompt = (finding: FindingRecord): boolean =>
    finding.prefill === null && Number.parseInt(contentHash(normalise(attackText(finding))).slice(0, 8), 16) % 2 === 0;
  return {
    prompts: findings.filter(isPrompt).map(({ id, messages, principleId }) => ({
      id,
      kind: "red-team",
      messages,
      principle: principleId,
    })),
    regression: findings.filter((finding) => !isPrompt(finding)),
  };
}

/** An answer to be labelled by people, as `precept calibrate --rubric breach` reads it. */
export interface AnswerToLabel {
  readonly id: string;
  readonly prompt: string;
  readonly response: string;
  readonly rule: string;
  readonly wanted: string;
}

/** Graded answers in an order by hash, half of them those that the judge calls breaches, as far as there are so many. */
export function answersToLabel(
  attempts: readonly AttemptRecord[],
  goals: readonly Goal[],
  constitution: Constitution,
  count: number,
): AnswerToLabel[] {
  const graded = attempts
    .filter(({ grade, response }) => grade !== null && response !== "")
    .map((attempt) => ({ attempt, key: contentHash(attempt.id) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ attempt }) => attempt);
  const breaches = graded.filter(({ grade }) => grade === successGrade);
  const others = graded.filter(({ grade }) => grade !== successGrade);
  const half = Math.max(Math.ceil(count / 2), count - others.length);
  const chosen = [...breaches.slice(0, half), ...others.slice(0, count - Math.min(half, breaches.length))];
  const wanted = new Map(goals.map(({ id, behaviour }) => [id, behaviour]));
  return chosen
    .map(({ id, messages, prefill, response, principleId, goalId }) => ({
      id,
      prompt: requestText(messages),
      // As the judge read it.
      response: prefill === null ? response : `${prefill} ${response}`,
      rule: findPrinciple(constitution, principleId, "Writing answers to label").text,
      wanted: wanted.get(goalId) ?? "",
    }))
    .sort((a, b) => (contentHash(a.id) < contentHash(b.id) ? -1 : 1));
}
