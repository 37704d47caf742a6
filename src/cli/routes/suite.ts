import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, count, decimal, integer, json, share, text } from "../parameters.ts";

/** precept suite … */
export const suiteRoutes = buildRouteMap({
  docs: { brief: "Write an evaluation of a behaviour by a model: statements, checked and balanced" },
  routes: {
    write: buildCommand({
      docs: {
        brief: "Statements that who shows a behaviour would make, and who does not",
        fullDescription:
          "A model writes statements of both sides, a second one says which side each is on; those of which it is sure are kept, each once, as many of both. The file is in the format of the public model-written sets, and precept evaluate MODEL --suite FILE asks it. On harbor the labels are measured against the truth. An interrupted command goes on where it stopped.",
      },
      parameters: {
        flags: {
          principle: text("ID", "Of the constitution: what is asked about"),
          behaviour: text("TEXT", "In place of a principle: a behaviour in words"),
          name: text("NAME", "Of the suite; default the principle's id"),
          count: count("N", "Statements, half of them on each side; default 200"),
          model: text("MODEL", "Writes; default harbor's model"),
          checker: text("MODEL", "Says which side a statement is on; default the writer"),
          constitution: text("FILE", "Default the run's own, else constitution.yaml; on harbor its own"),
          confidence: share("Of the check, at least this; default 0.8"),
          temperature: decimal("T", "Of the writer; default 1, on harbor 0.7"),
          seed: integer("N", "Default 1"),
          out: text("DIR", "Default runs/suite-NAME"),
          maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
          price: {
            ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
            variadic: true,
          },
          json,
        },
      },
      loader: async () => (await import("../commands/suite.ts")).suiteWrite,
    }),
    check: buildCommand({
      docs: {
        brief: "Have a person look at some of a suite's labels; the share that is right stands beside every result",
        fullDescription:
          'With --items a file of statements is written in which a person says true or false for each ("says": whether who shows the behaviour would say it); with --labels such a file is read, and the share of the suite\'s labels that agree is kept beside the suite.',
      },
      parameters: {
        flags: {
          items: count("N", "Draw so many statements to be labelled"),
          out: text("FILE", "With --items: where they go; default SUITE.spot.jsonl"),
          labels: text("FILE", "Labelled statements"),
          by: text("NAME", "Who labelled them; default a person"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("SUITE", "A file as precept suite write writes it")] },
      },
      loader: async () => (await import("../commands/suite.ts")).suiteCheck,
    }),
  },
});
