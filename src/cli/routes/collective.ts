import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, count, flag, json, port, text } from "../parameters.ts";
import { townRoutes } from "./collective-town.ts";

const folder = argument("FOLDER", "The conversation's folder");
const store = flag("Keep the log in PostgreSQL, whose address PRECEPT_POSTGRES holds");

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
