import type { Why, WhyLine } from "../report/index.ts";
import { fold, type Page } from "./layout.ts";

const labelWidth = 12;

/** Answer, critique, principle: a record and what it was made from; or what is nearest to it in the training data. */
export function showWhy({ id, type, stage, lines, principles, nearest }: Why, page: Page): string {
  const shown = [`${page.paint("bold", id)}  ${type} of ${stage}`, ...lines.flatMap((line) => showLine(line, page))];
  if (nearest !== undefined) {
    const what = nearest.match === "same" ? "the same words" : "nearest, not a cause";
    shown.push(page.paint("dim", `   in the training data of ${nearest.run}, ${what}:`));
    shown.push(...nearest.lines.flatMap((line) => showLine(line, page)));
  } else if (principles.length === 0 && !lines.some(({ label }) => label === "principle")) {
    shown.push(page.paint("dim", "   no principle shaped it"));
  }
  return shown.join("\n");
}

function showLine({ label, text }: WhyLine, page: Page): string[] {
  const [first = "", ...rest] = fold(text, page.width - 3 - labelWidth);
  const style = label === "principle" ? "cyan" : "dim";
  return [
    `   ${page.paint(style, label.padEnd(labelWidth))}${first}`,
    ...rest.map((line) => `${" ".repeat(3 + labelWidth)}${line}`),
  ];
}
