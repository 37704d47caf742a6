import { drawFigure, layInterval } from "./panels.ts";
import type { Drawing } from "./svg.ts";

export interface IntervalRow {
  readonly label: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly colour: string;
}

/** Shares with their intervals, a row each, on one axis from 0 to 100 per cent. */
export function drawIntervals(title: string, rows: readonly IntervalRow[], width: number): Drawing {
  const percent = (share: number): string => (100 * share).toFixed(1);
  return drawFigure(
    {
      label: `${title}, in percent with 95 % intervals: ${rows.map((row) => `${row.label} ${percent(row.estimate)}`).join(", ")}`,
      panels: [
        {
          x: { domain: [0, 1], ticks: [0, 0.5, 1].map((at) => ({ at, label: String(100 * at) })) },
          y: { domain: [0, rows.length], ticks: [], hasNames: true },
          height: 16 * rows.length,
          marks: rows.flatMap((row, i) => layInterval(rows.length - i - 0.5, row, row.colour)),
        },
      ],
      left: 10,
      table: {
        head: ["", "percent", "95 % interval", "n"],
        rows: rows.map(({ label, estimate, low, high, n }) => [
          label,
          percent(estimate),
          `${percent(low)}–${percent(high)}`,
          String(n),
        ]),
      },
    },
    width,
  );
}
