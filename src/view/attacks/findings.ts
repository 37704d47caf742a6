import type { Query, Range } from "../query/index.ts";
import { type OpenRun, readFound } from "../run/open-run.ts";
import type { FindingRow, FindingsPage } from "../source-attacks.ts";
import { type HeldFinding, readAttacks, toFinding } from "./attempts.ts";

/** Findings of the asked cells, in the order of their file. What was said stands in them only where `withTexts` says so. */
export async function listFindings(
  run: OpenRun,
  { facets }: Query,
  { from, n }: Range,
  withTexts: boolean,
): Promise<FindingsPage> {
  const { findings } = await readAttacks(run);
  const fits = (facet: "principle" | "technique", row: FindingRow): boolean => {
    const wanted = facets[facet] ?? [];
    return wanted.length === 0 || wanted.includes(row[facet]);
  };
  const matching = findings.filter(({ row }) => fits("principle", row) && fits("technique", row));
  return {
    total: findings.length,
    matching: matching.length,
    from,
    rows: matching.slice(from, from + n).map((finding) => (withTexts ? readTexts(finding) : finding.row)),
  };
}

function readTexts({ row, at: { file, segment, number } }: HeldFinding): FindingRow {
  return toFinding(readFound(file, segment, number)?.record, true) ?? row;
}
