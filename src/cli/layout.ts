import { pathToFileURL } from "node:url";
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
    width: Math.max(60, Math.min(100, stream.columns || 100)),
    paint: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Where a page lies, as a link that terminals open. */
export function linkTo(path: string, page: Page): string {
  return page.paint("bold", pathToFileURL(path).href);
}

/** "label  text", the text's further lines below its first. `text` is plain. */
export function indentUnder(page: Page, label: string, text: string, indent = 3, labelWidth = 11): string {
  const left = indent + labelWidth;
  const lines = wrap(text, page.width - left);
  // A long label has a line of its own.
  const [first = "", ...rest] = label === "" || label.length < labelWidth ? lines : ["", ...lines];
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

/**
 * A text of somebody else's as lines of at most `width` cells: its own lines and indents stay, long ones break at spaces, and
 * control characters become signs, so that no answer can drive the terminal.
 */
export function fold(text: string, width: number): string[] {
  const plain = text.replace(/\r\n?/gu, "\n").replaceAll("\t", "    ");
  const visible = plain.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu, (sign) =>
    sign < " " ? String.fromCodePoint(0x2400 + (sign.codePointAt(0) ?? 0)) : "\ufffd",
  );
  return visible.split("\n").flatMap((line) => {
    const lines = [""];
    for (const piece of line.split(/(?<=\s)(?=\S)/u)) {
      if (cellsOf((lines.at(-1) ?? "") + piece.trimEnd()) <= width) lines.push((lines.pop() ?? "") + piece);
      else if (cellsOf(piece.trimEnd()) <= width) lines.push(piece);
      else
        for (const sign of piece) {
          const own = lines.pop() ?? "";
          if (cellsOf(own + sign) <= width) lines.push(own + sign);
          else lines.push(own, sign);
        }
    }
    return lines.map((own) => own.trimEnd());
  });
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

/** Markdown whose tables are set in columns; it stays Markdown. */
export function align(markdown: string): string {
  return markdown.replace(/(?:^\|.*\n?)+/gmu, (block) => {
    const rows = block
      .trimEnd()
      .split("\n")
      .map((line) =>
        line
          .slice(1, line.lastIndexOf("|"))
          .split("|")
          .map((cell) => cell.trim()),
      );
    const width = (i: number): number => Math.max(3, ...rows.map((cells) => lengthOf(cells[i] ?? "")));
    const set = (cell: string, i: number): string =>
      /^-+$/u.test(cell) ? "-".repeat(width(i)) : cell + " ".repeat(width(i) - lengthOf(cell));
    const lines = rows.map((cells) => `| ${cells.map(set).join(" | ")} |`);
    return lines.join("\n") + (block.endsWith("\n") ? "\n" : "");
  });
}

function lengthOf(cell: string): number {
  return cellsOf(stripVTControlCharacters(cell));
}

/** Cells that a text takes in a terminal; signs of East Asian scripts and pictures take two, marks on them none. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const sign of text) {
    if (/\p{Mark}|\u200d/u.test(sign)) continue;
    cells += wide.test(sign) ? 2 : 1;
  }
  return cells;
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;
