import type { CollectiveData } from "./data.ts";

/** The tables of a conversation as CSV (RFC 4180), by file name; cells of few people are empty. */
export function writeTables({ published, texts, drafted, provenance }: CollectiveData): Record<string, string> {
  const groups = published.groups.map((_, index) => `group-${index + 1}`);
  const votesOf = ["all", ...groups].flatMap((name) => ["agree", "pass", "disagree"].map((vote) => `${name}-${vote}`));
  const statements = published.statements.map(({ id, all, groups: own, agreement, rejection, consensus }) => [
    ...[id, texts.get(id) ?? "", agreement, rejection],
    ...[consensus?.estimate, consensus?.lower, consensus?.upper],
    ...[all, ...own].flatMap((counts) => [counts?.agree, counts?.pass, counts?.disagree]),
  ]);
  const second = new Map(provenance?.ratification?.principles.map((one) => [one.id, one]));
  const principles = (drafted?.principles ?? []).map(({ id, text, weight, statements: sources }) => [
    ...[id, text, weight, sources.map((one) => one.id).join(" ")],
    ...[second.get(id)?.state ?? "", second.get(id)?.share?.estimate],
  ]);
  return {
    "statements.csv": writeRows([
      ["statement", "text", "agreement", "rejection", "consensus", "lower", "upper", ...votesOf],
      ...statements,
    ]),
    "principles.csv": writeRows([
      ["principle", "text", "weight", "statements", "second-vote", "share-agreeing"],
      ...principles,
    ]),
  };
}

type Cell = string | number | undefined;

function writeRows(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would run as a formula begins with an apostrophe. */
function writeCell(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
