import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, decimal, flag, integer, json, port, requireText, text } from "../parameters.ts";
import { townRoutes } from "./collective-town.ts";

const folder = argument("FOLDER", "The conversation's folder");
const store = flag("Keep the log in PostgreSQL, whose address PRECEPT_POSTGRES holds");

const reading = {
  swapSigns: flag("Read agree as disagree and the other way round, for files in the sign of Polis's inside"),
  leaveOutUnknown: flag("Leave out votes on statements that the export does not list, instead of refusing it"),
};

/** precept collective …: a public writes, groups and ratifies principles. */
export const collectiveRoutes = buildRouteMap({
  docs: { brief: "Let a public write, group and ratify the principles" },
  routes: {
    ...townRoutes,
    open: buildCommand({
      docs: {
        brief: "Open a voting site for a conversation, until Ctrl-C; the same command goes on with it",
        fullDescription:
          "Reads the question and the seed statements from a YAML file and keeps everything in the folder of the same name beside it. Prints the link for the public and the one for the organiser. Reachable from this machine alone unless --host says otherwise.",
      },
      parameters: {
        flags: {
          host: text("HOST", "Default 127.0.0.1, this machine alone; 0.0.0.0 for phones in the same network"),
          port: port("Default 7780; 0 takes a free one"),
          address: text("URL", "The address under which people reach the site, behind a proxy"),
          out: text("FOLDER", "Default: named as the file, beside it"),
          postgres: store,
          invite: count("N", "Print N invitations, for one person each, and a link for whoever has it"),
          json,
        },
        positional: {
          kind: "tuple",
          parameters: [argument("FILE", "The conversation: title, question, seeds, and what else is wanted")],
        },
      },
      loader: async () => (await import("../commands/collective-open.ts")).collectiveOpen,
    }),
    import: buildCommand({
      docs: {
        brief: "Write an export of Polis, or a CSV of votes, as the log of a conversation",
        fullDescription:
          "Reads votes.csv, comments.csv and participants-votes.csv from a folder or a zip, or one CSV with the columns participant, statement and vote. The same command again goes on where it stopped and writes nothing twice.",
      },
      parameters: {
        flags: {
          out: requireText("FOLDER", "The conversation's folder"),
          title: text("TITLE", "Default: the folder's name"),
          ...reading,
          postgres: store,
          json,
        },
        positional: { kind: "tuple", parameters: [argument("PATH", "The export: a folder, a zip, or a CSV of votes")] },
      },
      loader: async () => (await import("../commands/collective-import.ts")).collectiveImport,
    }),
    analyse: buildCommand({
      docs: {
        brief: "Groups with their stability, what they share with its uncertainty, and what still needs votes",
        fullDescription:
          "Reads a conversation's folder, or an export as `import` does. Prints the result with and without voters whose votes may be no opinion.",
      },
      parameters: {
        flags: {
          mode: choice(
            ["robust", "polis"],
            "robust (default): one result for any order of the input, with its uncertainty; polis: what Polis computes, quirks included",
          ),
          seed: integer("N", "Default 0"),
          cutOff: decimal("SHARE", "Of the geometric mean over groups, from which on they agree; default 0.85, CCAI's"),
          ...reading,
          postgres: store,
          json,
        },
        positional: {
          kind: "tuple",
          parameters: [argument("PATH", "The conversation's folder, or an export: a folder, a zip, or a CSV of votes")],
        },
      },
      loader: async () => (await import("../commands/collective-analyse.ts")).collectiveAnalyse,
    }),
    verify: buildCommand({
      docs: {
        brief: "Check a conversation's log and compute every published result anew; exit 3 when one differs",
      },
      parameters: {
        flags: { postgres: store, json },
        positional: { kind: "tuple", parameters: [folder] },
      },
      loader: async () => (await import("../commands/collective-verify.ts")).collectiveVerify,
    }),
  },
});
