import { buildCommand } from "@stricli/core";
import { argument, choice, count, decimal, flag, integer, json, runFolder, text } from "../parameters.ts";
import { settingsFlags } from "../settings-flags.ts";

/** The method on harbor: whole, and stage by stage; what a run has to show for it. */
export const methodRoutes = {
  demo: buildCommand({
    docs: { brief: "The whole method on the embedded world: train, measure, report" },
    parameters: {
      flags: {
        ...settingsFlags,
        rule: text("SENTENCE", "A constitution of this one sentence; with the preset own unless another is named"),
        out: text("DIR", "The run directory; default runs/ and what makes this run different"),
        json,
      },
    },
    loader: async () => (await import("../commands/demo.ts")).demo,
  }),
  "sl-cai": buildCommand({
    docs: { brief: "Respond, critique, revise, fine-tune; begins a run" },
    parameters: { flags: { ...settingsFlags, json }, positional: { kind: "tuple", parameters: [runFolder] } },
    loader: async () => (await import("../commands/stage.ts")).slCai,
  }),
  "ai-feedback": buildCommand({
    docs: { brief: "Compare pairs of answers under the principles" },
    parameters: {
      flags: { json, labels: settingsFlags.labels },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/stage.ts")).aiFeedback,
  }),
  "preference-model": buildCommand({
    docs: { brief: "Train the preference model on the comparisons" },
    parameters: { flags: { json }, positional: { kind: "tuple", parameters: [runFolder] } },
    loader: async () => (await import("../commands/stage.ts")).laterStage("preference-model"),
  }),
  "rl-cai": buildCommand({
    docs: { brief: "Reinforcement learning against the preference model" },
    parameters: { flags: { json }, positional: { kind: "tuple", parameters: [runFolder] } },
    loader: async () => (await import("../commands/stage.ts")).laterStage("rl-cai"),
  }),
  "guard-model": buildCommand({
    docs: { brief: "Train heads for a guard, one per principle, from a run's critiques and revisions" },
    parameters: {
      flags: {
        backbone: text("MODEL", "Open-weights model of this machine that the heads stand on; default: harbor's"),
        side: choice(["output", "input"], "What the heads read: answers, or what people write; default output"),
        samples: count("N", "For --side input: answers to each prompt whose critiques are its label; default 8"),
        config: text("FILE", "For --side input of a run of your own models: its configuration"),
        form: choice(
          ["sequence", "every-token", "best"],
          "What heads learn: a label of the whole, at every token what the whole will be, or what tells better; default sequence",
        ),
        anyPrinciple: flag("One head more: whether any principle is broken"),
        minTexts: count("N", "Training texts that must break a principle, and keep it, for a head; default 20"),
        shuffleLabels: flag("Deal the training labels out anew: a control that must learn nothing"),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/guard-model.ts")).guardModel,
  }),
  evaluate: buildCommand({
    docs: { brief: "Measure a run's checkpoints, or any model with --suite" },
    parameters: {
      flags: {
        json,
        suite: text(
          "NAMES",
          "Benchmarks with commas between: harmlessness,xstest,bbq,gsm8k,…; default: the run's own stage",
        ),
        data: {
          ...text(
            "PATH",
            "Your copy of the benchmarks, or datasets/OWNER/NAME of a hub; may be given several times; default PRECEPT_DATA",
          ),
          variadic: true,
        },
        items: integer("N", "Items of each suite; default all"),
        samples: integer("N", "Answers per item; default 1"),
        seed: integer("N", "Default 1"),
        judge: text("MODEL", "Reads the answers: provider:model or local:FOLDER"),
        attacker: text("MODEL", "Writes the attacks, for suites that have them"),
        fewShot: text("FILE", "Examples shown before every question: rows of prompt and response"),
        out: text("DIR", "Where results go; default RUN/suites, or runs/evaluate-MODEL"),
        certificates: text("DIR", "Where the certificates of judges are; default certificates"),
        guard: text("POLICY", "Put the answers through this guard as well, and show both side by side"),
        plan: flag("Say what it would take and how wide the intervals will be, and end; asks nothing"),
        maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
        price: {
          ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
          variadic: true,
        },
        gate: text("FILE", "Judge gates.yaml afterwards: exit 3 for a regression, 4 where evidence is missing"),
        junit: text("FILE", "Write the gates as JUnit XML"),
        summary: text("FILE", "Write the gates as Markdown, e.g. $GITHUB_STEP_SUMMARY"),
      },
      aliases: { n: "items" },
      positional: {
        kind: "tuple",
        parameters: [
          argument("RUN|MODEL", "A run directory, a checkpoint folder, provider:model, or stored answers (.jsonl)"),
        ],
      },
    },
    loader: async () => (await import("../commands/gate.ts")).gatedEvaluate,
  }),
  report: buildCommand({
    docs: { brief: "Write report.html from what a run holds" },
    parameters: {
      flags: {
        deleted: {
          ...text(
            "PRINCIPLE=RUN",
            "A run made without the principle, to show what that does; may be given several times",
          ),
          variadic: true,
        },
        showAttacks: flag("Of a red team: what was said too, which else is left out"),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/report.ts")).report,
  }),
  chat: buildCommand({
    docs: { brief: "Talk to a checkpoint of a run, or to the model it made data with" },
    parameters: {
      flags: {
        checkpoint: {
          kind: "enum",
          values: ["initial", "sl-cai", "dpo", "rl-cai"],
          optional: true,
          brief: "Default: the last there is",
        },
        seed: integer("N", "Default 1"),
        ask: text("TEXT", "Ask once and end"),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder] },
    },
    loader: async () => (await import("../commands/chat.ts")).chat,
  }),
};
