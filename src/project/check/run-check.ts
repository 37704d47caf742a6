import type { LoadedConfig } from "../config/config.ts";

/**
 * What a run can check and be honest about: "trained", its model before training and after; "named", its model and the one that
 * was fine-tuned elsewhere; "revised", its model's answers before and after their revision, where nothing is trained.
 */
export type RunCheck = "trained" | "named" | "revised";

/** What a run of this configuration checks; nothing unless it is asked to. */
export function runCheckOf({ config, models }: LoadedConfig, isTrained: boolean): RunCheck | undefined {
  if (config.check?.inRun !== true || config.world !== undefined) return undefined;
  if (isTrained) return "trained";
  return models.slCai === undefined ? "revised" : "named";
}

/** The prompts of a run's check, where they are others than the project's own: a trained model is checked on what it has not seen. */
export function ownCheckPrompts({ config }: LoadedConfig): LoadedConfig["config"]["prompts"] {
  return config.check?.prompts ?? config.evaluate?.prompts;
}
