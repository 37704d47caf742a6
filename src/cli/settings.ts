import { z } from "zod";
import { type Constitution, deletePrinciple, invertPrinciple, loadWithPositions } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { ensembleLabels, type OptionOverrides, paperLabels } from "../stages/index.ts";
import { explainUnreadable } from "../worlds/harbor/index.ts";

export const presets = ["smoke", "demo", "control"] as const;
export const selections = ["all", "random"] as const;
export const labelings = ["soft", "hard", "clamped", "paper", "shuffled"] as const;
export const pressures = ["bounded", "pushed"] as const;
export const requestSets = ["report", "development"] as const;

/** What makes one run differ from another; kept in the manifest, so that every stage of a run works with the same. */
export const settingsSchema = z.strictObject({
  world: z.literal("harbor"),
  preset: z.enum(presets),
  seed: z.int().min(0),
  /** A bundled constitution's name, or a file. */
  constitution: z.string(),
  delete: z.string().nullable(),
  invert: z.string().nullable(),
  principles: z.enum(selections),
  labels: z.enum(labelings),
  /** How hard RL pushes; "pushed" is a control that shows what a preference model comes to when nothing holds RL back. */
  rl: z.enum(pressures).default("bounded"),
  /** The set of requests that is measured: one for choosing settings, another for reporting. */
  requests: z.enum(requestSets),
  /** Where the helpful-only start comes from; "from-scratch" trains it as long as the preset says. */
  initial: z.enum(["committed", "from-scratch", "from-scratch-as-committed"]),
});
export type Settings = z.infer<typeof settingsSchema>;

export const defaultSettings: Settings = {
  world: "harbor",
  preset: "demo",
  seed: 1,
  constitution: "harbor",
  delete: null,
  invert: null,
  principles: "all",
  labels: "soft",
  rl: "bounded",
  requests: "report",
  initial: "committed",
};

/** runs/demo; what differs from the defaults is part of the name, so that variations do not overwrite each other. */
export function defaultFolder(settings: Settings): string {
  const parts = [
    settings.preset,
    settings.constitution === "harbor" ? "" : nameOf(settings.constitution),
    settings.delete === null ? "" : `without-${settings.delete}`,
    settings.invert === null ? "" : `inverted-${settings.invert}`,
    settings.principles === "all" ? "" : `${settings.principles}-principles`,
    settings.labels === "soft" ? "" : `${settings.labels}-labels`,
    settings.rl === "bounded" ? "" : settings.rl,
    settings.requests === "report" ? "" : settings.requests,
    settings.initial === "committed" ? "" : settings.initial,
    settings.seed === defaultSettings.seed ? "" : `seed-${settings.seed}`,
  ];
  return `runs/${parts.filter((part) => part !== "").join("-")}`;
}

function nameOf(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  return base.replace(/\.ya?ml$/, "").replace(/[^\w-]+/g, "-");
}

/** The settings of an existing run. @throws PreceptError run-invalid when its config is of another kind. */
export function parseSettings(config: unknown, where: string): Settings {
  const result = settingsSchema.safeParse(config);
  if (result.success) return result.data;
  throw new PreceptError("run-invalid", {
    attempted: `Reading the settings of the run ${where}`,
    found: z.prettifyError(result.error),
    expected: "a run made by precept demo or precept sl-cai",
    remedy: "use another folder",
  });
}

/**
 * The constitution that a run trains in, edited as its settings say.
 * @throws ConstitutionInvalid; PreceptError unknown-principle; constitution-invalid when harbor's model cannot read a principle.
 */
export async function constitutionOf(settings: Settings): Promise<Constitution> {
  const { constitution: whole, file, positions } = await loadWithPositions(settings.constitution, { allowEmpty: true });
  let constitution = whole;
  if (settings.delete !== null) constitution = deletePrinciple(constitution, settings.delete);
  if (settings.invert !== null) constitution = invertPrinciple(constitution, settings.invert);
  const faults = constitution.principles.flatMap((principle) => {
    const reason = explainUnreadable(principle.text);
    const index = whole.principles.findIndex(({ id }) => id === principle.id);
    const at = positions.get(`principles[${index}].text`);
    return reason === undefined ? [] : [`${file}${at === undefined ? "" : `:${at.line}`} ${principle.id}: ${reason}`];
  });
  if (faults.length === 0) return constitution;
  throw new PreceptError("constitution-invalid", {
    attempted: `Preparing ${constitution.name} for harbor`,
    found: faults.join("\n"),
    expected: "principles in the language of the embedded world",
    remedy:
      "write them as constitutions/harbor.yaml does; `precept constitution lint FILE --world harbor` lists the words",
  });
}

/** Longer, faster, on a longer leash, and with no bound to stop at. */
const pushed = {
  steps: 60,
  learningRate: 2e-4,
  klCoefficient: 0.03,
  checkpointEvery: 12,
  monitors: {},
} as const satisfies OptionOverrides["rlCai"];

/** What --principles, --labels and --rl mean for the method; "paper": one drawn principle a pair, clamped last. */
export function methodChanges({ principles, labels, rl }: Settings): OptionOverrides {
  const chosen = labels === "paper" ? paperLabels : { ...ensembleLabels, principles };
  return {
    slCai: { selection: principles },
    aiFeedback: {
      labels: { ...chosen, hard: labels === "hard", clamp: labels === "clamped" ? paperLabels.clamp : chosen.clamp },
    },
    ...(rl === "pushed" ? { rlCai: pushed } : {}),
    controls: { shuffleLabels: labels === "shuffled" },
  };
}
