import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, flag, integer, json, requireText, text } from "../parameters.ts";

const model = argument("RUN", "A run (its SL-CAI), or RUN@sl-cai, RUN@rl-cai, RUN@dpo");

/** precept attribute, and what judges it. */
export const attributionRoutes = buildRouteMap({
  docs: { brief: "Which training examples an answer comes from, and which principles: measured, not recorded" },
  defaultCommand: "answer",
  routes: {
    answer: buildCommand({
      docs: {
        brief: "An answer, its training examples, their critiques and principles; `precept attribute RUN` is this",
        fullDescription:
          "Four methods side by side: ekfac (influence by gradients and curvature), tracin (gradients alone), repsim (hidden states) and bm25 (words). The first time, gradients of all training examples are read into RUN/attribution; an interrupted reading goes on with the same command. `precept why` follows the recorded lineage of one record instead: which critique led to which revision.",
      },
      parameters: {
        flags: {
          prompt: requireText("TEXT", "The request"),
          answer: text("TEXT", "The answer that is asked about; default: what the checkpoint answers"),
          by: choice(["ekfac", "tracin", "repsim", "bm25"], "Whose order examples and principles have; default ekfac"),
          top: count("N", "Examples that are shown; default 3"),
          seed: integer("N", "Of the answer and of intervals; default 1"),
          rebuild: flag("Make the index anew, as after an error that says so"),
          json,
        },
        positional: { kind: "tuple", parameters: [model] },
      },
      loader: async () => (await import("../commands/attribute.ts")).attribute,
    }),
  },
});
