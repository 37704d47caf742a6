import { dirname, join, relative, resolve } from "node:path";
import { writeGuardReport } from "../../report/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { linkTo, pageOf } from "../layout.ts";

export interface GuardReportFlags {
  readonly out?: string | undefined;
  readonly noTexts: boolean;
  readonly json: boolean;
}

/** precept guard report FILE: what a guard did, as a page. */
export async function guardReport(this: CliContext, flags: GuardReportFlags, file: string): Promise<void> {
  const path = resolve(flags.out ?? join(dirname(file), "guard.html"));
  await writeGuardReport(file, path, { texts: !flags.noTexts });
  if (flags.json) printJson(this, { report: relative(process.cwd(), path) });
  else print(this, linkTo(path, pageOf(this.process.stdout, this.env)));
}
