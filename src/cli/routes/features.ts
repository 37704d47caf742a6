import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, decimal, flag, integer, json, text } from "../parameters.ts";

const checkpoint = argument("RUN@CHECKPOINT", "A run's checkpoint, a checkpoint's folder, or a GGUF file");
const dictionary = argument("DICTIONARY", "A folder that `precept features train` wrote");
const texts = text("FILE", "What the model reads: JSON lines or one text a line; on harbor its own texts");
const model = text("RUN@CHECKPOINT", "Look at this checkpoint through it, in place of the one that it is of");

/** What a dictionary is learned with. */
const learning = {
  layer: integer("N", "Default the last but one"),
  site: choice(
    ["mlp", "mlp-out", "attention", "residual"],
    "Where: default mlp, what the feed-forward layer projects down",
  ),
  size: count("N", "Features; default 1024"),
  active: count("K", "Active features per token; default 12"),
  kind: choice(
    ["batch-topk", "topk", "l1"],
    "k on average over a batch (default), k of each token, or a price on their sum",
  ),
  l1: decimal("PRICE", "With --kind l1; default 0.02"),
  activations: count("N", "Tokens whose activations are stored; default 500000"),
  passes: count("N", "How often each is learned from; default 4"),
  rate: decimal("RATE", "Default 0.002"),
  seed: integer("N", "Default 1"),
  out: text("DIR", "Default RUN/features and what makes this one different"),
  json,
} as const;

/** precept features …: dictionaries of what a model has within. */
export const featuresRoutes = buildRouteMap({
  docs: { brief: "See inside: which features a model has, and which ones training changed" },
  routes: {
    train: buildCommand({
      docs: {
        brief: "Learn a dictionary of features of one checkpoint, or one that several share",
        fullDescription:
          "Stores what the model has at a site while it reads texts, then learns features of which few are active at a time. The folder is in SAELens's format. An interrupted training goes on with the same command.",
      },
      parameters: {
        flags: {
          ...learning,
          texts,
          transcoder: flag("Learn what the feed-forward layer makes of the stream before it, in place of --site"),
          keepActivations: flag("Leave the stored activations in the folder"),
        },
        aliases: { k: "active" },
        positional: { kind: "array", parameter: checkpoint, minimum: 1 },
      },
      loader: async () => (await import("../commands/features.ts")).featuresTrain,
    }),
    evaluate: buildCommand({
      docs: {
        brief: "Measure a dictionary beside a probe, neurons, random directions and an untrained network",
        fullDescription:
          "Loss recovered is against the site at its mean. On harbor the oracle's attributes are found by one feature each: F1 on texts that did not choose it. The oracle only measures.",
      },
      parameters: {
        flags: {
          texts,
          model,
          items: count("N", "Labelled texts; default 1600"),
          withoutUntrained: flag("Leave out the control that learns a dictionary of random weights"),
          json,
        },
        positional: { kind: "tuple", parameters: [dictionary] },
      },
      loader: async () => (await import("../commands/features.ts")).featuresEvaluate,
    }),
    show: buildCommand({
      docs: { brief: "A feature's page: when it is active, what it does, and what it is nearest to" },
      parameters: {
        flags: {
          feature: integer("N", "Default 0"),
          texts,
          model,
          items: count("N", "Texts; default 600"),
          explain: text("MODEL", "Has a model explain it, and scores that on texts that it did not see"),
          beside: text("DICTIONARY", "Another one of the same site, as of another seed: its nearest feature"),
          neuronpedia: text("FILE", "Write the page here in Neuronpedia's form instead"),
          count: count("N", "With --neuronpedia: so many features from this one on"),
          json,
        },
        positional: { kind: "tuple", parameters: [dictionary] },
      },
      loader: async () => (await import("../commands/features.ts")).featuresShow,
    }),
    diff: buildCommand({
      docs: {
        brief: "Which features changed between two checkpoints, on which requests, under which principle",
        fullDescription:
          "One dictionary is learned of both checkpoints; both answer the same requests. A feature is listed where the share of texts in which it is active changed, by Fisher's exact test after Benjamini and Hochberg.",
      },
      parameters: {
        flags: {
          ...learning,
          items: count("N", "Requests of each split and side; default 105"),
          top: count("N", "Features that are shown; default 20"),
          review: flag("Write one page: each feature with cause, effect and principle; the ten that changed most"),
        },
        aliases: { k: "active" },
        positional: { kind: "tuple", parameters: [checkpoint, checkpoint] },
      },
      loader: async () => (await import("../commands/features-diff.ts")).featuresDiff,
    }),
  },
});
