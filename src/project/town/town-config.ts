import { join } from "node:path";
import { type LoadedConfig, loadedConfig } from "../config/config.ts";
import { harborConfig } from "../harbor/settings.ts";

/** Seven barred categories get seventy requests each, and as many principles again are learned from the harmless ones. */
const prompts = {
  "sl-cai": { redTeam: 490, helpful: 460 },
  "ai-feedback": { redTeam: 210, helpful: 210 },
  "rl-cai": { redTeam: 210, helpful: 210 },
};

export interface TownProject {
  readonly constitution: string;
  /** The public's: both models are asked the same requests, and held against the same wishes. */
  readonly measuredBy: string;
  readonly seed: number;
  readonly size: "demo" | "smoke";
}

/** The project that trains a constitution in on harbor for a comparison: everything but the constitution is the same. */
export function townProject({ constitution, measuredBy, seed, size }: TownProject): LoadedConfig {
  const config = harborConfig({ preset: size === "smoke" ? "smoke" : "own", constitution, measuredBy, seed });
  const world = size === "smoke" ? config.world : { ...config.world, prompts };
  return loadedConfig({ ...config, world }, join(process.cwd(), "precept.config.ts"));
}
