import { buildChoiceParser, buildCommand } from "@stricli/core";
import { shells } from "../completion.ts";

/** What makes the program itself handier. */
export const shellRoutes = {
  completion: buildCommand({
    docs: { brief: "Print the script that makes Tab complete precept in your shell" },
    parameters: {
      positional: {
        kind: "tuple",
        parameters: [
          {
            parse: buildChoiceParser(shells),
            placeholder: shells.join("|"),
            brief: "Your shell",
            proposeCompletions: () => shells,
          },
        ],
      },
    },
    loader: async () => (await import("../commands/completion.ts")).completion,
  }),
};
