import type { Mode } from "./analysis.ts";

export interface AnalyseOptions {
  readonly mode?: Mode | undefined;
  /** Of k-means' starts, resamples and shuffles. */
  readonly seed?: number | undefined;
  readonly mostGroups?: number | undefined;
  /** Times that the votes are resampled for the stability of groups. */
  readonly resamples?: number | undefined;
  /** Conversations with shuffled votes against which this one is held. */
  readonly shuffles?: number | undefined;
  /** Of the geometric mean over groups: √0.723, which is where CCAI cut the product over its two groups. */
  readonly cutOff?: number | undefined;
  /** Posterior probability from which on there is consensus; below its counterpart there is none. */
  readonly certainty?: number | undefined;
  /** Votes on a statement that each group must have given, or half of its members where that is less. */
  readonly minimumVotes?: number | undefined;
  /** Fewer like voters are no group, and fewer votes of a group do not speak for it. */
  readonly smallestGroup?: number | undefined;
}

export type SettledOptions = { readonly [K in keyof AnalyseOptions]-?: NonNullable<AnalyseOptions[K]> };

/** √0.723, CCAI's cut-off on its two groups. */
export const DEFAULT_CUT_OFF = Math.sqrt(0.723);

const defaults: SettledOptions = {
  mode: "robust",
  seed: 0,
  mostGroups: 5,
  resamples: 30,
  shuffles: 39,
  cutOff: DEFAULT_CUT_OFF,
  certainty: 0.95,
  minimumVotes: 10,
  smallestGroup: 3,
};

export function settleOptions(options: AnalyseOptions): SettledOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
