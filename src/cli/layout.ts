import { stripVTControlCharacters, styleText } from "node:util";
import type { Output } from "./context.ts";

export type Style = "bold" | "dim" | "cyan" | "green" | "yellow";

/** What a page of text is set with: its width, and colour where the stream shows it. */
export interface Page {
  readonly width: number;
  paint(style: Style, text: string): string;
}

/** Colour on a terminal without NO_COLOR and outside CI; at most 100 columns, so that lines stay readable. */
export function pageOf(stream: Output, env: Readonly<Record<string, string | undefined>>): Page {
  const coloured =
    stream.isTTY === true && env["NO_COLOR"] === undefined && env["CI"] === undefined && env["TERM"] !== "dumb";
  return {
    width: Math.max(60, Math.min(100, stream.columns ?? 100)),
    paint: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** "label  text", the text's further lines below its first. `text` is plain. */
export function hanging(page: Page, label: string, text: string, indent = 3, labelWidth = 11): string {
  const left = indent + labelWidth;
  const [first = "", ...rest] = wrap(text, page.width - left);
  const head = `${" ".repeat(indent)}${page.paint("dim", label.padEnd(labelWidth))}${first}`;
  return [head, ...rest.map((line) => `${" ".repeat(left)}${line}`)].join("\n");
}

/** Lines of at most `width` characters, broken at spaces; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Columns as wide as their widest cell, set to the left ("l") or right ("r"). Cells may be coloured. */
export function table(rows: readonly (readonly string[])[], columns: string, indent = 3): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, lengthOf(cell));
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => {
        const gap = " ".repeat((widths[i] ?? 0) - lengthOf(cell));
        return columns[i] === "l" ? cell + gap : gap + cell;
      });
      return `${" ".repeat(indent)}${cells.join("  ")}`.trimEnd();
    })
    .join("\n");
}

function lengthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
