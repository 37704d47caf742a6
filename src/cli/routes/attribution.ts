import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, flag, integer, json, requireText, runFolder, share, text } from "../parameters.ts";

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
          records: flag("Compare --answer with the run's records alone, for a model whose weights are elsewhere"),
          embed: text("MODEL", "With --records: a local checkpoint whose hidden states are compared too"),
          json,
        },
        positional: { kind: "tuple", parameters: [model] },
      },
      loader: async () => (await import("../commands/attribute.ts")).attribute,
    }),
    forget: buildCommand({
      docs: {
        brief: "Memorised or general: fine-tune again without the examples nearest to an answer",
        fullDescription:
          "Two retrainings, without the nearest examples and without as many random ones: how likely the answer is then, and how likely the run's answers to other requests under the same principle.",
      },
      parameters: {
        flags: {
          prompt: requireText("TEXT", "The request"),
          answer: text("TEXT", "The answer that is asked about; default: what the checkpoint answers"),
          by: choice(["ekfac", "tracin", "repsim", "bm25"], "Whose nearest; default ekfac"),
          without: count("N", "Examples that are left out; default 50"),
          siblings: integer("N", "Answers to other requests; default 40"),
          seed: integer("N", "Default 1"),
          rebuild: flag("Make the index anew, as after an error that says so"),
          json,
        },
        positional: { kind: "tuple", parameters: [model] },
      },
      loader: async () => (await import("../commands/attribute-forget.ts")).attributeForget,
    }),
    audit: buildCommand({
      docs: {
        brief: "The AI labels that a preference model was trained on, the most suspicious first",
        fullDescription:
          "By the loss that each label would have, had the model not been trained on it, as influence foretells it; beside it self-influence, gradient and loss. --plant turns some labels round first, trains a preference model on them, and counts how many of them each list has in its first tenth.",
      },
      parameters: {
        flags: {
          top: count("N", "Labels that are shown; default 10"),
          by: choice(["left-out", "self-influence", "gradient", "loss"], "Whose order; default left-out"),
          plant: share("Share of labels to turn round, e.g. 0.05"),
          seed: integer("N", "Of the planted ones; default 1"),
          json,
        },
        positional: { kind: "tuple", parameters: [runFolder] },
      },
      loader: async () => (await import("../commands/attribute-audit.ts")).attributeAudit,
    }),
    referee: buildCommand({
      docs: {
        brief: "Retrain on random halves of the data, and print how well each method foretold what came of it",
        fullDescription:
          "The linear datamodeling score: Spearman's correlation of what a method foretells of each half with what the model that was trained on it makes of an answer, the mean over answers. Retrainings of the same halves in another order are the ceiling. One retraining at a time is kept, so an interrupted command goes on.",
      },
      parameters: {
        flags: {
          retrainings: count("N", "Random halves; default 40"),
          twice: integer("N", "Of these, how many are trained again for the ceiling; default half of them"),
          queries: count("N", "Answers of the run's evaluation; default 60, of which 20 choose the damping"),
          quick: flag("Judge the index alone: no influence without projection, and no other damping"),
          seed: integer("N", "Default 1"),
          rebuild: flag("Make the index anew, as after an error that says so"),
          json,
        },
        positional: { kind: "tuple", parameters: [model] },
      },
      loader: async () => (await import("../commands/attribute-referee.ts")).attributeReferee,
    }),
  },
});
