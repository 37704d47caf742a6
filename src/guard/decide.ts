import type { Constitution } from "../constitution/index.ts";
import type { Finding } from "./check.ts";
import { ANY_CHECK } from "./heads/classifier.ts";
import { ANY } from "./heads/head-file.ts";
import { modeOf, type Policy, thresholdsOf } from "./policy.ts";

/** What is done with a text. */
export type Action = "pass" | "observe" | "mask" | "block" | "revise" | "route";

/** What one finding asks for; "ask": the critic decides, "ignore": too little to go by. */
export type Decision = Exclude<Action, "pass"> | "ask" | "ignore";

/** What a guard found about a text, and what is done. */
export interface Verdict {
  readonly action: Action;
  /** What was found, the first first; those that led to the action where it is one. */
  readonly findings: readonly Finding[];
  /** Of an action that replaces text: the principle, and what is said instead. */
  readonly principleId?: string | undefined;
  readonly say?: string | undefined;
  /** `say` goes on where what was delivered ends, in place of nothing. */
  readonly continues?: boolean | undefined;
  readonly status: Status;
}

/**
 * Whether the text was read: by every check, not by one that failed and is allowed to ("failed-open") or is not
 * ("failed-closed": nothing was delivered), or by none ("skipped").
 */
export type Status = "checked" | "failed-open" | "failed-closed" | "skipped";

/** What a finding asks for under a policy. */
export function decide({ principleId, check, score, stage }: Finding, policy: Policy): Decision {
  const { pass, act } = thresholdsOf(policy, check.startsWith(ANY_CHECK) ? ANY : principleId, stage);
  if (score < pass) return "ignore";
  const mode = modeOf(policy, principleId);
  if (mode === "observe") return "observe";
  if (score < act) return "ask";
  return findRule(check, policy)?.action ?? mode;
}

/** Whether what a finding masks of the input is put back where its name stands in the answer. */
export const isRestored = ({ check }: Finding, policy: Policy): boolean => findRule(check, policy)?.restore === true;

function findRule(check: string, policy: Policy): Policy["rules"][number] | undefined {
  const [ruleId] = check.split(".");
  return policy.rules.find(({ id }) => id === ruleId);
}

/** Whether a policy can change or stop a text of any kind; else everything passes as it comes. */
export function acts(policy: Policy): boolean {
  const { checks, mode, principles } = policy;
  const readsAll = checks.critic?.when === "always" || checks.input !== undefined || checks.output !== undefined;
  if (readsAll && mode !== "observe") return true;
  const modes = Object.values(principles).some(
    (principle) => principle.mode !== undefined && principle.mode !== "observe",
  );
  return modes || policy.rules.some((rule) => modeOf(policy, rule.principle) !== "observe");
}

/** What a person is told in place of a text: the policy's words for the principle, or its own. */
export function sayFor(principleId: string, policy: Policy, constitution: Constitution): string {
  const said = policy.principles[principleId]?.say;
  if (said !== undefined) return said;
  const text = constitution.principles.find(({ id }) => id === principleId)?.text;
  return text === undefined ? "I can't help with that here." : `I can't help with that here: ${text}`;
}
