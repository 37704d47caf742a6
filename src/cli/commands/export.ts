import { relative } from "node:path";
import { count } from "../../progress/index.ts";
import { exportRun } from "../../project/index.ts";
import type { ExportTarget } from "../../records/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showReviewOfExport } from "../show-review.ts";

export interface ExportFlags {
  readonly to: ExportTarget;
  readonly out?: string | undefined;
  readonly licence?: string;
  readonly ignoreReview: boolean;
  readonly json: boolean;
}

/** precept export RUN --to FORM. */
export async function exportCommand(this: CliContext, flags: ExportFlags, folder: string): Promise<void> {
  const exported = await exportRun({
    folder,
    target: flags.to,
    into: flags.out,
    licence: flags.licence,
    ignoresReview: flags.ignoreReview,
    env: this.env,
  });
  const into = relative(process.cwd(), exported.into) || ".";
  if (flags.json) {
    printJson(this, { ...exported, into });
    return;
  }
  const left = exported.leftOut === 0 ? "" : `, ${count(exported.leftOut)} rows left out (an empty turn)`;
  print(this, `${into}: ${count(exported.sft)} pairs, ${count(exported.preferences)} comparisons${left}`);
  for (const file of exported.files) print(this, `  ${file}`);
  if (exported.review !== undefined) {
    print(this, showReviewOfExport(exported.review, folder, pageOf(this.process.stdout, this.env)));
  }
}
