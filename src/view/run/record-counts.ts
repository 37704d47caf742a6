import type { OpenRun } from "./open-run.ts";

/** Records of a stage by type, and by type and what divides it: "revision", "revision: usable". */
export function countRecords(open: OpenRun, stage: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const file of open.files.filter((one) => one.stage === stage)) {
    for (const { head } of file.index.segments) {
      for (const [type, n] of Object.entries(head.counts)) counts[type] = (counts[type] ?? 0) + n;
    }
  }
  return counts;
}
