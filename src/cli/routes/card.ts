import { buildCommand } from "@stricli/core";
import { json, runFolder, text } from "../parameters.ts";

/** precept card. */
export const cardRoute = buildCommand({
  docs: {
    brief: "The model card of a run, from its records alone",
    fullDescription:
      "One page of Markdown with the metadata that the Hugging Face hub reads: what the suites say of harm, over-refusal, bias, sycophancy and power-seeking, with intervals and the place of each figure's record; where answers depart from the constitution; what was not measured; what it is used for, where a log or a file of requests says so; decisions under a scaling policy. No model is asked.",
  },
  parameters: {
    flags: {
      checkpoint: text("NAME", "Of the run; default its last"),
      usage: text("FILE", "An audit log of precept guard, or requests as JSON lines: topics, no cell under 20"),
      licence: text("ID", "For the metadata, e.g. apache-2.0; default unknown"),
      out: text("FILE", "Default RUN/card.md"),
      json,
    },
    positional: { kind: "tuple", parameters: [runFolder] },
  },
  loader: async () => (await import("../commands/card.ts")).card,
});
