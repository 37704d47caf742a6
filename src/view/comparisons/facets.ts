import type { FacetDefinition } from "../lists/list-reader.ts";

/** The facets of comparisons, in the order in which they are shown. */
export function comparisonFacets(principles: readonly string[], hasModel: boolean): FacetDefinition[] {
  return [
    {
      id: "pattern",
      title: "Worth a look",
      values: ["flips", "near-tie", "unanswered", ...(hasModel ? ["model-disagrees"] : [])],
      labels: {
        flips: "a verdict turns with the order",
        "near-tie": "near tie",
        unanswered: "a question unanswered",
        "model-disagrees": "preference model disagrees",
      },
    },
    { id: "source", title: "Request", values: ["harmlessness", "helpfulness"] },
    { id: "principle", title: "Sure of one answer", values: principles },
    { id: "asked", title: "Asked under" },
    { id: "review", title: "Review", values: ["drop", "keep", "disputed", "note"] },
  ];
}
