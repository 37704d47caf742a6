import { harborConfig } from "../../src/project/harbor/settings.ts";
import type { Experiment, Variant } from "./runs.ts";
import { headlineTable, pairedTable } from "./tables.ts";

/** Epochs and rate of SL-CAI's fine-tuning; the last is what the presets have. */
const candidates = [
  { epochs: 2, learningRate: 5e-4 },
  { epochs: 4, learningRate: 5e-4 },
  { epochs: 2, learningRate: 1e-3 },
  { epochs: 3, learningRate: 1e-3 },
];

function variantOf({ epochs, learningRate }: (typeof candidates)[number]): Variant {
  const base = harborConfig({ preset: "control", requests: "development" });
  const slCai = { ...base.training?.slCai, epochs, learningRate };
  return {
    name: `sl-cai-${epochs}-epochs-at-${learningRate}`,
    flags: [],
    config: { ...base, training: { ...base.training, slCai } },
  };
}

export const slCaiSettings: Experiment = {
  name: "sl-cai-settings",
  title: "Epochs and rate of SL-CAI",
  question:
    "How long and how fast is SL-CAI to be trained? Measured on the requests of `--requests development`, which no other table here reports, with what RL makes of each.",
  variants: candidates.map(variantOf),
  render: (results) => [headlineTable(results, ["initial", "sl-cai", "rl-cai"]), pairedTable(results)].join("\n\n"),
};
