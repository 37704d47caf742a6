import { buildCommand } from "@stricli/core";
import { argument, choice, count, decimal, flag, integer, json, text } from "../parameters.ts";

/** precept gate. */
export const gateRoute = buildCommand({
  docs: {
    brief: "Whether a model may go on: a scaling policy, gates, or findings of a red team",
    fullDescription:
      "FILE says which. A scaling policy compares the upper 95 % bound of each capability, after elicitation, with thresholds that were fixed in advance, and adds a decision record to RUN/oversight/policy.json: exit 3 when a threshold is crossed without its safeguards, 4 when evidence is missing, stale or over budget. Gates (gates.yaml) are judged on what was measured of RUN. Findings (regression.jsonl) are asked again: exit 3 when one comes back, in more than half of its samples, 4 where no answer to one could be graded.",
  },
  parameters: {
    flags: {
      by: text("NAME", "With a scaling policy: who decides; with --decide"),
      decide: choice(["go-on", "pause"], "With --by: what was decided, to stand in the record"),
      reason: text("TEXT", "With --decide: why"),
      elicit: flag("With a scaling policy: measure what is missing first, as the printed commands would"),
      fewShot: text("FILE", "With --elicit: examples before every question, rows of prompt and response"),
      fineTune: text(
        "FILE",
        "With --elicit: rows of a fine-tune; refused where it would cost more than the policy gives",
      ),
      bundle: text("DIR", "With a scaling policy: a folder with which an outside party repeats the evaluation"),
      take: text("DIR", "With a scaling policy: the decisions that came back in such a folder"),
      junit: text("FILE", "With gates: write them as JUnit XML"),
      summary: text("FILE", "With gates: write them as Markdown, e.g. $GITHUB_STEP_SUMMARY"),
      judge: text("MODEL", "With findings, or --elicit: grades the answers; on harbor its own critic"),
      constitution: text("FILE", "With findings: default the run's own, else constitution.yaml"),
      systemPrompt: text("FILE", "With findings: what the model is told before every conversation"),
      guard: text("FILE", "With findings: the policy of a guard that stands before the model"),
      samples: count("N", "With findings: of each; default 3"),
      temperature: decimal("T", "With findings: of the target; default 1"),
      maxTokens: count("N", "With findings: of an answer; default 512"),
      seed: integer("N", "With findings: default 1"),
      json,
    },
    positional: {
      kind: "tuple",
      parameters: [
        argument("FILE", "A scaling policy, gates.yaml, or regressions as precept redteam export writes them"),
        argument("RUN|TARGET", "A run; for findings any model, as precept redteam takes it"),
      ],
    },
  },
  loader: async () => (await import("../commands/gate-file.ts")).gateFile,
});
