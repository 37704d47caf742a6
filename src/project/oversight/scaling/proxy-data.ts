import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../../errors.ts";
import { promptItemSchema, readRecords } from "../../../records/index.ts";
import { readManifest } from "../../../runs/index.ts";
import { aiFeedback, checkpointRole } from "../../../stages/index.ts";
import type { PreferenceExample, RolloutPrompt } from "../../../training/index.ts";
import { harborTemplates } from "../../../worlds/harbor/index.ts";
import { loadedConfig } from "../../config/config.ts";
import { loadHarbor, loadHarborRun } from "../../harbor/load-harbor.ts";
import { isHarborConfig } from "../../harbor/open-harbor.ts";
import { withProject } from "../../project.ts";
import type { ProjectOptions } from "../../setting.ts";
import { runStep } from "../../steps.ts";
import { readComparisons } from "./teacher.ts";

export interface ProxyDataOptions extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly seed: number;
  /** As many comparisons as the preference models learn from at most. */
  readonly comparisons: number;
  readonly isSmoke: boolean;
}

/** What preference models learn from and RL is asked. */
export interface ProxyData {
  /** Checkpoint folder of the run's SL-CAI. */
  readonly policy: string;
  readonly comparisons: readonly PreferenceExample[];
  readonly prompts: readonly RolloutPrompt[];
}

/** Of ten pairs about one says the same twice and is left out. */
const SPARE = 1.15;

/**
 * The run's own comparisons, and more of them in a run within it where they are too few: its SL-CAI answers other requests, and its
 * feedback model labels them. A run that is not there is begun, SL-CAI ended early, so that answers differ.
 * @throws PreceptError usage for a run without SL-CAI; interrupted; what stages and disk throw.
 */
export async function makeProxyData(options: ProxyDataOptions): Promise<ProxyData> {
  const { folder, seed, comparisons, isSmoke } = options;
  const preset = isSmoke ? "smoke" : "brief";
  if (readManifest(folder) === undefined) {
    await withProject({ ...options, loaded: loadHarbor({ preset, seed }) }, (project) => runStep(project, "sl-cai"));
  }
  const policy = join(folder, "sl-cai", "checkpoint");
  const { loaded } = await loadHarborRun(folder);
  if (!existsSync(policy) || !isHarborConfig(loaded.config)) throw withoutPolicy(folder);
  const recordsOf = (run: string): string => join(run, "ai-feedback", "records.jsonl");
  const isLabelled = readManifest(folder)?.stages["ai-feedback"]?.status === "done";
  const own = isLabelled ? await readComparisons(recordsOf(folder), seed) : [];
  const missing = comparisons - own.length;
  const prompts = await readPrompts(folder);
  if (missing <= 0) return { policy, comparisons: own, prompts };
  const each = Math.max(14, Math.ceil((SPARE * missing) / 2));
  const more = join(folder, "overoptimisation", "comparisons");
  const counts = { redTeam: each, helpful: each };
  const few = { redTeam: 1, helpful: 1 };
  const world = { ...loaded.config.world, prompts: { "sl-cai": few, "ai-feedback": counts, "rl-cai": few } };
  // Another seed draws other requests.
  const config = { ...loaded.config, world, prompts: undefined, seed: seed + 1000 };
  const larger = loadedConfig(config, loaded.path);
  await withProject({ ...options, folder: more, loaded: larger, redo: true }, async ({ context, setting, method }) => {
    if (setting.training === undefined) throw withoutPolicy(folder);
    const slCai = await checkpointRole(setting.training, "sl-cai", policy);
    const feedback = await setting.role("feedback");
    await aiFeedback(context, { prompts: setting.prompts.of["ai-feedback"], slCai, feedback }, method.options);
  });
  return { policy, comparisons: [...own, ...(await readComparisons(recordsOf(more), seed))], prompts };
}

async function readPrompts(folder: string): Promise<RolloutPrompt[]> {
  const items = await Array.fromAsync(readRecords(join(folder, "prompts", "rl-cai.jsonl"), promptItemSchema));
  return items.map(({ id, messages }) => ({ id, prompt: harborTemplates.response(messages).prompt }));
}

function withoutPolicy(folder: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Over-optimising the policy of ${folder}`,
    found: "no checkpoint of SL-CAI",
    expected: "a run on harbor, where an oracle can say what gold is",
    remedy: `precept sl-cai ${folder}`,
  });
}
