import type { Quality } from "../evaluation/quality/index.ts";
import type { Exported, ExportTarget } from "../records/index.ts";
import type { Manifest } from "../runs/index.ts";
import type { Spent } from "../spending/index.ts";
import type { ReviewOfExport } from "./review-export.ts";

export interface CardInputs {
  readonly manifest: Manifest;
  readonly target: ExportTarget;
  readonly exported: Exported;
  readonly licence?: string | undefined;
  readonly review?: ReviewOfExport | undefined;
  readonly quality?: Quality | undefined;
  /** By role, with the models that were asked. */
  readonly spent?: Readonly<Record<string, Pick<Spent, "model" | "served">>>;
}

/** The card of an exported data set, with the header that the Hugging Face hub reads. */
export function datasetCard({ manifest, target, exported, licence, review, quality, spent = {} }: CardInputs): string {
  const { config, inputs, seed, version } = manifest;
  const configured = typeof config["models"] === "object" && config["models"] !== null ? config["models"] : {};
  const opened = Object.entries(spent).flatMap(([role, { model, served = [] }]) => {
    const others = served.filter((name) => model?.includes(`:${name}`) !== true);
    const answeredAs = others.length === 0 ? "" : ` (answered as ${others.map((name) => `\`${name}\``).join(", ")})`;
    return model === undefined ? [] : [[role, `\`${model}\`${answeredAs}`]];
  });
  const models = Object.entries({
    ...Object.fromEntries(Object.entries(configured).map(([role, name]) => [role, `\`${String(name)}\``])),
    ...Object.fromEntries(opened),
  });
  const configs = exported.files
    .filter((file) => /^(?:sft|preferences)\.(?:jsonl|parquet)$/.test(file))
    .map((file) => `  - config_name: ${file.replace(/\..*$/, "")}\n    data_files: ${file}\n`);
  const principles = Object.entries(exported.byPrinciple);
  const warnings = quality?.warnings ?? [];
  return `---
license: ${licence ?? "unknown"}
task_categories:
  - text-generation
tags:
  - constitutional-ai
  - precept
configs:
${configs.join("")}---

# Constitutional AI data

Made by Precept ${version} from one constitution and no human labels. Rows by file: ${exported.sft} for supervised
fine-tuning, ${exported.preferences} comparisons. Form: ${target}.

## Licence

${licence === undefined ? "None was named. The texts were written by the models below and prompted by somebody's prompts: whose terms hold, their owners say. Name one with `precept export --licence ID`." : `\`${licence}\`, as named by whoever exported it. The texts were written by the models below; their terms hold besides.`}

## How it was made

| | |
| --- | --- |
| constitution | \`${inputs["constitution"] ?? "unknown"}\` |
| templates | \`${inputs["templates"] ?? "unknown"}\` |
| prompts | \`${inputs["prompts"] ?? "unknown"}\` |
| seed | ${seed} |
${models.map(([role, name]) => `| model, ${role} | ${String(name)} |`).join("\n")}

${supervisedWords(config)} Rows with the source "unrevised" kept the first answer, "helpful" rows answer harmless prompts.

Preference rows compare two answers to one prompt. ${labelWords(config)} \`chosen_probability\` is the soft label, P(chosen is better), as it is to be trained on; \`raw_probability\` the same before
clamping. ${votesWords(quality)}A question that the feedback model refused or answered unreadably has no label and no row here${quality === undefined ? "" : ` (${quality.labels.withoutLabel} pairs)`}.

\`id\` is the id of the run's record: it leads back to the answers, critiques and principles it was made from${exported.files.some((file) => file.endsWith(".ids.jsonl")) ? "; this trainer takes no further columns, so the ids stand in `*.ids.jsonl`, one line per row" : ""}.

## Rows by principle

| principle | supervised | comparisons |
| --- | --- | --- |
${principles.map(([id, { sft, preferences }]) => `| ${id} | ${sft} | ${preferences} |`).join("\n")}

${reviewWords(review)}## Warnings

${warnings.length === 0 ? (quality === undefined ? "The monitors have not looked at this run." : "The monitors found nothing to warn of.") : warnings.map(({ text }) => `- ${text}`).join("\n")}
${exported.undecided === 0 ? "" : `- ${exported.undecided} comparisons preferred neither answer (a label of exactly one half) and are left out\n`}${exported.leftOut === 0 ? "" : `- ${exported.leftOut} rows were left out, since a turn of theirs is empty\n`}
The prompts were chosen to provoke; rejected and unrevised answers may be harmful. The labels are a model's opinion of a
sentence, not facts about it.
`;
}

/** Most reasons that the card lists; all stand in review.json. */
const listed = 20;

/** How many rows people dropped, and why. */
function reviewWords(review: ReviewOfExport | undefined): string {
  if (review === undefined) return "";
  const { isIgnored, dropped, reasons, disputed, stale } = review;
  const hash = `\`sha256:${review.review}\``;
  if (isIgnored)
    return `## Review\n\nPeople marked records of this run (${hash}); their marks were left out of account here.\n\n`;
  const most = reasons.toSorted((a, b) => b.rows - a.rows).slice(0, listed);
  return [
    `## Review\n\nPeople read records of this run and marked some (${hash}). Rows left out since somebody dropped them or what they were made from: ${dropped}.\n`,
    ...(most.length === 0 ? [] : ["| rows | dropped at | why |", "| --- | --- | --- |"]),
    ...most.map(
      ({ id, note, rows }) => `| ${rows} | ${cell(id)} | ${note === undefined ? "no reason was noted" : cell(note)} |`,
    ),
    ...(reasons.length > most.length ? [`\n${reasons.length - most.length} further marks stand in review.json.`] : []),
    ...(disputed.length === 0
      ? []
      : [`\nRows that one person drops and another keeps, which stay: ${disputed.length}.`]),
    ...(stale.length === 0 ? [] : [`\nMarks on records that were made again since, not applied: ${stale.length}.`]),
    "\n",
  ].join("\n");
}

/** A text of a person's as a cell of a table. */
function cell(text: string): string {
  return text.replace(/\s+/gu, " ").replace(/[\\|`<>[\]]/gu, "\\$&");
}

function supervisedWords(config: Readonly<Record<string, unknown>>): string {
  return config["sftSource"] === "context-distillation"
    ? `Supervised rows with the source "distilled" were answered under a system prompt that keeps a principle, which the row does not show
(Askell et al. 2021).`
    : `Supervised rows are revisions: the initial model answered, criticised its answer under one principle and rewrote it, ${String(config["rounds"] ?? 4)}
rounds (Bai et al. 2022, §3).`;
}

function labelWords(config: Manifest["config"]): string {
  const isEnsemble = config["labels"] === "ensemble";
  const { pairSource, labelSource } = config;
  if (labelSource === "contrastive" || (pairSource === "west-of-n" && labelSource === undefined))
    return `No model was asked: an answer is better the likelier it is under a system prompt that keeps a drawn principle than under one that breaks it
(Liu et al. 2024, DLMA).`;
  if (labelSource === "assumed" || (pairSource === "rlcd" && labelSource === undefined))
    return "No model was asked: the answer that was told to keep a drawn principle is taken for the better (Yang et al. 2023, RLCD).";
  const thinks = config["chainOfThought"] ?? (config["format"] ?? "chat") === "chat";
  const who = isEnsemble
    ? "The feedback model was asked under every principle, and their log-odds were added"
    : "The feedback model was asked under one principle, drawn at random";
  return `${who}${thinks === true ? ", after a chain of thought" : ""}. Every question was asked in both orders of the answers and
averaged.`;
}

function votesWords(quality: Quality | undefined): string {
  if (quality === undefined || quality.labels.votes === 0) return "";
  return `In ${quality.labels.votes} of ${quality.labels.questions} judgements the probability is a share of sampled votes, shrunken towards even, since the provider gives no log-probabilities. `;
}
