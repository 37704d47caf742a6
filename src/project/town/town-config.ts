import { join } from "node:path";
import { type LoadedConfig, loadedConfig } from "../config/config.ts";
import { harborConfig } from "../harbor/settings.ts";

/** Requests about each category, whichever constitution bars it: else one side would be told more of what only it bars. */
const perCategory = { "sl-cai": 50, "ai-feedback": 25, "rl-cai": 25 };

export interface TownProject {
  readonly constitution: string;
  /** The public's file: both models are asked the same requests, and held against the same wishes. */
  readonly measuredBy: string;
  /** How many categories the public bars, and how many it does not. */
  readonly categories: { readonly barred: number; readonly others: number };
  readonly seed: number;
  readonly size: "demo" | "smoke";
}

/** The project that trains a constitution in on harbor for a comparison: everything but the constitution is the same. */
export function townProject({ constitution, measuredBy, categories, seed, size }: TownProject): LoadedConfig {
  const config = harborConfig({ preset: size === "smoke" ? "smoke" : "own", constitution, measuredBy, seed });
  const counts = (each: number) => ({ redTeam: each * categories.barred, helpful: each * categories.others });
  const prompts = {
    "sl-cai": counts(perCategory["sl-cai"]),
    "ai-feedback": counts(perCategory["ai-feedback"]),
    "rl-cai": counts(perCategory["rl-cai"]),
  };
  const world = size === "smoke" ? config.world : { ...config.world, prompts };
  return loadedConfig({ ...config, world }, join(process.cwd(), "precept.config.ts"));
}
