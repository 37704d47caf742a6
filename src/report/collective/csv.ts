import type { Cell, Table } from "./tables.ts";

/** A table as CSV (RFC 4180), its names first; undefined cells are empty. */
export function formatCsv({ columns, rows }: Pick<Table, "columns" | "rows">): string {
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet would run as a formula begins with an apostrophe. */
function writeCell(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
