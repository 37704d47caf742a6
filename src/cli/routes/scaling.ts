import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, flag, json, runFolder, text } from "../parameters.ts";

/** precept scaling …: how a tendency varies with size. */
export const scalingRoutes = buildRouteMap({
  docs: { brief: "How a tendency grows with parameters, data or RL steps; the largest size foretold and checked" },
  defaultCommand: "fit",
  routes: {
    fit: buildCommand({
      docs: {
        brief: "Fit what runs measured, leave the largest out, and foretell it; `precept scaling RUN…` is this",
        fullDescription:
          "Takes sizes of a sweep, runs on harbor (RUN@CHECKPOINT, else the last) and folders of `precept evaluate MODEL --suite NAME --out DIR`, of any models. Of a rate the likelier of a logistic curve and a power law over log N is fitted by maximum likelihood; the interval is of what would be measured at the largest size. Beside it: a constant, a straight line, and the size before as it is.",
      },
      parameters: {
        flags: {
          metric: text("NAMES", "With commas; default all that the runs have"),
          over: choice(["parameters", "tokens", "flops", "rl-steps"], "What it grows with; default parameters"),
          parameters: text("N,N,…", "Of each run, in their order, where none are recorded: 0.5b,1.5b,7b"),
          split: text("NAME", "Of runs on harbor; default heldOut"),
          seed: count("N", "Of the intervals; default 1"),
          json,
        },
        positional: { kind: "array", parameter: argument("RUN", "A run, or a size of a sweep"), minimum: 1 },
      },
      loader: async () => (await import("../commands/scaling.ts")).scalingFit,
    }),
    sweep: buildCommand({
      docs: {
        brief: "Pre-train harbor's model in five sizes on the same tokens, and measure six tendencies of each",
        fullDescription:
          "Each size goes through SL-CAI, clean and with each of three failures planted before, and trains a preference model. A finished size is one small file, size.json: copied into the same folder on another machine it counts as done. An interrupted sweep goes on with the same command. docs/oversight.md defines the tendencies.",
      },
      parameters: {
        flags: {
          seed: count("N", "Default 1"),
          widths: text("N,N,…", "Channels of each size, multiples of 8; default 40,56,80,120,176"),
          only: text("N,N,…", "Do only these of them here"),
          steps: count("N", "Of pre-training; default 1200"),
          smoke: flag("Every part as short as can be; proves nothing"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("OUT", "The folder of the sweep")] },
      },
      loader: async () => (await import("../commands/scaling.ts")).scalingSweep,
    }),
    overoptimise: buildCommand({
      docs: {
        brief: "Push a policy up preference models of two sizes by best-of-n and RL, and see where gold falls",
        fullDescription:
          "RUN is a run on harbor with SL-CAI and comparisons; where there is none it is begun. Preference models of two sizes learn from three amounts of its AI comparisons; its SL-CAI is pushed up each. Gold is the oracle's, asked afterwards of answers and policies that were kept. Fits R(d) = d(α − βd) for the best of n and d(α − β ln d) for RL, d = √KL (Gao et al. 2022). An interrupted command goes on.",
      },
      parameters: {
        flags: {
          seed: count("N", "Default 1"),
          widths: text("N,N", "Channels of the preference models; default 40,120: 0.11M and 0.79M weights"),
          comparisons: text("N,N,…", "That each learns from; default 250,1000,4000"),
          sweep: text("DIR", "Take helpful-only starts from this sweep, where it has them"),
          smoke: flag("Every part as short as can be; proves nothing"),
          json,
        },
        positional: { kind: "tuple", parameters: [runFolder] },
      },
      loader: async () => (await import("../commands/scaling.ts")).scalingOveroptimise,
    }),
  },
});
