import { hash32 } from "../rng.ts";
import type { ComparisonInput, CritiqueInput } from "./templates.ts";

/** An example of a critique and its revision, put before every request for one. */
export interface CritiqueShot extends CritiqueInput {
  readonly critique: string;
  readonly revision: string;
}

/** An example of a comparison with its answer, 0 for the first response. With `thought`, it also shows how to reason. */
export interface ComparisonShot extends ComparisonInput {
  readonly thought?: string | undefined;
  readonly better: 0 | 1;
}

/** Your own few-shot examples, for either form of the templates. */
export interface FewShots {
  readonly critiques: readonly CritiqueShot[];
  readonly comparisons: readonly ComparisonShot[];
}

export const noFewShots: FewShots = { critiques: [], comparisons: [] };

/** The version of templates: their name, with a hash of whatever changes their wording, if anything does. */
export function versionWith(name: string, ...additions: readonly (readonly unknown[])[]): string {
  const used = additions.filter((addition) => addition.length > 0);
  return used.length === 0 ? name : `${name}+${hash32(JSON.stringify(additions)).toString(16).padStart(8, "0")}`;
}
