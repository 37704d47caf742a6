import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, flag, integer, json, text } from "../parameters.ts";

/** Comparing what was measured, and the instruments that measure. */
export const evaluationRoutes = {
  compare: buildCommand({
    docs: { brief: "Better, worse or cannot tell: two runs or checkpoints on the same prompts" },
    parameters: {
      flags: {
        json,
        baseline: text("SUBJECT", "What the others are compared with; default the first"),
        match: {
          kind: "enum",
          values: ["same", "prompt", "id"],
          default: "same",
          brief: "Which prompts are the same: all must be, those with the same words, or those with the same id",
        },
        by: text("KEYS", "Groups to cut by, with commas; default benchmark,split; e.g. split,principle"),
        metrics: text("NAMES", "Only these metrics, with commas; fewer figures are fewer chances of a false one"),
        all: flag("Show the figures that cannot be told from none, too"),
        out: text("FILE", "Write it here as well: .md or .json"),
        html: text("FILE", "A page of it, with answers of both beside each other"),
      },
      positional: {
        kind: "array",
        parameter: argument(
          "RUN[@CHECKPOINT]",
          "A measured run, one of its checkpoints, or a folder of benchmark results",
        ),
        minimum: 1,
      },
    },
    loader: async () => (await import("../commands/compare.ts")).compare,
  }),
  arena: buildCommand({
    docs: { brief: "Elo of runs' checkpoints or models, helpfulness and harmlessness apart" },
    parameters: {
      flags: {
        json,
        judge: text("MODEL", "Compares the answers; on harbor the committed start, in its comparison role"),
        helpful: text("FILE", "Prompts on which helpfulness is compared; harbor has its own"),
        harmful: text("FILE", "Prompts on which harmlessness is compared"),
        items: integer("N", "Prompts of each kind; on harbor 60"),
        seed: integer("N", "Default 1"),
        run: text("DIR", "Where answers and games are kept; default runs/arena-HASH"),
        out: text("FILE", "Write it here as well: .md or .json"),
      },
      aliases: { n: "items" },
      positional: {
        kind: "array",
        parameter: argument("RUN[@CHECKPOINT]|MODEL", "A run (all its checkpoints), one checkpoint, or a model"),
        minimum: 1,
      },
    },
    loader: async () => (await import("../commands/arena.ts")).arenaCommand,
  }),
  bench: buildRouteMap({
    docs: { brief: "Trust by demonstration: score published answers again" },
    routes: {
      verify: buildCommand({
        docs: { brief: "Print published figures beside ours; exit 3 on a mismatch" },
        parameters: {
          flags: {
            json,
            data: text("DIR", "The data; default PRECEPT_DATA, else ../shared/data"),
            all: flag("Show every figure, not only those that differ"),
          },
          positional: { kind: "array", parameter: argument("SUITE", "bbq, xstest; default all") },
        },
        loader: async () => (await import("../commands/bench-verify.ts")).benchVerify,
      }),
    },
  }),
  calibrate: buildCommand({
    docs: { brief: "Label answers by keyboard, then certify a judge against the labels" },
    parameters: {
      flags: {
        json,
        judge: text("MODEL", "The judge: provider:model, local:FOLDER, or strings"),
        rubric: {
          kind: "enum",
          values: [
            "refusal",
            "harmfulness",
            "helpfulness",
            "harmlessness",
            "behaviour",
            "compliance",
            "breach",
            "entailment",
          ],
          default: "refusal",
          brief:
            "What it judges: refusal in three classes, harm 0 to 4, pairs by an aim, or as HarmBench and JailbreakBench (behaviour), PAP (compliance) and a red team (breach) do; entailment: whether quotations state a sentence, on facts made by rule, without --answers",
        },
        principle: {
          ...text("ID", "The judge of precept check for this principle, or all; may be given several times"),
          variadic: true,
        },
        config: text("FILE", "With --principle: default precept.config.ts, .js or .yaml in this folder"),
        answers: text(
          "FILE|CHECK",
          "Rows with id, prompt and response (or two responses), and labels where there are any; with --principle also the folder of a check",
        ),
        labels: text("FILE", "Labels: JSON lines with id, label, annotator; default beside the answers"),
        annotator: text("NAME", "Whose labels are asked for on the screen"),
        items: integer("N", "The first N answers; default all"),
        seed: integer("N", "Default 1"),
        out: text("DIR", "Where certificates are kept; default certificates"),
      },
      aliases: { n: "items" },
    },
    loader: async () => (await import("../commands/calibrate.ts")).calibrate,
  }),
};
