import { PreceptError } from "../errors.ts";
import type {
  engines,
  HarborSettings,
  labelings,
  objectives,
  presets,
  pressures,
  requestSets,
  selections,
} from "../project/index.ts";
import { flag, integer, namesOf, text } from "./parameters.ts";

/** The flags that make one run of the demonstration differ from another; what is not given keeps its value. */
export interface SettingsFlags extends Omit<HarborSettings, "preset" | "start"> {
  readonly preset?: HarborSettings["preset"] | "committed";
  readonly fromScratch: boolean;
}

export const presetNames = namesOf<typeof presets>({ smoke: true, demo: true, control: true, brief: true, own: true });

export const settingsFlags = {
  preset: {
    kind: "enum",
    values: [...presetNames, "committed"],
    optional: true,
    brief:
      'How much of everything; default demo. "committed", with --from-scratch: train the start as long as the committed one',
  },
  seed: integer("N", "Default 1. The same seed gives the same records and weights"),
  constitution: text("NAME|FILE", "Default harbor"),
  measuredBy: text("NAME|FILE", "Another constitution, which says what is governed; for controls"),
  delete: text("PRINCIPLE", "Leave out this principle: what rises?"),
  invert: text("PRINCIPLE", "Turn this principle round"),
  principles: {
    kind: "enum",
    values: namesOf<typeof selections>({ all: true, random: true }),
    optional: true,
    brief: "All principles in every round (default), or one drawn at random as in the paper",
  },
  labels: {
    kind: "enum",
    values: namesOf<typeof labelings>({
      ...{ soft: true, hard: true, clamped: true, paper: true },
      ...{ debate: true, shuffled: true, "shuffled-to-the-end": true },
    }),
    optional: true,
    brief:
      "Preference labels; default soft. paper: one principle, clamped to 40-60 %. debate: where prompts hide a passage. shuffled: a control, whose best epoch may be none; -to-the-end: trained on all the same",
  },
  rl: {
    kind: "enum",
    values: namesOf<typeof pressures>({ bounded: true, pushed: true }),
    optional: true,
    brief: "pushed: a control in which RL goes too far; default bounded",
  },
  engine: {
    kind: "enum",
    values: namesOf<typeof engines>({ local: true, python: true }),
    optional: true,
    brief:
      "What fine-tunes: this process (default), or TRL (docs/scale.md), whose RL is rloo unless --objective says grpo",
  },
  objective: {
    kind: "enum",
    values: namesOf<typeof objectives>({ ppo: true, rloo: true, grpo: true }),
    optional: true,
    brief: "What RL optimises with; default ppo, which TRL does not have",
  },
  requests: {
    kind: "enum",
    values: namesOf<typeof requestSets>({ report: true, development: true }),
    optional: true,
    brief: "Measure on the requests kept for reporting (default), or on those for choosing settings",
  },
  fromScratch: flag("Train the helpful-only start, instead of loading the committed one"),
} as const;

/** What the flags change. @throws PreceptError usage for flags that contradict each other. */
export function settingsFrom({ preset, fromScratch, ...rest }: SettingsFlags): HarborSettings {
  if (preset === "committed" && !fromScratch) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: "--preset committed without --from-scratch",
      expected: "--from-scratch --preset committed, which repeats the committed training",
      remedy: "leave out --preset: the committed checkpoint is the default",
    });
  }
  if (preset === "committed") return { ...rest, start: "from-scratch-as-committed" };
  return { ...rest, preset, start: fromScratch ? "from-scratch" : undefined };
}
