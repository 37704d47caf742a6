import type { LanguageModel } from "../../language-model.ts";
import type { SdkModel } from "../../models/hosted/index.ts";
import type { FileConfig } from "./schema.ts";

/** A model as a program may give it: by name, with settings, as an AI SDK model, or one of ours. */
export type ModelInput = NonNullable<FileConfig["models"]>["initial"] | SdkModel | LanguageModel;

/** What `precept.config.ts` exports. */
export interface Config extends Omit<FileConfig, "models" | "$schema"> {
  readonly models?: { readonly [Role in keyof NonNullable<FileConfig["models"]>]: ModelInput };
}

/**
 * Types a configuration; gives it back as it is.
 * @example
 * export default defineConfig({
 *   constitution: "constitution.yaml",
 *   models: { initial: "vllm:Qwen/Qwen3-8B" },
 *   prompts: { redTeam: "prompts/red-team.jsonl" },
 * });
 */
export function defineConfig(config: Config): Config {
  return config;
}
