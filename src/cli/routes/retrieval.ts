import { buildCommand, buildRouteMap } from "@stricli/core";
import type { faultPolicies } from "../../retrieval/index.ts";
import { argument, choice, count, flag, integer, json, namesOf, requireText, text } from "../parameters.ts";

const docs = requireText("DIR", "The documents: .md, .txt, .rst and .html files, or one of them");

const judge = text("MODEL", "Asked whether the quotations state what their sentence says");
const certificates = text("DIR", "Certificates of judges; default certificates");

/** precept ask and precept cite. */
export const retrievalRoutes = {
  ask: buildCommand({
    docs: {
      brief: "Answer a question from your documents, every quotation checked",
      fullDescription:
        "Searches the documents, gives the passages to the model, and checks that each quotation of its answer stands in its document word for word. Exit 3 where one does not. Without --model: the passages alone.",
    },
    parameters: {
      flags: {
        docs,
        model: text("MODEL", "Answers; PROVIDER:MODEL, a folder or a file"),
        judge,
        certificates,
        cite: flag("Print the sources below the answer, each with what its check found"),
        limit: count("N", "Passages that the model reads; default 6"),
        onFault: choice(
          namesOf<typeof faultPolicies>({ mark: true, reask: true, drop: true, refuse: true }),
          "Where a citation does not hold: show and say so (default), ask once more, leave the sentence out, show nothing",
        ),
        plain: flag("Search with the question as it is, without asking the model for words"),
        out: text("FILE", "Write every step as a record here, as JSON lines"),
        seed: integer("N", "Default 1"),
        json,
      },
      positional: { kind: "tuple", parameters: [argument("QUESTION", "What you want to know")] },
    },
    loader: async () => (await import("../commands/ask.ts")).ask,
  }),
  cite: buildRouteMap({
    docs: { brief: "Check the quotations of an answer against its documents" },
    routes: {
      check: buildCommand({
        docs: {
          brief:
            "Check that each quotation stands in its document, and each [n] has a source; exit 3 where one does not",
          fullDescription:
            'Sources are lines such as [1] returns.md: "the words", or stand in <sources>. Spelling of quotation marks, dashes, spaces and line ends may differ; a word may not. A JSON file is an answer whose provider told its citations, as Anthropic and the AI SDK do.',
        },
        parameters: {
          flags: { docs, judge, certificates, seed: integer("N", "Default 1"), json },
          positional: { kind: "tuple", parameters: [argument("FILE", "The answer with its sources; - is stdin")] },
        },
        loader: async () => (await import("../commands/cite-check.ts")).citeCheck,
      }),
    },
  }),
};
