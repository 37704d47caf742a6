import type { Comparison, ComparisonRow } from "./compare.ts";

/**
 * A comparison for people and for CI: what changed first, then what cannot be told. Rates in percent where they are shares.
 * Folded, what cannot be told is one line: which metrics, and in how many places.
 */
export function comparisonMarkdown(comparison: Comparison, isFolded = false): string {
  const { baseline, candidate, pairs, leftOut, rows } = comparison;
  const told = rows.filter(({ verdict }) => verdict !== "cannot tell");
  const open = rows.filter(({ verdict }) => verdict === "cannot tell");
  const words = (["better", "worse", "different"] as const)
    .map((word) => [word, told.filter(({ verdict }) => verdict === word).length] as const)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${word} in ${count}`);
  const summary = [...words, `cannot tell in ${open.length}`].join(", ");
  return [
    `## ${candidate} against ${baseline}`,
    "",
    `${pairs} prompts that both answered${leftOut[0] + leftOut[1] === 0 ? "" : ` (left out: ${leftOut[0]} and ${leftOut[1]})`}; of ${rows.length} figures ${summary}.`,
    "",
    ...(told.length === 0 ? [] : [...tableOf(told), ""]),
    ...(open.length === 0 ? [] : isFolded ? [foldRows(open), ""] : ["Cannot tell:", "", ...tableOf(open), ""]),
    "Difference: candidate minus baseline on the same prompts, 95 % interval. Verdicts by p-values after Holm over all figures above.",
    "n to tell: prompts that would tell a difference of this size from none with 80 % power; detectable: what these n can tell.",
    "",
  ].join("\n");
}

function foldRows(rows: readonly ComparisonRow[]): string {
  const places = [...Map.groupBy(rows, ({ metric }) => metric)].map(([metric, own]) =>
    own.length === 1 ? metric : `${metric} (${own.length})`,
  );
  return `Cannot tell (--all shows them): ${places.join(", ")}.`;
}

function tableOf(rows: readonly ComparisonRow[]): string[] {
  return [
    "| where | metric | baseline | candidate | difference | n | p (Holm) | verdict | n to tell | detectable |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${cellsOf(row).join(" | ")} |`),
  ];
}

function cellsOf(row: ComparisonRow): string[] {
  const {
    metric,
    group,
    baseline,
    candidate,
    difference,
    n,
    undetermined,
    bounds,
    adjustedP,
    verdict,
    nToTell,
    detectable,
    note,
  } = row;
  const where = Object.values(group).join(", ");
  return [
    where === "" ? "all" : where,
    metric,
    showValue(baseline),
    showValue(candidate),
    difference === null
      ? "–"
      : `${formatSigned(difference.estimate)} [${formatSigned(difference.low)}, ${formatSigned(difference.high)}]`,
    undetermined === 0
      ? `${n}`
      : `${n} (+ ${undetermined} undetermined${bounds === undefined ? "" : `: ${formatSigned(bounds[0])} to ${formatSigned(bounds[1])}`})`,
    adjustedP === null ? "–" : adjustedP < 0.001 ? "< 0.001" : adjustedP.toFixed(3),
    note === undefined ? verdict : `${verdict} (${note})`,
    nToTell === null ? "–" : `${nToTell}`,
    detectable === null ? "–" : detectable.toFixed(3),
  ];
}

function showValue(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}

function formatSigned(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(3)}`;
}
