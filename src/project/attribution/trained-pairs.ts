import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { chatTemplates } from "../../feedback/index.ts";
import type { StoredRun } from "../../runs/index.ts";
import { type LabelledPair, type PairOptions, readLabelledPairs } from "../../stages/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { initialModelOf } from "../run-model.ts";

export const feedbackRecords = (run: StoredRun): string => join(run.folder, "ai-feedback", "records.jsonl");

/** The comparisons that a run trained on, as it chose them. @throws PreceptError input-invalid for fewer than wanted. */
export async function trainedPairs(
  run: StoredRun,
  pairs: PairOptions,
  { attempted, fewest }: { readonly attempted: string; readonly fewest: number },
): Promise<readonly LabelledPair[]> {
  const path = feedbackRecords(run);
  const templates = initialModelOf(run.manifest) === undefined ? harborTemplates : chatTemplates();
  const found = existsSync(path)
    ? (await readLabelledPairs({ seed: run.manifest.seed, templates }, path, pairs)).labelled
    : [];
  const trained = found.filter(({ split }) => split === "train");
  if (trained.length >= fewest) return trained;
  throw new PreceptError("input-invalid", {
    attempted,
    found: `${trained.length} comparisons that a model was trained on`,
    expected: `${fewest} or more`,
    remedy: `precept ai-feedback ${run.folder}, and the training after it`,
  });
}
