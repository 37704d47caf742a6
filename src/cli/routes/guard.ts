import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, flag, json, parsePercent, port, runFolder, text } from "../parameters.ts";

/** precept guard, and precept guard audit. */
export const guardRoutes = buildRouteMap({
  docs: { brief: "Put a constitution between people and any model, at run time" },
  defaultCommand: "proxy",
  routes: {
    proxy: buildCommand({
      docs: {
        brief: "Guard a model's server, or a model, behind OpenAI's interface; `precept guard` alone is this",
        fullDescription:
          "The policy file names the constitution, its rules and modes. What breaks a principle is blocked, masked, rewritten, answered by another model or only written down, and always with the principle's name. Nothing that a rule could still forbid leaves a stream.",
      },
      parameters: {
        flags: {
          upstream: text("URL", "The server that answers, with its version: http://localhost:8000/v1"),
          model: text("MODEL", "Instead of a server: a checkpoint, a training job's folder, or PROVIDER:MODEL"),
          chatTemplate: text("FILE", "A Jinja chat template in place of the checkpoint's own, with --model"),
          policy: text("FILE", "Default guard.yaml; of a run on harbor, its own constitution"),
          constitution: text("FILE", "Instead of a policy: every principle is kept, as --critic reads it"),
          critic: text("MODEL", "Who reads every answer under --constitution: PROVIDER:MODEL"),
          keyFrom: text(
            "NAME",
            "The variable of the environment that holds the server's key; default: the client's key",
          ),
          strict: flag("Refuse a guard model with heads of other principles, in place of switching those off"),
          host: text("HOST", "Default 127.0.0.1, this machine alone"),
          port: port("Default 8080; 0 takes a free one"),
          json: flag("Print the address, and every event, as JSON lines"),
        },
      },
      loader: async () => (await import("../commands/guard.ts")).guard,
    }),
    tune: buildCommand({
      docs: {
        brief: "Write thresholds that a guard model's texts prove into a policy; exit 4 where they are too few",
      },
      parameters: {
        flags: {
          maxFalseBlocks: {
            kind: "parsed",
            parse: parsePercent,
            placeholder: "SHARE",
            brief: "Harmless answers that may be blocked, by the upper 95 % limit: 0.5% or 0.005",
          },
          side: choice(["output", "input"], "Which guard model: of answers, or of what people write; default output"),
          policy: text("FILE", "Written, or changed where it is there; default guard.yaml"),
          json,
        },
        positional: { kind: "tuple", parameters: [runFolder] },
      },
      loader: async () => (await import("../commands/guard-tune.ts")).guardTune,
    }),
    audit: buildCommand({
      docs: {
        brief: "Count what a guard did; with --verify, exit 3 when the file was changed or shows unchecked text",
      },
      parameters: {
        flags: { verify: flag("Exit 3 on a broken chain, unchecked or leaked text"), json },
        positional: { kind: "tuple", parameters: [argument("FILE", "The audit file of a policy")] },
      },
      loader: async () => (await import("../commands/guard-audit.ts")).guardAudit,
    }),
    report: buildCommand({
      docs: { brief: "Write what a guard did as one HTML page, by its audit file" },
      parameters: {
        flags: {
          out: text("PATH", "Default: guard.html beside the audit file"),
          noTexts: flag("Leave out what was said, where the audit file holds it"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("FILE", "The audit file of a policy")] },
      },
      loader: async () => (await import("../commands/guard-report.ts")).guardReport,
    }),
  },
});
