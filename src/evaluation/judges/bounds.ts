import { PreceptError } from "../../errors.ts";
import { type Estimate, rateOf, wilson } from "../../statistics/index.ts";

/** A rate with what the answers without a verdict could do to it. */
export interface BoundedRate {
  /** Over the answers with a verdict; absent when there are none. */
  readonly determined?: Estimate | undefined;
  /** Over all answers, as if every undetermined one were false, and true. */
  readonly ifAllFalse: Estimate;
  readonly ifAllTrue: Estimate;
  readonly undetermined: Estimate;
}

/**
 * The rate of true over outcomes of which some are undetermined (undefined): among the determined, and over all with the
 * undetermined counted either way. The truth lies between the bounds, whatever the missing verdicts hide.
 * @throws PreceptError not-enough-evidence for no outcomes.
 */
export function boundedRate(outcomes: readonly (boolean | undefined)[]): BoundedRate {
  const n = outcomes.length;
  if (n === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: "Counting verdicts",
      found: "no answers",
      expected: "one answer or more",
    });
  }
  const determined = rateOf(outcomes.filter((outcome) => outcome !== undefined));
  const successes = outcomes.filter((outcome) => outcome === true).length;
  const missing = outcomes.filter((outcome) => outcome === undefined).length;
  return {
    determined,
    ifAllFalse: wilson(successes, n),
    ifAllTrue: wilson(successes + missing, n),
    undetermined: wilson(missing, n),
  };
}
