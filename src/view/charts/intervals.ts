import { type Drawing, drawShape, round, type Shape, scaleTo, writeText } from "./svg.ts";

export interface IntervalRow {
  readonly label: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly colour: string;
}

const rowHeight = 15;

/** Shares with their intervals, a row each, on one axis from 0 to 100 per cent. */
export function drawIntervals(title: string, rows: readonly IntervalRow[], width: number): Drawing {
  const x = scaleTo([0, 1], [6, width - 6]);
  const bottom = rows.length * rowHeight + 2;
  const axis = [0, 0.5, 1].flatMap((at, i): Shape[] => [
    drawShape("line", { x1: x(at), x2: x(at), y1: 0, y2: bottom, stroke: "var(--rule)" }),
    writeText(String(100 * at), [[0, x(0.5), width][i] ?? 0, bottom + 14], {
      "text-anchor": ["start", "middle", "end"][i],
    }),
  ]);
  const marks = rows.flatMap(({ estimate, low, high, colour }, i): Shape[] => {
    const y = i * rowHeight + 7.5;
    const [a, b] = [x(low), x(high)];
    return [
      drawShape("path", {
        d: `M${a},${y - 4}V${y + 4}M${b},${y - 4}V${y + 4}M${a},${y}H${b}`,
        stroke: colour,
        "stroke-width": 1.4,
        fill: "none",
      }),
      drawShape("circle", { cx: x(estimate), cy: y, r: 3.3, fill: colour }),
    ];
  });
  const percent = (share: number): string => (100 * share).toFixed(1);
  return {
    width,
    height: round(bottom + 18),
    label: `${title}, in percent with 95 % intervals: ${rows.map((row) => `${row.label} ${percent(row.estimate)}`).join(", ")}`,
    shapes: [...axis, ...marks],
    table: {
      head: ["", "percent", "95 % interval", "n"],
      rows: rows.map(({ label, estimate, low, high, n }) => [
        label,
        percent(estimate),
        `${percent(low)}–${percent(high)}`,
        String(n),
      ]),
    },
  };
}
