import { PreceptError } from "../../errors.ts";
import { type AuditReport, verifyAudit } from "../../guard/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

/** precept guard audit FILE. */
export async function guardAudit(
  this: CliContext,
  flags: { readonly verify: boolean; readonly json: boolean },
  file: string,
): Promise<void> {
  const report = await verifyAudit(file);
  if (flags.json) printJson(this, report);
  else print(this, describe(report));
  if (!flags.verify || report.faults.length === 0) return;
  throw new PreceptError("gate-tripped", {
    attempted: `Verifying the audit file ${file}`,
    found: report.faults.join("\n"),
    expected: "a whole chain of lines, and no text delivered that was not checked",
  });
}

function describe({ lines, delivered, checked, leaked, actions, statuses, principles, faults }: AuditReport): string {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(" · ") || "none";
  return [
    `lines      ${lines} · chain ${faults.length === 0 ? "whole" : "or counts at fault"}`,
    `characters delivered ${delivered} · checked ${checked} · leaked ${leaked}`,
    `actions    ${counts(actions)}`,
    `status     ${counts(statuses)}`,
    `principles ${counts(principles)}`,
    ...faults.map((fault) => `fault      ${fault}`),
  ].join("\n");
}
