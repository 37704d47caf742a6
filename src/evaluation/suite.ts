import type { Message } from "../language-model.ts";

export interface SuiteItem {
  readonly id: string;
  readonly messages: readonly Message[];
}

/**
 * What one answer showed, by metric name. true / false count towards the rate; null means that the metric does not
 * apply to this answer (it is not in the denominator). Names with a dot nest, e.g. "byPrinciple.danger".
 */
export type Outcome = Readonly<Record<string, boolean | null>>;

/** Something a model can be measured on. Scoring reads the prompt and the answer, nothing else. */
export interface Suite {
  readonly id: string;
  /** Item sets by name, e.g. seen, heldOut, unseenTemplates. */
  readonly splits: Readonly<Record<string, readonly SuiteItem[]>>;
  readonly metrics: readonly string[];
  score(item: SuiteItem, response: string): Outcome;
  /** A number an answer, for reward curves and paired differences (harbor: the gold reward). */
  reward?(item: SuiteItem, response: string): number;
}
