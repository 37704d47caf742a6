import { type Drawing, drawShape, round, type Shape, writeText } from "./svg.ts";

export interface TwoSidedRow {
  readonly label: string;
  readonly left: number;
  readonly right: number;
}

const rowHeight = 30;

/** Counts to either side of a line, a row each. */
export function drawTwoSided(
  rows: readonly TwoSidedRow[],
  width: number,
  heads: readonly [left: string, right: string],
): Drawing {
  const most = Math.max(1, ...rows.map(({ left }) => left));
  const mostRight = Math.max(1, ...rows.map(({ right }) => right));
  const names = Math.min(width * 0.3, 12 + 7.6 * Math.max(...rows.map(({ label }) => label.length)));
  const unit = (width - names - 70) / (most + mostRight);
  const middle = round(Math.max(names + 30 + most * unit, names + 30));
  const bottom = 24 + rows.length * rowHeight;
  return {
    width,
    height: bottom + 6,
    label: rows.map(({ label, left, right }) => `${label}: ${heads[0]} ${left}, ${heads[1]} ${right}`).join("; "),
    shapes: [
      writeText(heads[0], [middle - 10, 13], {
        "text-anchor": "end",
        "font-size": 12,
        "font-weight": 550,
        fill: "var(--initial)",
      }),
      writeText(heads[1], [middle + 10, 13], { "font-size": 12, "font-weight": 550, fill: "var(--sl-cai)" }),
      ...rows.flatMap(({ label, left, right }, i): Shape[] => {
        const y = 30 + i * rowHeight;
        return [
          writeText(label, [0, y + 12.5], {
            "font-size": 13.5,
            "font-weight": 500,
            fill: "var(--link)",
            "data-id": label,
          }),
          bar(middle - left * unit, y, left * unit, "var(--initial)"),
          writeText(String(left), [middle - left * unit - 8, y + 13], {
            "text-anchor": "end",
            "font-size": 13,
            fill: "var(--ink)",
          }),
          bar(middle, y, right * unit, "var(--sl-cai)"),
          writeText(String(right), [middle + right * unit + 8, y + 13], { "font-size": 13, fill: "var(--ink)" }),
        ];
      }),
      drawShape("line", { x1: middle, x2: middle, y1: 22, y2: bottom, stroke: "var(--ink)" }),
    ],
    table: { head: ["", ...heads], rows: rows.map(({ label, left, right }) => [label, String(left), String(right)]) },
  };
}

function bar(x: number, y: number, width: number, fill: string): Shape {
  return drawShape("rect", { x: round(x), y, width: round(width), height: 17, rx: 2, fill });
}
