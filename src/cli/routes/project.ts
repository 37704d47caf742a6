import { buildCommand } from "@stricli/core";
import type { formats, Shard, templateNames } from "../../project/index.ts";
import type { exportTargets } from "../../records/index.ts";
import { argument, choice, count, flag, integer, json, namesOf, runFolder, text } from "../parameters.ts";
import { presetNames } from "../settings-flags.ts";

const config = text("FILE", "Default precept.config.ts, .js or .yaml in this folder");
const constitution = text(
  "NAME|FILE",
  "Instead of the configuration's: one that a public wrote, town/constitution.yaml",
);
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
          values: namesOf<typeof formats>({ chat: true, turns: true, paper: true }),
          optional: true,
          brief: "chat for instruction-tuned models, turns for small ones, paper for those that continue raw text",
        },
        template: {
          kind: "enum",
          values: [
            ...namesOf<typeof templateNames>({ "support-bot": true, research: true, blank: true }),
            "harbor",
            "scaling-policy",
          ],
          optional: true,
          brief:
            "A project to start from: support-bot (rules, prompts, gates, a CI workflow), research (the paper's settings), blank, or harbor (the demonstration, to edit)",
        },
        preset: {
          kind: "enum",
          values: presetNames,
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
    docs: {
      brief: "Calls, tokens, cost and time of a project before anything is spent; on a cluster's GPUs with --gpus",
      fullDescription:
        "With --gpus 8xH100: GPU-hours, money and hours of every part of the pipeline, training too, were all its models of one size and one's own; what would give out first; and the paper's counts beside it. The figures of throughput are assumed until you measure them, and stand in a file that --throughput replaces.",
    },
    parameters: {
      flags: {
        config,
        constitution,
        probe: flag("Ask the models five items first, for lengths and latency (a few cents)"),
        shards: count("N", "The time of a run that N clients share"),
        gpus: text("NxGPU", "Size it for these, e.g. 8xH100; an unknown one names those that are known"),
        engine: choice(["python", "ray"], "Of --gpus: training on one GPU, or on all of them (default)"),
        parameters: text("N", "Of --gpus: weights of every model, e.g. 8B; default the initial model's"),
        lora: count("RANK", "Of --gpus: the adapter that is trained; default the project's"),
        throughput: text("FILE", "Of --gpus: your own figures, in the form of templates/throughput.yaml"),
        measured: text("RUN", "Of --gpus: a run made with such GPUs; its pace takes the place of assumptions"),
        measuredGpus: count("N", "Of --measured: how many GPUs it had at work; default as many as --gpus"),
        paper: flag("Size the paper's own pipeline instead of a project; default for 8xH100, at 8B and 70B"),
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
        constitution,
        docs: text("DIR", "Documents that critiques may quote, every quotation checked: a handbook, a policy"),
        out: text("DIR", "The run directory; default runs/NAME of the configuration"),
        maxCost: {
          kind: "parsed",
          parse: parseMoney,
          optional: true,
          placeholder: "DOLLARS",
          brief: "Stop before more than this is spent, over all processes of the run",
        },
        maxCalls: integer("N", "Stop before more calls than this are made"),
        shards: count("N", "Share the prompts between N client processes, and merge what they make"),
        shard: {
          kind: "parsed",
          parse: parseShard,
          optional: true,
          placeholder: "K/N",
          brief: "Be client K of N, on any machine that sees the run's folder; --shards N merges",
        },
        skipBad,
        keepConstitution: flag("Go on with the constitution that the run began with"),
        redo: flag("Do again what changed settings make old"),
        noCache,
        json,
      },
    },
    loader: async () => (await import("../commands/run.ts")).runCommand,
  }),
  check: buildCommand({
    docs: {
      brief: "Your constitution against your bot: a rate for every principle; exit 3 or 4 by the gates",
      fullDescription:
        "Puts the project's prompts to the bot under its system prompt, asks a judge about every principle, and says fine, broken or cannot tell. Gates stand in the configuration: check: { gates: { ID: { atMost: 0.02 } } }.",
    },
    parameters: {
      flags: {
        config,
        judge: text("MODEL", "Reads the answers; default models.judge, else feedback, else initial"),
        baseline: text("DIR", "An earlier check, to compare with on the same prompts"),
        items: integer("N", "Prompts; default all"),
        samples: integer("N", "Answers to each prompt; default 1"),
        seed: integer("N", "Default the configuration's, else 1"),
        out: text("DIR", "Where it is kept; default runs/check-KEY, named by what is asked"),
        certificates: text("DIR", "Where the certificates of judges are; default certificates"),
        writePrompts: integer("N", "Let the judge's model write N probes and harmless twins a principle, and end"),
        plan: flag("Say what it would take and how wide the intervals will be, and end; asks nothing"),
        maxCost: {
          kind: "parsed",
          parse: parseMoney,
          optional: true,
          placeholder: "DOLLARS",
          brief: "Stop before more",
        },
        maxCalls: integer("N", "Stop before more calls than this are made"),
        junit: text("FILE", "Write the gates as JUnit XML"),
        summary: text("FILE", "Write the gates as Markdown, e.g. $GITHUB_STEP_SUMMARY"),
        skipBad,
        noCache,
        json,
      },
      aliases: { n: "items" },
      positional: {
        kind: "array",
        parameter: argument(
          "MODEL",
          "Bots: models, checkpoints or runs; the later are compared with the first. Default models.initial",
        ),
      },
    },
    loader: async () => (await import("../commands/check.ts")).check,
  }),
  export: buildCommand({
    docs: { brief: "Write a run's data sets for a trainer" },
    parameters: {
      flags: {
        to: {
          kind: "enum",
          values: namesOf<typeof exportTargets>({
            ...{ trl: true, openai: true, together: true, axolotl: true, parquet: true },
          }),
          brief: "The trainer or form",
        },
        out: text("DIR", "Default datasets/FORM in the run"),
        licence: text("ID", 'The licence that the card names, e.g. "mit"'),
        ignoreReview: flag("Keep the rows that people dropped in precept review or precept view"),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/export.ts")).exportCommand,
  }),
};

function parseShard(input: string): Shard {
  const [, client = 0, of = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(input) ?? []).map(Number);
  if (client < 1 || client > of)
    throw new SyntaxError(`expected a client and how many there are, as in 2/4, found "${input}"`);
  return { client, of };
}

function parseMoney(input: string): number {
  const value = Number(input.replace(/^\$/, ""));
  if (!(value > 0) || !Number.isFinite(value)) throw new SyntaxError(`expected dollars, found "${input}"`);
  return value;
}
