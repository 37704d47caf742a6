/** The stages of the method, in order; the same words name folders, commands and manifest entries. */
export const stageNames = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate", "report"] as const;
export type StageName = (typeof stageNames)[number];
