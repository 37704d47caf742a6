import { relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import { type ReportOptions, writeReport } from "../../report/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { linkTo, pageOf } from "../layout.ts";

export interface ReportFlags {
  readonly deleted?: readonly string[];
  readonly showAttacks: boolean;
  readonly json: boolean;
}

/** precept report RUN: writes report.html from what the run holds so far, beside runs without one of its principles. */
export async function report(this: CliContext, flags: ReportFlags, folder: string): Promise<void> {
  const path = await writeReport(folder, {
    deleted: (flags.deleted ?? []).map(deletedRun),
    showAttacks: flags.showAttacks,
  });
  if (flags.json) printJson(this, { report: relative(process.cwd(), path) });
  else print(this, linkTo(path, pageOf(this.process.stdout, this.env)));
}

/** "danger=runs/without-danger". @throws PreceptError usage for anything else. */
function deletedRun(text: string): NonNullable<ReportOptions["deleted"]>[number] {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return { principle: text.slice(0, at), run: text.slice(at + 1) };
  throw new PreceptError("usage", {
    attempted: "Reading --deleted",
    found: `"${text}"`,
    expected: "PRINCIPLE=RUN, a run that was made without the principle",
    remedy: "--deleted privacy=runs/without-privacy",
  });
}
