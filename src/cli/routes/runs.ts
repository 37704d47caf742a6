import { buildCommand } from "@stricli/core";
import { argument, flag, json, port, runFolder, text } from "../parameters.ts";

const record = argument("RECORD", "The id of a record, or as much of its beginning or end as no other record shares");

/** Looking at what was run, of whatever kind. */
export const runRoutes = {
  runs: buildCommand({
    docs: { brief: "List what was run: kind, stages done, date, size" },
    parameters: {
      flags: { json },
      positional: {
        kind: "tuple",
        parameters: [{ ...argument("FOLDER", "Where to look, at any depth; default ./runs"), optional: true }],
      },
    },
    loader: async () => (await import("../commands/runs.ts")).runs,
  }),
  show: buildCommand({
    docs: { brief: "Show a run, its stages and what they took, or one of its records" },
    parameters: {
      flags: { open: flag("Show it in the browser, as precept view does, until Ctrl-C"), json },
      positional: { kind: "tuple", parameters: [runFolder, { ...record, optional: true }] },
    },
    loader: async () => (await import("../commands/show.ts")).show,
  }),
  review: buildCommand({
    docs: { brief: "Drop, keep or annotate a record and what was made from it; or list the marks" },
    parameters: {
      flags: {
        drop: flag("Leave it, and what was made from it, out of exported data"),
        keep: flag("Say that it is fine: where somebody else drops it, it stays and is listed"),
        note: text("TEXT", "Why; stands in the card of exported data"),
        clear: flag("Take back your mark and note"),
        by: text("NAME", "Whose mark it is; default: the user of this machine"),
        json,
      },
      positional: { kind: "tuple", parameters: [runFolder, { ...record, optional: true }] },
    },
    loader: async () => (await import("../commands/review.ts")).review,
  }),
  view: buildCommand({
    docs: {
      brief: "Open runs in the browser: follow any answer back to its principle",
      fullDescription:
        "Serves the pages of a run, or of every run in a folder, on this machine alone, and opens them. The link that is printed holds a token: without it nothing is shown. An index is kept in RUN/.view, so that a million records open at once the next time.",
    },
    parameters: {
      flags: {
        host: text("HOST", "Default 127.0.0.1, this machine alone"),
        port: port("Default: the first free one from 7710 on"),
        allowHost: {
          kind: "parsed",
          parse: String,
          optional: true,
          variadic: true,
          placeholder: "NAME",
          brief: "A host under which it may be asked too, as behind a tunnel; may be given several times",
        },
        out: text(
          "PATH",
          "Write the pages to be sent instead: one .html file up to 20 MB, or a folder for any web host",
        ),
        filter: text(
          "FILTER",
          'With --out: which chains, as in a page\'s address, e.g. "principle=help&pattern=put-back"',
        ),
        withNotes: flag("With --out: the notes and names of reviewers too"),
        noOpen: flag("Print the link, and open nothing"),
        json: flag("Print the address as one JSON object"),
      },
      positional: {
        kind: "tuple",
        parameters: [
          {
            ...argument("RUN", "A run directory, a folder of runs at any depth, or the log of a guard; default ./runs"),
            optional: true,
          },
        ],
      },
    },
    loader: async () => (await import("../commands/view.ts")).view,
  }),
  why: buildCommand({
    docs: {
      brief: "Walk from a record back to the principles that shaped it",
      fullDescription:
        "Follows what the run recorded: which critique led to which revision. What moved the weights is another question: precept attribute measures which training examples pushed an answer up.",
    },
    parameters: { flags: { json }, positional: { kind: "tuple", parameters: [runFolder, record] } },
    loader: async () => (await import("../commands/why.ts")).why,
  }),
};
