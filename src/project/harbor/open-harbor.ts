import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { LocalModel } from "../../models/local/index.ts";
import type { PromptItem } from "../../records/index.ts";
import { checkpointRole } from "../../stages/index.ts";
import { preferenceScores } from "../../training/local/index.ts";
import { checkpointHash, loadCheckpoint, parameterCount, saveCheckpoint } from "../../transformer/index.ts";
import { governanceOf, pretrainingPlans } from "../../worlds/harbor/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { collectPrompts, keepPrompts, promptStages } from "../prompts/prompt-set.ts";
import type { Opening, Setting, Training } from "../setting.ts";
import { openTrainer } from "../train-here.ts";
import { harborWorld } from "./embedded.ts";
import { committedCheckpoint, drawPrompts, drawReplay, harborMeasures } from "./inputs.ts";
import type { HarborConfig } from "./presets.ts";
import { pretrainInto } from "./pretrain-step.ts";

/** Whether a project is one on harbor. */
export function isHarborConfig(config: LoadedConfig["config"]): config is HarborConfig {
  return config.world?.name === "harbor";
}

/** The embedded world as a kind of project: its own prompts, model and trainer; its oracle measures, and nothing else. */
export async function openHarbor(config: HarborConfig, opening: Opening): Promise<Setting> {
  const { loaded, run, promptOptions } = opening;
  const governance = governanceOf(opening.measuredBy);
  const prompts =
    config.prompts === undefined
      ? keepPrompts(run.folder, drawPrompts(config, governance))
      : await collectPrompts(loaded, run.folder, promptOptions);
  const measured = harborMeasures(config, governance);
  const items: PromptItem[] = [];
  for (const stage of promptStages) for await (const item of prompts.of[stage].items()) items.push(item);
  const initial = await startOf(config, opening);
  const training: Training = {
    initial,
    trainer: await openTrainer(opening.loaded),
    load: (checkpoint) => LocalModel.load(checkpoint),
    loadPreferenceModel: preferenceScores,
  };
  return {
    prompts,
    replay: drawReplay(config, items, governance),
    parameters: parameterCount((await loadCheckpoint(initial)).weights),
    concurrency: 1,
    role: () => checkpointRole(training, "initial", initial),
    training,
    measured,
  };
}

/** Checkpoint of the start: one that the configuration names, the committed one, or one that is trained first, as long as the preset says. */
async function startOf({ world }: HarborConfig, { loaded, run, progress, signal }: Opening): Promise<string> {
  if (world.initial !== undefined) return keepStart(resolve(loaded.folder, world.initial), run.folder);
  if (world.start === undefined || world.start === "committed") return committedCheckpoint;
  const short = world.preset === "smoke" ? "smoke" : "demo";
  const preset = world.start === "from-scratch" ? short : "committed";
  const job = { plan: pretrainingPlans[preset], label: `from scratch, ${preset}` };
  return pretrainInto(join(run.folder, "initial"), job, progress, signal);
}

/** A copy in the run of the checkpoint that it starts from, so that RUN@initial is that one. @throws PreceptError config-invalid for one that does not speak harbor. */
async function keepStart(place: string, run: string): Promise<string> {
  const start = await loadCheckpoint(place);
  if (!harborWorld.isSpokenBy(place)) {
    throw new PreceptError("config-invalid", {
      attempted: `Starting a run on harbor from ${place}`,
      found: "a model that does not speak harbor",
      expected: "a checkpoint of harbor's, such as an organism's",
      remedy: "world.initial: organisms/a/checkpoint",
    });
  }
  const kept = join(run, "initial", "checkpoint");
  if (!existsSync(kept) || (await checkpointHash(kept)) !== (await checkpointHash(place)))
    await saveCheckpoint(kept, start);
  return kept;
}
