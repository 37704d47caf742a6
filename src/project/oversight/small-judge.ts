import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../progress/index.ts";
import { loadCheckpoint, saveCheckpoint } from "../../transformer/index.ts";
import { drawJudgeLessons } from "../../worlds/harbor/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { trainToEnd } from "../train-to-end.ts";

/** Of the four layers that harbor's models have. */
const keptLayers = 3;
const layerName = /^model\.layers\.(\d+)\./;

/** Lessons that the small judge is taught by unless told otherwise. */
export const usualLessons = 9000;

export interface SmallJudgeOptions {
  /** Where it is kept: found there, it is not taught again. */
  readonly folder: string;
  readonly lessons: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A judge that is weaker than the debaters: harbor's helpful-only model without its last layer, fine-tuned to judge what one side, or
 * both, say. It learns from hearings that the grammar draws, as pre-training did, in a stream apart from what is measured.
 */
export async function teachSmallJudge({ folder, lessons, progress, signal }: SmallJudgeOptions): Promise<string> {
  const start = join(folder, "start");
  if (!existsSync(join(start, "config.json"))) {
    const { config, weights, tokenizer } = await loadCheckpoint(committedCheckpoint);
    const kept = [...weights].filter(([name]) => Number(layerName.exec(name)?.[1] ?? 0) < keptLayers);
    await saveCheckpoint(start, { config: { ...config, layers: keptLayers }, weights: new Map(kept), tokenizer });
  }
  return trainToEnd(
    {
      ...{ objective: "sft", initial: start, output: join(folder, `lessons-${lessons}`), seed: 1, signal },
      ...{ examples: drawJudgeLessons(1, lessons), epochs: 1, learningRate: 1e-3 },
    },
    progress,
    { stage: "debate", label: "the small judge learns" },
  );
}
