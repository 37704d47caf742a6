import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, count, decimal, integer, json, text } from "../parameters.ts";

const run = { ...argument("RUN", "A run on harbor (its last checkpoint), or RUN@CHECKPOINT"), optional: true } as const;
const judge = text("MODEL", "Decides without the passage; default on harbor small, a weaker one that is taught first");
const debater = text("MODEL", "Argues both answers in turn; default RUN");
const questions = text("FILE", 'JSON lines: "passage", "question", two "answers", "right"');
const lessons = count("N", "Drawn hearings that the small judge of harbor learns from; default 9000");
const temperature = decimal("T", "Of the debaters; default 1");
const seed = integer("N", "Default 1");
const out = text("DIR", "Default RUN/oversight, elsewhere runs/debate-MODEL");

const budget = {
  maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
  price: {
    ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
    variadic: true,
  },
} as const;

/** precept debate, and precept debate train. */
export const debateRoutes = buildRouteMap({
  docs: { brief: "Two sides argue before a judge who cannot see the passage; is it right more often?" },
  defaultCommand: "hold",
  routes: {
    hold: buildCommand({
      docs: {
        brief: "Hear questions blind, by one side, by both, and with the passage; `precept debate RUN` is this",
        fullDescription:
          "Each question is heard blind, with one side speaking (consultancy), with both (debate), with the passage (full sight) and with the marks of verified quotations alone, in both orders of the letters. Quotations are looked up in the passage word for word. On harbor the questions are drawn; elsewhere --questions brings them. An interrupted command goes on where it stopped.",
      },
      parameters: {
        flags: {
          rounds: count("N", "Of simultaneous turns; default 2"),
          judge,
          debater,
          opponent: text("MODEL", "Argues the other answer; the two change places"),
          questions,
          count: count("N", "Questions; default on harbor 200, else all of the file"),
          bestOf: count("N", "Turns drawn for each that is given; default 1"),
          scorer: text("MODEL", "Picks the best of several turns; default the judge"),
          lessons,
          temperature,
          only: text("NAMES", "Conditions, with commas: blind, consultancy, debate, full-sight, marks"),
          seed,
          out,
          ...budget,
          json,
        },
        positional: { kind: "tuple", parameters: [run] },
      },
      loader: async () => (await import("../commands/debate.ts")).debate,
    }),
    train: buildCommand({
      docs: {
        brief: "Train a debater by play against itself, on the turns that convinced the judge",
        fullDescription:
          "Of several turns the one is given, and learned from, after which the judge finds its side most probable, for right and wrong answers alike. Nobody says which answer is right. An interrupted command goes on where it stopped.",
      },
      parameters: {
        flags: {
          rounds: count("N", "Of a debate; default 2"),
          judge,
          debater,
          questions,
          count: count("N", "Questions that it plays over; default on harbor 300, else all of the file"),
          bestOf: count("N", "Turns drawn for each; default 8"),
          lessons,
          temperature,
          seed,
          out,
          ...budget,
          json,
        },
        positional: { kind: "tuple", parameters: [run] },
      },
      loader: async () => (await import("../commands/debate-train.ts")).debateTrain,
    }),
  },
});
