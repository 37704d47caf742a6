import type { FacetDefinition } from "../lists/list-reader.ts";

/** What is worth a look in a chain, in the order in which it is said. */
export const chainPatterns = ["put-back", "still-breaking", "not-rechecked", "changed"] as const;

/** The facets of chains, in the order in which they are shown. */
export function chainFacets(principles: readonly string[]): FacetDefinition[] {
  return [
    { id: "principle", title: "Revised under", values: principles },
    {
      id: "pattern",
      title: "Worth a look",
      values: chainPatterns,
      labels: {
        "put-back": "puts words back",
        "still-breaking": "still breaks a principle",
        "not-rechecked": "last round not re-checked",
        changed: "changed over 60 %",
      },
    },
    { id: "rounds", title: "Revisions" },
    { id: "kind", title: "Request", values: ["red-team", "helpful"] },
    {
      id: "source",
      title: "Training row",
      labels: {
        revision: "a revision",
        unrevised: "answer as it was",
        helpful: "helpful answer",
        distilled: "distilled",
        none: "none: left out",
      },
    },
    { id: "review", title: "Review", values: ["drop", "keep", "disputed", "note"] },
    { id: "found", title: "Found broken", values: principles },
    {
      id: "outcome",
      title: "Outcome of a revision",
      labels: {
        "meta-text": "speaks of the method",
        copy: "copies its request",
        "bare-refusal": "declines without a reason",
      },
    },
  ];
}
