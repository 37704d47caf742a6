import { buildCommand } from "@stricli/core";
import { argument, count, decimal, integer, json, text } from "../parameters.ts";

/** precept debate. */
export const debateRoute = buildCommand({
  docs: {
    brief: "Two sides argue before a judge who cannot see the passage; is it right more often?",
    fullDescription:
      "Each question is heard blind, with one side speaking (consultancy), with both (debate), with the passage (full sight) and with the marks of verified quotations alone, in both orders of the letters. Quotations are looked up in the passage word for word. On harbor the questions are drawn; elsewhere --questions brings them. An interrupted command goes on where it stopped.",
  },
  parameters: {
    flags: {
      rounds: count("N", "Of simultaneous turns; default 2"),
      judge: text("MODEL", "Decides without the passage; on harbor the checkpoint that runs begin with"),
      debater: text("MODEL", "Argues both answers in turn; default RUN"),
      opponent: text("MODEL", "Argues the other answer; the two change places"),
      questions: text("FILE", 'JSON lines: "passage", "question", two "answers", "right"'),
      count: count("N", "Questions; default on harbor 200, else all of the file"),
      bestOf: count("N", "Turns drawn for each that is given; default 1"),
      scorer: text("MODEL", "Picks the best of several turns; default the judge"),
      temperature: decimal("T", "Of the debaters; default 1"),
      only: text("NAMES", "Conditions, with commas: blind, consultancy, debate, full-sight, marks"),
      seed: integer("N", "Default 1"),
      out: text("DIR", "Default RUN/oversight, elsewhere runs/debate-MODEL"),
      maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
      price: {
        ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
        variadic: true,
      },
      json,
    },
    positional: {
      kind: "tuple",
      parameters: [{ ...argument("RUN", "A run on harbor (its last checkpoint), or RUN@CHECKPOINT"), optional: true }],
    },
  },
  loader: async () => (await import("../commands/debate.ts")).debate,
});
