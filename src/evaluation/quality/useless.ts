import type { Quality } from "./schema.ts";

/** From how many revisions or labels on their uselessness is no accident. */
export const uselessFrom = 64;

/** A stage in which no more than this share of the revisions is whole and answers costs twenty times what it teaches. */
export const uselessShare = 0.05;

/** What data would teach nothing, why, and what helps. */
export interface Useless {
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
  /** The kind of the records that show it. */
  readonly shown: "unusable" | "unclear" | "undecided";
}

const strongerModel = "a stronger model, or few-shot examples (fewShots) of what is asked";

/** Why data with these counts would teach nothing; undefined where it might, or where little was seen. */
export function findUseless(
  { revisions, critiques, labels }: Pick<Quality, "revisions" | "critiques" | "labels">,
  { revisesUnclear = false }: { readonly revisesUnclear?: boolean | undefined } = {},
): Useless | undefined {
  const { n, unchanged, metaText, copies, empty, incomplete, bareRefusals } = revisions;
  const answers = n - metaText - copies - empty - incomplete - bareRefusals;
  const usable = answers - unchanged;
  if (n >= uselessFrom && (usable === 0 || answers <= uselessShare * n)) {
    const kinds = [
      [incomplete, "cut off or withheld"],
      [copies, "copies of what the model was shown"],
      [metaText, "about the method"],
      [bareRefusals, "refusals without the reason that was asked for"],
      [unchanged, "unchanged"],
      [empty, "empty"],
    ] as const;
    return {
      found: `${usable === 0 ? `none of ${n} revisions is` : `only ${usable} of ${n} revisions are`} usable: ${listKinds(kinds)}`,
      expected: "revisions that answer better than the answers before them; these would teach next to nothing",
      remedy:
        unchanged === n
          ? "prompts that touch the principles, or another model: this one's answers may be harmless already"
          : `${strongerModel}; more tokens (sampling.responseTokens) where revisions are cut; critique: false, which asks for revisions alone`,
      shown: "unusable",
    };
  }
  const answered = critiques.n - critiques.withheld;
  if (!revisesUnclear && n === 0 && answered >= uselessFrom && critiques.unclear === answered) {
    return {
      found: `none of ${answered} critiques states a finding, so that nothing is revised`,
      expected: "critiques that say whether the answer breaks the principle",
      remedy: `selection: random, which revises under every critique; ${strongerModel}; more tokens (sampling.critiqueTokens) where critiques are cut`,
      shown: "unclear",
    };
  }
  const asked = labels.judged + labels.withoutLabel;
  if (asked >= uselessFrom && labels.decided === 0) {
    const kinds = [
      [labels.judged, "at one half"],
      [labels.withoutLabel, "not answered"],
    ] as const;
    return {
      found: `none of ${asked} comparisons prefers an answer: ${listKinds(kinds)}`,
      expected: "labels that tell the answers apart; these would teach nothing",
      remedy: `${strongerModel} in models.feedback`,
      shown: "undecided",
    };
  }
  return undefined;
}

function listKinds(kinds: readonly (readonly [number, string])[]): string {
  return kinds.flatMap(([n, kind]) => (n === 0 ? [] : [`${n} ${kind}`])).join(", ");
}
