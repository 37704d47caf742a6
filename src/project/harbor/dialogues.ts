import type { Prompt } from "../../language-model.ts";
import type { TrainingRunOptions } from "../../stages/index.ts";
import { harborWorld } from "./embedded.ts";

type Job = TrainingRunOptions["job"];

const writeRows = <T extends { readonly prompt: Prompt }>(rows: readonly T[]): T[] =>
  rows.map((row) => (typeof row.prompt === "string" ? row : { ...row, prompt: harborWorld.render(row.prompt).prompt }));

/** A job on harbor's checkpoint, which has no chat template, with its dialogues written as harbor writes them; any other as it is. */
export function writeHarborDialogues(job: Job): Job {
  if (!harborWorld.isSpokenBy(job.initial)) return job;
  switch (job.objective) {
    case "sft":
      return { ...job, examples: writeRows(job.examples), heldOut: job.heldOut && writeRows(job.heldOut) };
    case "dpo":
    case "preference-model":
      return { ...job, comparisons: writeRows(job.comparisons), heldOut: job.heldOut && writeRows(job.heldOut) };
    case "token-heads":
      return { ...job, examples: writeRows(job.examples) };
    default:
      return { ...job, prompts: writeRows(job.prompts) };
  }
}
