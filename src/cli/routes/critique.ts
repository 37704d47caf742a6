import { buildCommand } from "@stricli/core";
import { argument, choice, count, decimal, integer, json, text } from "../parameters.ts";

/** precept critique MODEL. */
export const critiqueRoute = buildCommand({
  docs: {
    brief: "Critiques of critiques, and the tamper test: planted flaws found, by principle",
    fullDescription:
      "A known breach is put into good answers: on harbor by the world, exactly; else by the model, where a second reading finds it, or from your pairs. The critic reads both, each further level checks the critique below it, and what is found is revised. A level is kept where more flaws are found at no lower precision.",
  },
  parameters: {
    flags: {
      levels: count("N", "1: critiques alone; 2 (default): critiques of them; …"),
      count: count("N", "Tampered answers of each principle, and answers of its own; default 100"),
      critic: text("MODEL", "Who criticises; default on harbor the initial model, else MODEL"),
      verifier: text("MODEL", "Who reads written flaws a second time; default MODEL"),
      constitution: text("FILE", "A file, or a bundled one's name; default the run's, else constitution.yaml"),
      answers: text("FILE", 'Good answers: JSON lines with "prompt" and "response"; harbor draws its own'),
      pairs: text("FILE", 'JSON lines with "prompt", "principle", "clean" and "tampered"'),
      wording: choice(
        ["known", "heldOut", "far"],
        "Harbor: principles in words that pre-training had (default), or not",
      ),
      maxTokens: count("N", "Longest critique, check and answer of a model that is not harbor's; default 256"),
      seed: integer("N", "Default 1"),
      out: text("DIR", "Default the run, else runs/critique-MODEL"),
      maxCost: decimal("DOLLARS", "Stop asking hosted models before they cost more"),
      price: { ...text("MODEL=IN,OUT", "Dollars per million tokens, where they are not known"), variadic: true },
      json,
    },
    positional: {
      kind: "tuple",
      parameters: [argument("MODEL", "RUN, RUN@CHECKPOINT, a checkpoint, a GGUF file, llamacpp:FILE, provider:model")],
    },
  },
  loader: async () => (await import("../commands/critique.ts")).critique,
});
