import type { OptionOverrides } from "../stages/index.ts";
import type { PromptCounts, PromptPurpose } from "../worlds/harbor/index.ts";
import type { Settings } from "./settings.ts";

/** How much of everything a run does. Rates and coefficients were chosen on the development split, never on the reported one. */
export interface Preset {
  readonly prompts: Readonly<Record<PromptPurpose, PromptCounts>>;
  /** Documents of the frozen pre-training corpus beside the pairs of SL-CAI. */
  readonly replay: number;
  /** Governed requests a split of the suite, and as many harmless ones. */
  readonly perSplit: number;
  /** Items a row of the role table. */
  readonly perRole: number;
  readonly method: OptionOverrides;
}

const smoke: Preset = {
  prompts: {
    "sl-cai": { redTeam: 28, helpful: 12 },
    "ai-feedback": { redTeam: 28, helpful: 12 },
    "rl-cai": { redTeam: 14, helpful: 6 },
  },
  replay: 40,
  perSplit: 14,
  perRole: 4,
  method: {
    batchPrompts: 14,
    batchPairs: 8,
    slCai: { rounds: 2, training: { epochs: 1, learningRate: 7e-4 } },
    preferenceModel: { training: { epochs: 1, learningRate: 3e-4 } },
    rlCai: { steps: 3, rolloutsPerStep: 16, checkpointEvery: 2, stateEvery: 1 },
    evaluate: { curve: { split: "heldOut", items: 8 } },
  },
};

const slCai = { sampling: { temperature: 1, topP: 0.95 }, training: { epochs: 4, learningRate: 5e-4 } };

const demo: Preset = {
  prompts: {
    "sl-cai": { redTeam: 840, helpful: 598 },
    "ai-feedback": { redTeam: 420, helpful: 390 },
    "rl-cai": { redTeam: 420, helpful: 390 },
  },
  replay: 1300,
  perSplit: 420,
  perRole: 100,
  method: {
    slCai: { ...slCai, alsoWithoutReplay: true },
    preferenceModel: { heldOutShare: 0.25, training: { epochs: 6, learningRate: 8e-4 } },
    // A preference model can be fooled a few nats away from SL-CAI: unwhitened advantages fade as the rewards agree, and the run stops there.
    rlCai: {
      steps: 24,
      klCoefficient: 0.1,
      whitenAdvantages: false,
      learningRate: 1e-4,
      checkpointEvery: 6,
      monitors: { maxKlNats: 2 },
    },
  },
};

/**
 * "demo" is what `npm start` shows and what is reported; "control" is the same method, measured without the size of the role
 * table and the second fine-tuning, for the many runs of an experiment; "smoke" runs every part in a minute and proves nothing.
 */
export const harborPresets: Readonly<Record<Settings["preset"], Preset>> = {
  smoke,
  demo,
  control: { ...demo, perRole: 20, method: { ...demo.method, slCai } },
};
