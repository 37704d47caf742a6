import type { FacetDefinition } from "../lists/list-reader.ts";

/** The facets of a guard's log, in the order in which they are shown. */
export const guardFacets: readonly FacetDefinition[] = [
  {
    id: "action",
    title: "What was done",
    values: ["block", "revise", "route", "mask", "observe", "pass"],
    labels: {
      block: "blocked",
      revise: "rewritten",
      route: "answered by another",
      mask: "masked",
      observe: "only observed",
      pass: "passed",
    },
  },
  { id: "principle", title: "Principle" },
  { id: "check", title: "Found by" },
  {
    id: "stage",
    title: "Text",
    labels: {
      input: "of people",
      output: "answers",
      reasoning: "reasoning",
      "tool-call": "calls of tools",
      "tool-result": "what tools gave",
    },
  },
  {
    id: "status",
    title: "Read by its checks",
    labels: {
      checked: "by every one",
      "failed-open": "one failed, let pass",
      "failed-closed": "one failed, stopped",
      skipped: "by none",
    },
  },
];
