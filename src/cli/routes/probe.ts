import { buildCommand, buildRouteMap } from "@stricli/core";
import {
  argument,
  choice,
  count,
  decimal,
  flag,
  integer,
  json,
  parsePercent,
  requireText,
  text,
} from "../parameters.ts";

const checkpoint = argument("RUN@CHECKPOINT", "A checkpoint of a run on harbor");
const anyModel = argument(
  "MODEL",
  "RUN@CHECKPOINT of a run on harbor; with --texts a checkpoint's folder or a GGUF file too",
);

/** precept probe …: one direction within a model. */
export const probeRoutes = buildRouteMap({
  docs: { brief: "Read one thing within a model: whether it is about to break a principle; and change it" },
  routes: {
    train: buildCommand({
      docs: {
        brief: "Learn where a checkpoint has it within that its answer will break a principle",
        fullDescription:
          "Labels are the critic's findings on the run's requests: of the initial model's answers, or of the checkpoint's own. Measured on requests that were held out, on templates that no training had, and without the word that names the thing, beside a probe of the request's words alone. With --texts the labels are yours, and the model any that runs here.",
      },
      parameters: {
        flags: {
          texts: text(
            "FILE",
            'JSON lines: "prompt", "label" (true or false); with a "set" only measured, with a "word" also without it',
          ),
          principle: text("IDS", "One, or several with commas; default any"),
          ownAnswers: flag("Labels of the checkpoint's own answers, sampled and criticised now"),
          layer: integer("N", "Default the last but one"),
          site: choice(["residual", "mlp", "mlp-out", "attention"], "Default residual, the stream after the layer"),
          over: choice(
            ["request", "answer"],
            "The last token of the request (default), or the first four of the answer",
          ),
          items: count("N", "Requests; default 1400"),
          falsePositives: {
            kind: "parsed",
            parse: parsePercent,
            optional: true,
            placeholder: "SHARE",
            brief: "Of held-out requests that broke nothing, at most this share is an alarm; default 5%",
          },
          seed: integer("N", "Default 1"),
          out: text("DIR", "Default RUN/probes and what makes this one different"),
          json,
        },
        positional: { kind: "tuple", parameters: [anyModel] },
      },
      loader: async () => (await import("../commands/probe.ts")).probeTrain,
    }),
    watch: buildCommand({
      docs: { brief: "P(the answer breaks the principle) before its first word; exit 3 where one is an alarm" },
      parameters: {
        flags: {
          prompt: text("TEXT", "A request"),
          file: text("FILE", "Many: JSON lines, or one on each line"),
          model: text("RUN@CHECKPOINT", "Default: the checkpoint beside the probe"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("PROBE", "A folder that `precept probe train` wrote")] },
      },
      loader: async () => (await import("../commands/probe.ts")).probeWatch,
    }),
    steer: buildCommand({
      docs: {
        brief: "Add a direction while answers are sampled, or take it out, and count what changes",
        fullDescription:
          "Answers held-out requests of harbor with the edit, without it, and with three random directions of the same norm; the oracle counts answers that go against the constitution, by principle.",
      },
      parameters: {
        flags: {
          direction: requireText("PROBE", "A probe's folder"),
          strength: decimal("S", "So many times; 1, from the one mean to the other, is the default with --ablate"),
          ablate: flag("Sets what is along it to the mean of requests that broke nothing"),
          report: flag("The requests that results are reported on; default those on which settings are chosen"),
          items: count("N", "Requests of each split and side; default 140"),
          seed: integer("N", "Default 1"),
          json,
        },
        positional: { kind: "tuple", parameters: [checkpoint] },
      },
      loader: async () => (await import("../commands/probe.ts")).probeSteer,
    }),
  },
});
