import { relative } from "node:path";
import { writeReport } from "../../report/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface ReportFlags {
  readonly json: boolean;
}

/** precept report RUN: writes report.html from what the run holds so far. */
export async function report(this: CliContext, flags: ReportFlags, folder: string): Promise<void> {
  const path = relative(process.cwd(), await writeReport(folder));
  if (flags.json) printJson(this, { report: path });
  else print(this, path);
}
