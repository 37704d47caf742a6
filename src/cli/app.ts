import { type Application, type ApplicationText, buildApplication, buildCommand, buildRouteMap } from "@stricli/core";
import { IMPORT_FORMATS } from "../constitution/import.ts";
import { packageVersion } from "../runs/version.ts";
import type { CliContext } from "./context.ts";
import { flag, integer, positional, text } from "./parameters.ts";
import { settingsFlags } from "./settings-flags.ts";

/** Every command with its flags; what a command does is loaded when it is called. */
export function buildApp(localized: ApplicationText): Application<CliContext> {
  return buildApplication(root, {
    name: "precept",
    versionInfo: { currentVersion: packageVersion },
    scanner: { caseStyle: "allow-kebab-for-camel" },
    documentation: { caseStyle: "convert-camel-to-kebab" },
    localization: { text: localized },
  });
}

const json = flag("Print one JSON object on stdout and nothing else there");
const constitution = positional("NAME|FILE", "A constitution that comes with Precept, or a YAML file");

const constitutionRoutes = buildRouteMap({
  docs: { brief: "Show, check, compare, hash and import constitutions" },
  routes: {
    show: buildCommand({
      docs: { brief: "Print a constitution with its wordings and weights" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [constitution] } },
      loader: async () => (await import("./commands/constitution-show.ts")).show,
    }),
    lint: buildCommand({
      docs: { brief: "List faults and what may disappoint in training" },
      parameters: {
        flags: {
          json,
          world: {
            kind: "enum",
            values: ["harbor"],
            optional: true,
            brief: "Check that this world's model can read every word",
          },
        },
        positional: { kind: "tuple", parameters: [constitution] },
      },
      loader: async () => (await import("./commands/constitution-lint.ts")).lint,
    }),
    diff: buildCommand({
      docs: { brief: "Compare two constitutions by the meaning of ids" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [constitution, constitution] } },
      loader: async () => (await import("./commands/constitution-diff.ts")).diff,
    }),
    hash: buildCommand({
      docs: { brief: "Print the hash that ignores layout" },
      parameters: { flags: { json }, positional: { kind: "array", parameter: constitution, minimum: 1 } },
      loader: async () => (await import("./commands/constitution-hash.ts")).hash,
    }),
    import: buildCommand({
      docs: { brief: "Turn a published form into a constitution" },
      parameters: {
        flags: {
          json,
          format: {
            kind: "enum",
            values: IMPORT_FORMATS,
            optional: true,
            brief: "The form, when it is not recognised",
          },
          name: text("NAME", "Name of the constitution"),
          section: { ...text("TITLE", "A section of a Markdown document; may be given several times"), variadic: true },
          level: integer("N", "Take every section down to this heading level"),
          out: text("FILE", "Write the YAML here instead of stdout"),
        },
        positional: { kind: "tuple", parameters: [positional("FILE", "JSON, text or Markdown")] },
      },
      loader: async () => (await import("./commands/constitution-import.ts")).importFile,
    }),
  },
});

const run = positional("RUN", "A run directory");

const root = buildRouteMap({
  docs: { brief: "Constitutional AI: write down what a model should value, train it in, measure what changed" },
  routes: {
    demo: buildCommand({
      docs: { brief: "The whole method on the embedded world: train, measure, report" },
      parameters: {
        flags: {
          ...settingsFlags,
          out: text("DIR", "The run directory; default runs/ and what makes this run different"),
          json,
        },
      },
      loader: async () => (await import("./commands/demo.ts")).demo,
    }),
    "sl-cai": buildCommand({
      docs: { brief: "Respond, critique, revise, fine-tune; begins a run" },
      parameters: { flags: { ...settingsFlags, json }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/stage.ts")).slCai,
    }),
    "ai-feedback": buildCommand({
      docs: { brief: "Compare pairs of answers under the principles" },
      parameters: { flags: { json, labels: settingsFlags.labels }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/stage.ts")).aiFeedback,
    }),
    "preference-model": buildCommand({
      docs: { brief: "Train the preference model on the comparisons" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/stage.ts")).laterStage("preference-model"),
    }),
    "rl-cai": buildCommand({
      docs: { brief: "Reinforcement learning against the preference model" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/stage.ts")).laterStage("rl-cai"),
    }),
    evaluate: buildCommand({
      docs: { brief: "Measure all checkpoints of a run and write summary.json" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/stage.ts")).laterStage("evaluate"),
    }),
    report: buildCommand({
      docs: { brief: "Write report.html from what a run holds" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [run] } },
      loader: async () => (await import("./commands/report.ts")).report,
    }),
    chat: buildCommand({
      docs: { brief: "Talk to a checkpoint of a run" },
      parameters: {
        flags: {
          checkpoint: {
            kind: "enum",
            values: ["initial", "sl-cai", "rl-cai"],
            optional: true,
            brief: "Default: the last there is",
          },
          seed: integer("N", "Default 1"),
          ask: text("TEXT", "Ask once and end"),
          json,
        },
        positional: { kind: "tuple", parameters: [run] },
      },
      loader: async () => (await import("./commands/chat.ts")).chat,
    }),
    constitution: constitutionRoutes,
  },
});
