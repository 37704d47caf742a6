import type { LanguageModel } from "../language-model.ts";
import { type Estimate, wilson } from "../statistics/index.ts";

/** One trial of a role that the model must play: did it play it right? */
export interface RoleOutcome {
  /** E.g. "verdict", "revision", "comparison". */
  readonly role: string;
  /** E.g. "seen fillers", "held-out paraphrases". */
  readonly condition: string;
  readonly correct: boolean;
}

/** Accuracies by role and condition. */
export type RoleAccuracies = Readonly<Record<string, Readonly<Record<string, Estimate>>>>;

/** Whether a model can play the roles of the method at all; measured before any of it is used. */
export interface RoleSuite {
  readonly id: string;
  measure(
    model: LanguageModel,
    options: { readonly seed: number; readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<RoleOutcome>;
}

/** Wilson rates, roles and conditions in the order in which they first occur. */
export function roleAccuracies(outcomes: Iterable<RoleOutcome>): RoleAccuracies {
  const roles = new Map<string, Map<string, { n: number; successes: number }>>();
  for (const { role, condition, correct } of outcomes) {
    const conditions = roles.get(role) ?? new Map<string, { n: number; successes: number }>();
    roles.set(role, conditions);
    const count = conditions.get(condition) ?? { n: 0, successes: 0 };
    conditions.set(condition, count);
    count.n += 1;
    if (correct) count.successes += 1;
  }
  return Object.fromEntries(
    [...roles].map(([role, conditions]) => [
      role,
      Object.fromEntries([...conditions].map(([name, { n, successes }]) => [name, wilson(successes, n)])),
    ]),
  );
}
