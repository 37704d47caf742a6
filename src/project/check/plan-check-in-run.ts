import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Constitution } from "../../constitution/index.ts";
import { principleIdentity } from "../../evaluation/index.ts";
import { exactly, type TokenCounter } from "../../spending/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import type { CheckWork } from "../plan.ts";
import { collectPrompts, type PromptSetOptions, type PromptSets } from "../prompts/prompt-set.ts";
import { ownCheckPrompts, runCheckOf } from "./run-check.ts";

export interface PlannedCheck {
  readonly loaded: LoadedConfig;
  readonly constitution: Constitution;
  /** The project's own prompts. */
  readonly set: PromptSets;
  readonly isTrained: boolean;
  /** Of the judge. */
  readonly counter: TokenCounter | undefined;
  readonly promptOptions: PromptSetOptions;
}

/** What checking in a run takes; nothing where it does not. @throws PreceptError as `collectPrompts`. */
export async function planCheckInRun(planned: PlannedCheck): Promise<CheckWork | undefined> {
  const { loaded, constitution, isTrained, counter } = planned;
  const kind = runCheckOf(loaded, isTrained);
  if (kind === undefined) return undefined;
  const { items, samples = 1 } = loaded.config.check ?? {};
  const { principles } = constitution;
  const words = principles.map((principle) => counter?.count(principleIdentity(principle, null).prompt) ?? 0);
  const wording = words.reduce((sum, n) => sum + n, 0) / Math.max(1, words.length);
  const all = await countPrompts(planned, kind === "revised");
  const prompts = Math.min(all, items ?? all);
  if (kind === "revised") {
    // A revision that changed nothing is a question that was asked before.
    const questions = { low: prompts * principles.length, high: 2 * prompts * principles.length };
    return { answers: {}, questions, wording };
  }
  const answers = prompts * samples;
  const later = kind === "trained" ? { evaluate: answers } : { slCai: answers };
  return { answers: { initial: answers, ...later }, questions: exactly(2 * answers * principles.length), wording };
}

async function countPrompts({ loaded, set, promptOptions }: PlannedCheck, isRevised: boolean): Promise<number> {
  const own = set.of["sl-cai"].sizes;
  if (isRevised) return own["red-team"] + (loaded.config.critiqued === "all" ? own.helpful : 0);
  const prompts = ownCheckPrompts(loaded);
  if (prompts === undefined) return own["red-team"] + own.helpful;
  const folder = mkdtempSync(join(tmpdir(), "precept-plan-check-"));
  try {
    const named = { ...loaded, config: { ...loaded.config, prompts } };
    const { sizes } = (await collectPrompts(named, folder, promptOptions)).of["sl-cai"];
    return sizes["red-team"] + sizes.helpful;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
