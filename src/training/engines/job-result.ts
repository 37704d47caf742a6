import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { omitUndefined } from "../../omit-undefined.ts";
import { checkpointHash, countParameters } from "../../transformer/index.ts";
import { checkpointFolder, intermediateFolder } from "../local/job-state.ts";
import { judgePairs } from "../local/pairs.ts";
import type { TrainingResult } from "../trainer.ts";
import { type EngineEvent, eventsIn, type MeasuredEvent } from "./events.ts";
import { folderHash } from "./folder-hash.ts";
import { type EngineJob, type EngineResult, jobSchema, readResult, rowSchema } from "./job-folder.ts";
import type { TrlJob } from "./plan-job.ts";

/** job.json of a folder that was written whole. */
export const readJob = (folder: string): EngineJob =>
  jobSchema.parse(JSON.parse(readFileSync(join(folder, "job.json"), "utf8")));

/** The result of a finished job whose checkpoint is the one that was written; undefined where there is more to do. */
export async function finishedResult(
  { initial, output: folder }: Pick<TrlJob, "initial" | "output">,
  fingerprint: string,
): Promise<TrainingResult | undefined> {
  const result = readResult(folder);
  if (result === undefined || result.fingerprint !== fingerprint) return undefined;
  const checkpoint = checkpointFolder(folder);
  if (!existsSync(checkpoint) || (await folderHash(checkpoint)) !== result.sha256) return undefined;
  const { forwardTokens = 0 } = result;
  return { ...(await resultOf(folder, result)), parameters: await countParameters(initial), forwardTokens };
}

/** What of the held-out rows is measured, in the field's names. */
export class HeldOut {
  readonly #labels: readonly { readonly label: number }[];

  constructor(folder: string) {
    const path = join(folder, "held-out.jsonl");
    const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    const rows = lines.filter((line) => line !== "").map((line) => rowSchema.parse(JSON.parse(line)));
    this.#labels = rows.flatMap((row) => ("label" in row ? [row] : []));
  }

  /** `label`: "initial" or "final", of demonstrations. */
  metrics({ loss, weight, differences }: MeasuredEvent, label: "initial" | "final"): Record<string, number> {
    if (differences !== undefined) return judgePairs(this.#labels, differences);
    if (loss === undefined || weight === undefined) return {};
    return { [`${label}/held_out_loss`]: loss / weight };
  }
}

async function resultOf(folder: string, { steps, tokens, metrics, stopped }: EngineResult): Promise<TrainingResult> {
  const job = readJob(folder);
  const checkpoint = checkpointFolder(folder);
  const kept = keptSteps(folder, job);
  return {
    checkpoint,
    hash: await checkpointHash(checkpoint),
    steps,
    tokens,
    metrics: { ...lastMetrics(folder, eventsIn(folder), steps, metrics["kept/step"]), ...metrics },
    checkpoints: kept.map((step) => ({ step, folder: intermediateFolder(folder, step) })),
    ...omitUndefined({ stopped }),
  };
}

/** Of the last step, and of the held-out rows: before the first step, and after the last or the one that was kept. */
function lastMetrics(
  folder: string,
  events: readonly EngineEvent[],
  steps: number,
  keptStep = steps,
): Record<string, number> {
  const heldOut = new HeldOut(folder);
  const found: Record<string, number> = {};
  const findMeasured = (step: number): MeasuredEvent | undefined =>
    events.findLast((event): event is MeasuredEvent => event.type === "measured" && event.step === step);
  const [first, last] = [findMeasured(0), findMeasured(keptStep)];
  if (first !== undefined && first.differences === undefined) Object.assign(found, heldOut.metrics(first, "initial"));
  const final = events.findLast((event) => event.type === "step" && event.step === steps);
  if (final?.type === "step") Object.assign(found, final.metrics);
  if (last !== undefined) Object.assign(found, heldOut.metrics(last, "final"));
  return found;
}

function keptSteps(folder: string, { checkpointEvery, steps }: EngineJob): number[] {
  if (checkpointEvery === undefined) return [];
  const planned = Array.from({ length: Math.ceil(steps / checkpointEvery) - 1 }, (_, i) => (i + 1) * checkpointEvery);
  return planned.filter((step) => existsSync(intermediateFolder(folder, step)));
}
