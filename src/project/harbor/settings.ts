import { omitUndefined } from "../../omit-undefined.ts";
import { canonicalJson, toFileName } from "../../storage/index.ts";
import type { FileConfig } from "../config/schema.ts";
import { type HarborConfig, harborConfigs, type PresetName } from "./presets.ts";

export const selections = ["all", "random"] as const;
export const labelings = ["soft", "hard", "clamped", "paper", "debate", "shuffled", "shuffled-to-the-end"] as const;
export const pressures = ["bounded", "pushed"] as const;
export const engines = ["local", "python"] as const;
export const objectives = ["ppo", "rloo", "grpo"] as const;
export const requestSets = ["report", "development"] as const;

/** What makes one run of the demonstration differ from another: the preset and the named experiments. */
export interface HarborSettings {
  readonly preset?: PresetName | undefined;
  readonly seed?: number | undefined;
  /** A bundled constitution's name, or a file. */
  readonly constitution?: string | undefined;
  /** The constitution that says what is governed, where it is not the one that is trained in. */
  readonly measuredBy?: string | undefined;
  readonly delete?: string | undefined;
  readonly invert?: string | undefined;
  readonly principles?: (typeof selections)[number] | undefined;
  readonly labels?: (typeof labelings)[number] | undefined;
  /** How hard RL pushes; "pushed" is a control that shows what a preference model comes to when nothing holds RL back. */
  readonly rl?: (typeof pressures)[number] | undefined;
  /** What fine-tunes; "python": TRL, and rloo where no objective is named. */
  readonly engine?: (typeof engines)[number] | undefined;
  /** What RL optimises with. */
  readonly objective?: (typeof objectives)[number] | undefined;
  readonly requests?: (typeof requestSets)[number] | undefined;
  readonly start?: NonNullable<HarborConfig["world"]["start"]> | undefined;
}

/** Longer, faster, on a longer leash, and with no bound to stop at. */
const pushed = { steps: 60, learningRate: 2e-4, klCoefficient: 0.03, checkpointEvery: 12, monitors: {} };

/** A project on harbor with some settings changed; without one, the demonstration. */
export function harborConfig(changes: HarborSettings, from?: HarborConfig): HarborConfig {
  const { seed, constitution, measuredBy, rl, requests, start, engine } = changes;
  const base = from === undefined || changes.preset !== undefined ? harborConfigs[changes.preset ?? "demo"] : from;
  const principles = changes.principles ?? (base.selection === "random" ? "random" : "all");
  const labels = changes.labels ?? labelingOf(base) ?? "soft";
  const { delete: deleted, invert, shuffleLabels } = base.controls ?? {};
  const usual = base.training?.rlCai?.objective ?? (engine === "python" ? "rloo" : undefined);
  const objective = changes.objective ?? usual;
  const isChanged = rl === "pushed" || objective !== undefined;
  return {
    ...base,
    world: { ...base.world, ...omitUndefined({ requests, start, measuredBy }) },
    constitution: constitution ?? base.constitution,
    selection: principles,
    ...labelSettings(labels, principles),
    training: {
      ...base.training,
      ...omitUndefined({ engine }),
      ...(isChanged && {
        rlCai: { ...base.training?.rlCai, ...(rl === "pushed" && pushed), ...omitUndefined({ objective }) },
      }),
      // With "best", a preference model that learns nothing is kept as it began, and nothing can come of it.
      ...(labels === "shuffled-to-the-end" && { preferenceModel: { ...base.training?.preferenceModel, keep: "last" } }),
    },
    controls: {
      delete: changes.delete ?? deleted,
      invert: changes.invert ?? invert,
      shuffleLabels: changes.labels === undefined ? shuffleLabels : labels.startsWith("shuffled") || undefined,
    },
    seed: seed ?? base.seed,
  };
}

/** "paper": one drawn principle for each pair, clamped last; else the principles that the settings name, unclamped. */
function labelSettings(
  labels: (typeof labelings)[number],
  principles: (typeof selections)[number],
): Pick<FileConfig, "labels" | "clamp" | "hardLabels"> {
  if (labels === "debate") return { labels: "debate", clamp: undefined, hardLabels: undefined };
  if (labels === "paper") return { labels: "paper", clamp: undefined, hardLabels: undefined };
  const clamp: FileConfig["clamp"] = labels === "clamped" ? [0.4, 0.6] : principles === "random" ? null : undefined;
  return { labels: principles === "all" ? "ensemble" : "paper", clamp, hardLabels: labels === "hard" || undefined };
}

function labelingOf(config: Omit<FileConfig, "models">): HarborSettings["labels"] {
  const { controls, labels, clamp, hardLabels, training } = config;
  if (controls?.shuffleLabels === true) {
    return training?.preferenceModel?.keep === "last" ? "shuffled-to-the-end" : "shuffled";
  }
  if (labels === "debate") return "debate";
  if (hardLabels === true) return "hard";
  if (labels !== "ensemble" && clamp === undefined) return "paper";
  return clamp === undefined || clamp === null ? undefined : "clamped";
}

/** What sets a project on harbor apart from the demonstration, in the words of its flags. */
export function variationOf(config: Omit<FileConfig, "models">): Record<string, string> {
  const { controls, selection, training, world } = config;
  const usual = harborConfigs[world?.preset ?? "demo"].training?.rlCai;
  const { objective, ...rest } = training?.rlCai ?? {};
  const own = canonicalJson(rest);
  const isPushed = own === canonicalJson({ ...usual, ...pushed });
  const rl = own === canonicalJson(usual) ? undefined : isPushed ? "pushed" : "changed";
  const principles = selection === "random" ? "random" : undefined;
  const { delete: deleted, invert } = controls ?? {};
  const engine = training?.engine;
  return {
    ...omitUndefined({ delete: deleted, invert, labels: labelingOf(config), principles, rl, engine, objective }),
  };
}

/** runs/demo; what differs from the defaults is part of the name, so that variations do not overwrite each other. */
export function harborFolderName(settings: HarborSettings): string {
  const { preset = "demo", constitution = "harbor", principles = "all", labels = "soft", rl = "bounded" } = settings;
  const { requests = "report", start = "committed", seed = 1, engine = "local", objective } = settings;
  const parts = [
    preset,
    constitution === "harbor" ? "" : nameOf(constitution),
    settings.delete === undefined ? "" : `without-${settings.delete}`,
    settings.invert === undefined ? "" : `inverted-${settings.invert}`,
    principles === "all" ? "" : `${principles}-principles`,
    labels === "soft" ? "" : `${labels}-labels`,
    rl === "bounded" ? "" : rl,
    engine === "local" ? "" : engine,
    objective ?? "",
    requests === "report" ? "" : requests,
    start === "committed" ? "" : start,
    seed === 1 ? "" : `seed-${seed}`,
  ];
  return `runs/${parts.filter((part) => part !== "").join("-")}`;
}

function nameOf(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  return toFileName(base.replace(/\.ya?ml$/, "")).replaceAll(".", "-");
}
