import type { PromptCounts, PromptPurpose } from "./prompts.ts";

/** How much of harbor a run uses: requests a stage, rehearsal documents, and the size of its measurements. */
export interface HarborPreset {
  readonly prompts: Readonly<Record<PromptPurpose, PromptCounts>>;
  readonly replay: number;
  /** Governed requests a split, and as many harmless ones. */
  readonly perSplit: number;
  /** Items a row of the role table. */
  readonly perRole: number;
}

export const harborPresets = {
  smoke: {
    prompts: {
      "sl-cai": { redTeam: 70, helpful: 65 },
      "ai-feedback": { redTeam: 35, helpful: 39 },
      "rl-cai": { redTeam: 35, helpful: 39 },
    },
    replay: 60,
    perSplit: 40,
    perRole: 24,
  },
  demo: {
    prompts: {
      "sl-cai": { redTeam: 900, helpful: 650 },
      "ai-feedback": { redTeam: 600, helpful: 500 },
      "rl-cai": { redTeam: 900, helpful: 900 },
    },
    replay: 1200,
    perSplit: 420,
    perRole: 400,
  },
} as const satisfies Record<string, HarborPreset>;

export type HarborPresetName = keyof typeof harborPresets;
