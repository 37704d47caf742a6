import { buildCommand, buildRouteMap } from "@stricli/core";
import type { IMPORT_FORMATS } from "../../constitution/index.ts";
import { argument, count, decimal, flag, integer, json, namesOf, text } from "../parameters.ts";

const constitution = argument("NAME|FILE", "A constitution that comes with Precept, or a YAML file");

/** precept constitution … */
export const constitutionRoutes = buildRouteMap({
  docs: { brief: "Show, extend, check, compare, hash and import constitutions" },
  routes: {
    show: buildCommand({
      docs: { brief: "Print a constitution with its wordings and weights" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [constitution] } },
      loader: async () => (await import("../commands/constitution-show.ts")).show,
    }),
    add: buildCommand({
      docs: { brief: "Add principles to a constitution, each in a sentence" },
      parameters: {
        flags: {
          file: text("FILE", "The YAML file; default: the constitution of the project in this folder"),
          model: text("MODEL", "Writes the requests; default: the feedback model of the project"),
          plain: flag("Write the requests by template, and ask no model"),
          yes: flag("Take what the model writes, unasked"),
          json,
        },
        positional: {
          kind: "array",
          parameter: argument("SENTENCE", "What the assistant should do or not do"),
          minimum: 1,
        },
      },
      loader: async () => (await import("../commands/constitution-add.ts")).add,
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
          model: text("MODEL", "Asked which principles contradict each other, in one call"),
        },
        positional: { kind: "tuple", parameters: [constitution] },
      },
      loader: async () => (await import("../commands/constitution-lint.ts")).lint,
    }),
    diff: buildCommand({
      docs: { brief: "Compare two constitutions by the meaning of ids" },
      parameters: { flags: { json }, positional: { kind: "tuple", parameters: [constitution, constitution] } },
      loader: async () => (await import("../commands/constitution-diff.ts")).diff,
    }),
    hash: buildCommand({
      docs: { brief: "Print the hash that ignores layout" },
      parameters: { flags: { json }, positional: { kind: "array", parameter: constitution, minimum: 1 } },
      loader: async () => (await import("../commands/constitution-hash.ts")).hash,
    }),
    import: buildCommand({
      docs: { brief: "Turn a published form, or with a model a document of prose, into a constitution" },
      parameters: {
        flags: {
          json,
          format: {
            kind: "enum",
            values: namesOf<typeof IMPORT_FORMATS>({
              ...{
                "paper-json": true,
                "llm-swarm-json": true,
                "claude-2023-text": true,
                "plain-list": true,
                markdown: true,
              },
            }),
            optional: true,
            brief: "The form, when it is not recognised",
          },
          name: text("NAME", "Name of the constitution"),
          section: { ...text("TITLE", "A section of a Markdown document; may be given several times"), variadic: true },
          level: integer("N", "Take every section down to this heading level"),
          out: text("FILE", "Write the YAML here instead of stdout"),
          model: text("MODEL", "Drafts principles from prose, each with words found in the document"),
          plan: flag("With --model: calls, tokens and cost, before anything is spent"),
          maxCost: decimal("DOLLARS", "With --model: stop before more than this is spent"),
          maxCalls: count("N", "With --model: stop before more calls than this are made"),
          price: { ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known"), variadic: true },
          run: text("DIR", "With --model: where answers are kept; default runs/import-NAME-HASH"),
        },
        positional: { kind: "tuple", parameters: [argument("FILE", "JSON, text or Markdown")] },
      },
      loader: async () => (await import("../commands/constitution-import.ts")).importFile,
    }),
  },
});
