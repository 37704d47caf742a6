import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import { type Env, redact } from "../models/index.ts";
import { type Exported, type ExportTarget, writeExport } from "../records/index.ts";
import { readRun } from "../runs/index.ts";
import { readSpent } from "../spending/index.ts";
import { makeFolder, writeWhole } from "../storage/index.ts";
import { datasetCard } from "./dataset-card.ts";
import { readQuality } from "./quality-file.ts";
import { type ReviewOfExport, reviewForExport } from "./review-export.ts";

export interface ExportRunOptions {
  /** The run. */
  readonly folder: string;
  readonly target: ExportTarget;
  /** Folder that takes the files. Default: datasets/TARGET in the run. */
  readonly into?: string | undefined;
  /** The licence that the card names. */
  readonly licence?: string | undefined;
  /** Leaves marks of people on the run's records out of account. */
  readonly ignoresReview?: boolean | undefined;
  /** Its secrets never get into a file. */
  readonly env: Env;
}

export interface ExportedRun extends Exported {
  readonly into: string;
  readonly target: ExportTarget;
  /** What people's marks came to; absent where nobody marked anything. */
  readonly review?: ReviewOfExport | undefined;
}

/**
 * Writes a run's data sets for a trainer, with a card; rows that people dropped stay behind. Keys and the paths of this machine are taken out of every text.
 * @throws PreceptError run-invalid for a folder that is no run or a damaged review; usage when no stage is done; disk.
 */
export async function exportRun(options: ExportRunOptions): Promise<ExportedRun> {
  const { folder, target, into, licence, env } = options;
  const stored = readRun(folder);
  const { folder: run, manifest, stage } = stored;
  const recordsOf = (name: "sl-cai" | "ai-feedback"): string | undefined => {
    const closed = stage(name);
    return closed?.recordFiles.includes("records") === true ? join(closed.folder, "records.jsonl") : undefined;
  };
  const [slCai, aiFeedback] = [recordsOf("sl-cai"), recordsOf("ai-feedback")];
  if (slCai === undefined && aiFeedback === undefined) {
    throw new PreceptError("usage", {
      attempted: `Exporting ${folder}`,
      found: "no stage that is done",
      expected: "sl-cai or ai-feedback closed",
      remedy: "precept run continues the run",
    });
  }
  const place = into === undefined ? join(run, "datasets", target) : resolve(into);
  const review = await reviewForExport(stored, options.ignoresReview === true);
  makeFolder(place);
  const clean = cleaner(env);
  const exported = await writeExport({ target, into: place, slCai, aiFeedback, clean, isDropped: review?.isDropped });
  const reviewed = review?.outcome();
  const card = datasetCard({
    manifest,
    target,
    exported,
    licence,
    review: reviewed,
    quality: readQuality(run),
    spent: readSpent(join(run, "spending.json")),
  });
  writeWhole(join(place, "README.md"), clean(card));
  const files = [...exported.files, "README.md"];
  if (target === "axolotl") {
    writeWhole(join(place, "axolotl.yaml"), axolotlSettings(exported));
    files.push("axolotl.yaml");
  }
  const reviewFile = join(place, "review.json");
  rmSync(reviewFile, { force: true });
  if (reviewed !== undefined) {
    writeWhole(reviewFile, clean(`${JSON.stringify(reviewed, null, 2)}\n`));
    files.push("review.json");
  }
  return { ...exported, files, into: place, target, review: reviewed };
}

const secretName = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/i;
const shortestSecret = 8;

/** Takes out the values of secret variables, what looks like a key, and the folders of the person and of the project. */
export function cleaner(env: Env): (text: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value.length >= shortestSecret && secretName.test(name) ? [value] : [],
  );
  const folders = [process.cwd(), homedir()].filter((path) => path.length > 3);
  return (text) => {
    let clean = redact(text);
    for (const secret of secrets) clean = clean.replaceAll(secret, "[key]");
    for (const path of folders) clean = clean.replaceAll(path, "[folder]");
    return clean;
  };
}

/** The part of an axolotl configuration that names the data. */
function axolotlSettings({ files }: Exported): string {
  const sft = `# Supervised fine-tuning on the revisions.
datasets:
  - path: sft.jsonl
    ds_type: json
    type: chat_template
    field_messages: messages
    roles_to_train: [assistant]
    train_on_eos: turn
`;
  const preferences = `# Direct preference optimisation on the comparisons: a run of its own, after the first.
# rl: dpo
# datasets:
#   - path: preferences.jsonl
#     ds_type: json
#     split: train
#     type: chat_template.default
#     field_messages: messages
#     field_chosen: chosen
#     field_rejected: rejected
`;
  return [files.includes("sft.jsonl") ? sft : "", files.includes("preferences.jsonl") ? preferences : ""].join("\n");
}
