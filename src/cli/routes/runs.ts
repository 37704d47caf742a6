import { buildCommand } from "@stricli/core";
import { argument, json, runFolder } from "../parameters.ts";

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
      flags: { json },
      positional: { kind: "tuple", parameters: [runFolder, { ...record, optional: true }] },
    },
    loader: async () => (await import("../commands/show.ts")).show,
  }),
  why: buildCommand({
    docs: { brief: "Walk from a record back to the principles that shaped it" },
    parameters: { flags: { json }, positional: { kind: "tuple", parameters: [runFolder, record] } },
    loader: async () => (await import("../commands/why.ts")).why,
  }),
};
