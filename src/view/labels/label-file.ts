import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { labelsPath } from "../../evaluation/index.ts";
import { readJsonLines, writeOutput } from "../../storage/index.ts";
import { keepInside } from "../run/inside.ts";

/** A label as `precept calibrate --labels` reads it, and beside it how the item was shown. */
const labelSchema = z.looseObject({ id: z.string(), label: z.string(), annotator: z.string().default("1") });
export type LabelLine = z.infer<typeof labelSchema>;
const answerSchema = z.looseObject({ id: z.string() });
export type AnswerLine = z.infer<typeof answerSchema>;

/** Files of a task in a run's folder. */
export interface TaskFiles {
  readonly answers: string;
  readonly labels: string;
}

/** @throws LeadsOutside where one is a link out of the run. */
export function fileNamesOf(folder: string, task: string): TaskFiles {
  const name = join("labels", `${task.replaceAll(/[^a-z0-9-]/gu, "-")}.jsonl`);
  keepInside(folder, ["labels", name, labelsPath(name)]);
  return { answers: join(folder, name), labels: labelsPath(join(folder, name)) };
}

/** @throws PreceptError run-invalid naming the line that is damaged. */
export async function readLabelLines(path: string): Promise<readonly LabelLine[]> {
  return readLines(path, labelSchema);
}

/** @throws PreceptError run-invalid naming the line that is damaged. */
export async function readAnswerLines(path: string): Promise<readonly AnswerLine[]> {
  return readLines(path, answerSchema);
}

async function readLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines: T[] = [];
  if (!existsSync(path)) return lines;
  for await (const line of readJsonLines(path, { code: "run-invalid" })) {
    const parsed = "fault" in line ? undefined : schema.safeParse(line.value);
    if (parsed?.success !== true) {
      // The file is written anew with each label: a line that was skipped here would be lost.
      const issue = parsed?.error.issues[0];
      throw new PreceptError("run-invalid", {
        attempted: `Reading the labels at ${path}:${line.number}`,
        found: "fault" in line ? line.fault : `${issue?.path.join(".") || "(line)"}: ${issue?.message}`,
        expected: "one label or one item a line, as the viewer writes it",
        remedy: `correct or delete line ${line.number}`,
      });
    }
    lines.push(parsed.data);
  }
  return lines;
}

/** The whole file or none of it. @throws PreceptError disk, permission. */
export function writeLines(path: string, lines: readonly object[]): void {
  writeOutput(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
