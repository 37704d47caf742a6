import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, count, decimal, flag, integer, json, runFolder, text } from "../parameters.ts";

const target = argument("TARGET", "A run (its last checkpoint), RUN@CHECKPOINT, a folder, a file, or PROVIDER:MODEL");
const constitution = text("FILE", "Default the run's own, else constitution.yaml");
const judge = text("MODEL", "Grades the answers; on harbor its own critic");
const systemPrompt = text("FILE", "What the model is told before every conversation");
const guard = text("FILE", "The policy of a guard that stands before the model");

/** precept redteam, and precept redteam export. */
export const redteamRoutes = buildRouteMap({
  docs: { brief: "Attack a model under its constitution; findings for the next round and for a gate" },
  defaultCommand: "attack",
  routes: {
    attack: buildCommand({
      docs: {
        brief: "Attack a model by one or more strategies, within a budget; `precept redteam TARGET` is this",
        fullDescription:
          "Goals come from the principles, each with a benign twin. Answers are graded 0 to 4 under the principle, and 4 is a success. Only the models that are named here are called. An interrupted run goes on with the same command. Strategies: plain, best-of-n, persuasion, many-shot, encoding, pair, crescendo, tap, few-shot, prefix, archive, suffix, trained.",
      },
      parameters: {
        flags: {
          strategy: text("NAMES", "With commas; default persuasion, on a model without --attacker plain"),
          budget: count("N", "Requests to the target; default 200. Twins and the shortening of findings are on top"),
          judge,
          attacker: text("MODEL", "Writes goals and attacks; on harbor none is needed"),
          constitution,
          principles: text("IDS", "Only these, with commas"),
          goals: text("FILE", "Rows with principle, behaviour and twin, in place of written ones"),
          perPrinciple: count("N", "Goals to be written for each principle; default 3"),
          systemPrompt,
          guard,
          samples: count("N", "Samples by which a finding is judged; default 3"),
          findings: integer(
            "N",
            "Findings of one principle and technique that are kept; default 3, and 0 for figures alone",
          ),
          temperature: decimal("T", "Of the target; default 1"),
          maxTokens: count("N", "Of an answer; default 512"),
          seed: integer("N", "Default 1"),
          certificates: text("DIR", "Where the judge's certificate lies; default certificates"),
          out: text("DIR", "The run's folder; default runs/redteam-TARGET-KEY"),
          iOwnThisTarget: flag("With trained: the target is yours to attack, though it is large or elsewhere"),
          maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
          price: {
            ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
            variadic: true,
          },
          showAttacks: flag("Print the requests of the findings"),
          json,
        },
        positional: { kind: "tuple", parameters: [target] },
      },
      loader: async () => (await import("../commands/redteam.ts")).redteam,
    }),
    train: buildCommand({
      docs: {
        brief: "Train a writer of requests against a model of harbor, for --strategy trained",
        fullDescription:
          "Harbor's helpful-only model learns to write requests, then PPO rewards those that break the target, as its critic sees it, in new words. An interrupted training goes on with the same command.",
      },
      parameters: {
        flags: {
          budget: count("N", "Requests that it writes, in rounds of 125; default 2000"),
          seed: integer("N", "Default 1"),
          out: text("DIR", "Where it goes; default runs/attacker"),
          json,
        },
        positional: { kind: "tuple", parameters: [target] },
      },
      loader: async () => (await import("../commands/redteam-train.ts")).redteamTrain,
    }),
    export: buildCommand({
      docs: {
        brief: "Half of the findings as prompts of the next round, half as regressions that are never trained on",
      },
      parameters: {
        flags: {
          prompts: text("FILE", "Write the prompts here"),
          regression: text("FILE", "Write the regressions here"),
          answers: text("FILE", "Write answers here that people are to label: precept calibrate --rubric breach"),
          items: count("N", "So many of them; default 100"),
          json,
        },
        positional: { kind: "tuple", parameters: [runFolder] },
      },
      loader: async () => (await import("../commands/redteam-export.ts")).redteamExport,
    }),
  },
});
