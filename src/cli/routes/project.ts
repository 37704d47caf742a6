import { buildCommand } from "@stricli/core";
import { presets } from "../../project/index.ts";
import { exportTargets } from "../../records/index.ts";
import { flag, integer, json, runFolder, text } from "../parameters.ts";

const config = text("FILE", "Default precept.config.ts, .js or .yaml in this folder");
const skipBad = flag("Leave out prompts on broken lines, and count them");
const noCache = flag("Ask again for everything, and keep nothing for later runs");

/** The method on real models: a project from its first file to its data sets. */
export const projectRoutes = {
  init: buildCommand({
    docs: { brief: "Begin a project: a configuration, a constitution, a few prompts" },
    parameters: {
      flags: {
        yes: flag("Ask nothing; take the defaults and what is given"),
        model: text("MODEL", "provider:model, or the address of an OpenAI-compatible server"),
        constitution: text("NAME", "A constitution that comes with Precept; default: a short one to change"),
        format: {
          kind: "enum",
          values: ["chat", "paper"],
          optional: true,
          brief: "chat for instruction-tuned models, paper for those that continue raw text",
        },
        template: {
          kind: "enum",
          values: ["harbor"],
          optional: true,
          brief: "harbor: the demonstration as a project to edit, with its constitution, prompts and settings",
        },
        preset: {
          kind: "enum",
          values: presets,
          optional: true,
          brief: "Of the template: how much of everything; default demo",
        },
        rule: {
          ...text(
            "SENTENCE",
            "A principle in your words, several times for several; with --template harbor, one in harbor's",
          ),
          variadic: true,
        },
        force: flag("Write over a project that is there"),
        json,
      },
      positional: {
        kind: "tuple",
        parameters: [{ parse: String, placeholder: "FOLDER", brief: "Default: this one", optional: true }],
      },
    },
    loader: async () => (await import("../commands/init.ts")).init,
  }),
  plan: buildCommand({
    docs: { brief: "Calls, tokens, cost and time of a project before anything is spent" },
    parameters: {
      flags: {
        config,
        probe: flag("Ask the models five items first, for lengths and latency (a few cents)"),
        skipBad,
        noCache,
        json,
      },
    },
    loader: async () => (await import("../commands/plan.ts")).plan,
  }),
  run: buildCommand({
    docs: {
      brief: "Run a project: critiques, revisions, AI feedback, then training or data sets; continues where it stopped",
    },
    parameters: {
      flags: {
        config,
        out: text("DIR", "The run directory; default runs/NAME of the configuration"),
        maxCost: {
          kind: "parsed",
          parse: parseMoney,
          optional: true,
          placeholder: "DOLLARS",
          brief: "Stop before more than this is spent, over all processes of the run",
        },
        maxCalls: integer("N", "Stop before more calls than this are made"),
        skipBad,
        keepConstitution: flag("Go on with the constitution that the run began with"),
        redo: flag("Do again what changed settings make old"),
        noCache,
        json,
      },
    },
    loader: async () => (await import("../commands/run.ts")).runCommand,
  }),
  export: buildCommand({
    docs: { brief: "Write a run's data sets for a trainer" },
    parameters: {
      flags: {
        to: { kind: "enum", values: [...exportTargets], brief: "The trainer or form" },
        out: text("DIR", "Default datasets/FORM in the run"),
        licence: text("ID", 'The licence that the card names, e.g. "mit"'),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/export.ts")).exportCommand,
  }),
};

function parseMoney(input: string): number {
  const value = Number(input.replace(/^\$/, ""));
  if (!(value > 0) || !Number.isFinite(value)) throw new SyntaxError(`expected dollars, found "${input}"`);
  return value;
}
