import { PreceptError } from "../../errors.ts";
import { AuditTally, verifyAudit } from "../../guard/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showAudit } from "../show-audit.ts";

/** precept guard audit FILE: what the guard did, whether it changed over time, and whether the file can be believed. */
export async function guardAudit(
  this: CliContext,
  flags: { readonly verify: boolean; readonly json: boolean },
  file: string,
): Promise<void> {
  const tally = new AuditTally();
  const report = await verifyAudit(file, (event) => tally.add(event));
  const summary = tally.read();
  if (flags.json) printJson(this, { ...report, summary });
  else print(this, showAudit(report, summary, pageOf(this.process.stdout, this.env)));
  if (!flags.verify || report.faults.length === 0) return;
  throw new PreceptError("gate-tripped", {
    attempted: `Verifying the audit file ${file}`,
    found: report.faults.join("\n"),
    expected: "a whole chain of lines, and no text delivered that was not checked",
  });
}
