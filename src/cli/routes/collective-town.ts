import { buildCommand } from "@stricli/core";
import type { selectionNames, TOWN_CONTROLS, weightingNames } from "../../project/collective/index.ts";
import { argument, choice, decimal, flag, integer, json, namesOf, text } from "../parameters.ts";

const folder = argument("FOLDER", "The conversation's folder");
const postgres = flag("The log is in PostgreSQL, whose address PRECEPT_POSTGRES holds");

/** What a public's votes become: principles, a constitution, a page; and all of it on harbor. */
export const townRoutes = {
  draft: buildCommand({
    docs: {
      brief: "Write a conversation's statements as principles, each checked against what was said",
      fullDescription:
        "Chooses the statements on which all groups agree, has a model write each as a principle, checks polarity, scope and entailment both ways, and lists conflicts. Every answer is kept: after any interruption the same command continues. The principles are put to the second vote where the site is not open at the time.",
    },
    parameters: {
      flags: {
        model: text("MODEL", "Who writes: provider:model, local:FOLDER, llamacpp:FILE"),
        select: choice(
          namesOf<typeof selectionNames>({ posterior: true, cutoff: true, slate: true }),
          "posterior: all groups agree with 95 % probability (default); cutoff: as CCAI, 0.723; slate: proportional approval",
        ),
        cutoff: decimal("SHARE", "With --select cutoff; default 0.723"),
        size: integer("N", "With --select slate: principles at most; default 50"),
        weights: choice(
          namesOf<typeof weightingNames>({ uniform: true, "lower-bound": true, slate: true }),
          "uniform (default), lower-bound of the consensus, or of the slate",
        ),
        withoutFlagged: flag(
          "Choose statements without whoever votes faster than reading, the same as others, or one answer to everything",
        ),
        plainRequests: flag("Write the requests for critique and revision by template"),
        seed: integer("N", "Default 1"),
        postgres,
        json,
      },
      positional: { kind: "tuple", parameters: [folder] },
    },
    loader: async () => (await import("../commands/collective-draft.ts")).collectiveDraft,
  }),
  ratify: buildCommand({
    docs: {
      brief: "Write the constitution of the principles that the second vote ratified, with everything it comes from",
    },
    parameters: {
      flags: {
        withoutVote: flag("Write every drafted principle; the file says that no second vote was held"),
        postgres,
        json,
      },
      positional: { kind: "tuple", parameters: [folder] },
    },
    loader: async () => (await import("../commands/collective-ratify.ts")).collectiveRatify,
  }),
  report: buildCommand({
    docs: {
      brief:
        "One page: map, groups, consensus, principles with their statements and votes; and tables as CSV or Parquet",
    },
    parameters: {
      flags: {
        out: text("FILE", "Default report.html in the folder"),
        csv: text("FOLDER", "Write the tables here as CSV; small cells are left out"),
        parquet: text("FOLDER", "The same as Parquet, typed"),
        postgres,
        json,
      },
      positional: { kind: "tuple", parameters: [folder] },
    },
    loader: async () => (await import("../commands/collective-report.ts")).collectiveReport,
  }),
  compare: buildCommand({
    docs: {
      brief:
        "A public's model beside a standard one: bias, capability, helpfulness, harmlessness, contentious requests",
      fullDescription:
        "Asks both models the same: BBQ by dimension, suites of capability within a margin, with a judge helpfulness and harmlessness in the arena, and contentious requests side by side. Every answer is kept: after any interruption the same command continues.",
    },
    parameters: {
      flags: {
        data: {
          ...text("DIR", "Folder of BBQ and the suites; may be given several times; default PRECEPT_DATA"),
          variadic: true,
        },
        items: integer("N", "Questions of each suite at most; default 500"),
        capability: text("NAMES", "Suites of capability, with commas; default gsm8k"),
        margin: decimal("SHARE", "Change of capability that counts as none; default 0.03"),
        judge: text("MODEL", "Compares answers in the arena; not held without"),
        helpful: text("FILE", "Prompts on which helpfulness is compared"),
        harmful: text("FILE", "Prompts on which harmlessness is compared"),
        requests: text("FILE", "Contentious requests of your own; default twelve of ours"),
        seed: integer("N", "Default 1"),
        maxCost: decimal("DOLLARS", "Stop cleanly before more is spent; the same command with more continues"),
        price: {
          ...text("MODEL=IN,OUT", "Dollars per million tokens, where no price is known; may be given several times"),
          variadic: true,
        },
        out: text("FOLDER", "Answers and tables; default runs/collective-compare"),
        json,
      },
      aliases: { n: "items" },
      positional: {
        kind: "tuple",
        parameters: [
          argument("PUBLIC", "A run, RUN@CHECKPOINT or a model: the public's"),
          argument("STANDARD", "The one that it is compared with"),
        ],
      },
    },
    loader: async () => (await import("../commands/collective-compare.ts")).collectiveCompare,
  }),
  demo: buildCommand({
    docs: {
      brief:
        "Offline: a simulated town writes harbor's constitution; it is trained in and compared with the standard one",
    },
    parameters: {
      flags: {
        preset: choice(["demo", "smoke"], "How much of everything; default demo"),
        seed: integer("N", "Default 1"),
        control: choice(
          namesOf<typeof TOWN_CONTROLS>({
            none: true,
            "shuffled-votes": true,
            "one-group": true,
            "no-ratification": true,
          }),
          "shuffled-votes, one-group, no-ratification: what must come out otherwise",
        ),
        noTraining: flag("End with the constitution"),
        out: text("FOLDER", "Default runs/town and what makes this one different"),
        json,
      },
    },
    loader: async () => (await import("../commands/collective-demo.ts")).collectiveDemo,
  }),
};
