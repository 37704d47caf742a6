import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, count, decimal, integer, json, requireText, text } from "../parameters.ts";

/** precept steer. */
export const steeringRoutes = buildRouteMap({
  docs: { brief: "Measure what makes a model answer in the form you need" },
  routes: {
    measure: buildCommand({
      docs: {
        brief: "Measure JSON from a model: asked plainly, begun for it, held to the schema, with examples",
        fullDescription:
          "FILE is YAML: instruction, schema (JSON Schema), items with their right answers, and perhaps examples. Every item is asked on every rung and in every wording; rates come with Wilson intervals over items. Valid is not right: both are shown.",
      },
      parameters: {
        flags: {
          models: requireText("MODEL,MODEL", "What is measured: PROVIDER:MODEL, a folder or a file each"),
          rungs: text("NAME,NAME", "Of plain, prefill, grammar, examples, examples+prefill, examples+grammar"),
          items: count("N", "Only the first N items"),
          formats: count("N", "Wordings of the prompt that are tried; default all that the file has, or 4 of ours"),
          repeat: count("N", "Answers to each; default 1"),
          temperature: decimal("T", "Default 0; 0.7 with --repeat"),
          seed: integer("N", "Default 1"),
          out: text("DIR", "Where trials and summary go; default runs/steer-NAME-KEY"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("FILE", "The task, a YAML or JSON file")] },
      },
      loader: async () => (await import("../commands/steer-measure.ts")).steerMeasure,
    }),
  },
});
