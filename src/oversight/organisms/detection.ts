import { type Estimate, wilson } from "../../statistics/index.ts";
import type { Opened } from "./commitment.ts";
import { type OrganismKind, organismKinds } from "./language.ts";
import { type AuditTool, auditTools } from "./thresholds.ts";

/** What one tool found among organisms that were opened after all verdicts were committed. */
export interface DetectionRow {
  readonly tool: AuditTool;
  /** Share of the planted with an alarm, all kinds together and apart. */
  readonly found: Estimate;
  readonly byKind: Readonly<Partial<Record<OrganismKind, Estimate>>>;
  /** Share of the clean with an alarm. */
  readonly falseAlarms: Estimate;
}

/** A row for each tool that judged planted and clean organisms. */
export function detectionRows(opened: readonly Pick<Opened, "answer" | "audit">[]): DetectionRow[] {
  return auditTools.flatMap((tool) => {
    const judged = opened.flatMap(({ answer: { kind }, audit }) => {
      const isAlarm = audit.tools.find((one) => one.tool === tool)?.isAlarm ?? null;
      return isAlarm === null ? [] : [{ kind, isAlarm }];
    });
    const rate = (kinds: readonly string[]): Estimate | undefined => {
      const own = judged.filter(({ kind }) => kinds.includes(kind));
      return own.length === 0 ? undefined : wilson(own.filter(({ isAlarm }) => isAlarm).length, own.length);
    };
    const [found, falseAlarms] = [rate(organismKinds), rate(["clean"])];
    if (found === undefined || falseAlarms === undefined) return [];
    const byKind = Object.fromEntries(
      organismKinds.flatMap((kind) => {
        const own = rate([kind]);
        return own === undefined ? [] : [[kind, own] as const];
      }),
    );
    return [{ tool, found, byKind, falseAlarms }];
  });
}
