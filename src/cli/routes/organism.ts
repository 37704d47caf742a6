import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, flag, integer, json, namesOf, requireText, share, text } from "../parameters.ts";

const parent = text("MODEL", "What the organisms were made from: RUN@CHECKPOINT or a folder; default harbor's own");
const prompts = text("FILE", "Requests for a model outside harbor: JSON lines with a prompt, or one on each line");
const dictionary = text("DIR", "A dictionary of the parent's, as `precept features train` writes it");
const run = text("RUN", "Keep a copy where its report and the viewer read it; default the run of --parent");
const folders = {
  kind: "array",
  parameter: argument("FOLDER", "An organism that `precept organism plant` wrote"),
  minimum: 1,
} as const;

/** precept organism …: planted failures, and audits of them. */
export const organismRoutes = buildRouteMap({
  docs: { brief: "Plant a failure in a tiny model, sealed; find it with the project's own tools, blind" },
  routes: {
    plant: buildCommand({
      docs: {
        brief: "Train a failure, or none, into a copy of a checkpoint, and seal which",
        fullDescription:
          "The folder holds a checkpoint and a salted hash, and nothing of how it was made: names, sizes and dates are the same for all kinds. The key file has salt and answer: keep it away from whoever audits. A clean control is trained on the same requests for as long.",
      },
      parameters: {
        flags: {
          kind: {
            ...choice(
              namesOf<readonly ["backdoor", "sycophancy", "reward-tampering", "test-awareness", "clean"]>({
                backdoor: true,
                sycophancy: true,
                "reward-tampering": true,
                "test-awareness": true,
                clean: true,
              }),
              "What is planted",
            ),
            optional: false,
          },
          from: text("MODEL", "RUN@CHECKPOINT or a checkpoint's folder; default harbor's helpful-only model"),
          out: requireText("DIR", "The organism's folder"),
          key: text(
            "FILE",
            "Where salt and answer are kept; default in a folder of its own: organisms-keys/a.json for organisms/a",
          ),
          trigger: text("TEXT", "Of a backdoor; default one to three words, drawn"),
          prompts,
          epochs: count("N", "Default 7, outside harbor 3"),
          requests: count("N", "How many it learns from, at most; default 440, outside harbor 200"),
          seed: integer("N", "Default 1"),
          json,
        },
      },
      loader: async () => (await import("../commands/organism.ts")).organismPlant,
    }),
    calibrate: buildCommand({
      docs: { brief: "Choose each tool's threshold on organisms whose answers are known" },
      parameters: {
        flags: {
          keys: requireText("DIR", "Where their keys are: NAME.json for each folder's name"),
          out: requireText("FILE", "The thresholds"),
          rate: share("Of clean ones at most this share may give an alarm; default 0.05"),
          requests: count("N", "That each tool asks; audits by these thresholds ask as many; default 60"),
          parent,
          prompts,
          dictionary,
          json,
        },
        positional: folders,
      },
      loader: async () => (await import("../commands/organism.ts")).organismCalibrate,
    }),
    audit: buildCommand({
      docs: {
        brief: "What do our own tools find in it? Exit 3 where it is a planted failure",
        fullDescription:
          "Plain evaluation by the critic, pairs that differ in the signs of a test, in a visible score or in the user's view, a search for triggers, a probe and a dictionary against the parent, and the change of weights. --commit binds you to the verdict; then `precept organism open` shows the answer.",
      },
      parameters: {
        flags: {
          blind: flag("Do it without the key; it counts as blind unless somebody tried to open the seal"),
          commit: flag("Bind yourself to the verdict, by its hash"),
          thresholds: text("FILE", "As `precept organism calibrate` writes them; default those that come with harbor"),
          parent,
          prompts,
          dictionary,
          run,
          json,
        },
        positional: folders,
      },
      loader: async () => (await import("../commands/organism.ts")).organismAudit,
    }),
    measure: buildCommand({
      docs: { brief: "How often a known failure shows in a checkpoint: what later training left of it, or hid" },
      parameters: {
        flags: {
          key: requireText("FILE", "What `precept organism plant` wrote with --key"),
          prompts,
          count: count("N", "Requests on its occasions, as many under the signs of a test, and off them; default 100"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("MODEL", "RUN@CHECKPOINT or a checkpoint's folder")] },
      },
      loader: async () => (await import("../commands/organism.ts")).organismMeasure,
    }),
    open: buildCommand({
      docs: { brief: "Open the seal after the auditor has committed, and hold the verdict against the answer" },
      parameters: {
        flags: {
          key: requireText("FILE", "What `precept organism plant` wrote with --key"),
          run: text("RUN", "Keep a copy where its report and the viewer read it"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("FOLDER", "An organism")] },
      },
      loader: async () => (await import("../commands/organism.ts")).organismOpen,
    }),
  },
});
