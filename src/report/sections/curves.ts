import { type Chart, drawChart, type Panel, placeTicks, standInterval, widenRange } from "../charts.ts";
import type { MetricsRow } from "../data.ts";
import { number } from "../format.ts";
import type { Html } from "../html.ts";

/** One number over the steps of a training. */
export interface Curve {
  readonly title: string;
  readonly colour: string;
  readonly points: readonly {
    readonly step: number;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
}

/** The values of the first of these metrics that a row has. */
export function pointsOf(rows: readonly MetricsRow[], metrics: readonly string[]): Curve["points"] {
  return rows.flatMap((row) => {
    const { step } = row;
    const value = metrics.map((metric) => row[metric]).find((found) => typeof found === "number");
    return typeof step === "number" && typeof value === "number" && Number.isFinite(value) ? [{ step, value }] : [];
  });
}

/** Curves below each other, on one axis of steps. */
export function drawCurves(drawn: readonly Curve[], over: string): Html {
  return drawChart(curvesChart(drawn, over));
}

function curvesChart(drawn: readonly Curve[], over: string): Chart {
  const lastStep = Math.max(1, ...drawn.flatMap(({ points }) => points.map(({ step }) => step)));
  const summary = drawn.map(({ title, points }) => {
    const first = points[0];
    const last = points.at(-1);
    return first === undefined || last === undefined
      ? title
      : `${title}: ${number(first.value)} at step ${first.step}, ${number(last.value)} at step ${last.step}`;
  });
  return {
    description: `Curves over ${over}. ${summary.join("; ")}.`,
    figure: () => ({
      columns: 1,
      panels: drawn.map((curve, i) => curvePanel(curve, lastStep, i === drawn.length - 1)),
    }),
  };
}

function curvePanel({ title, colour, points }: Curve, lastStep: number, isLowest: boolean): Panel {
  const values = points.flatMap(({ value, low = value, high = value }) => [value, low, high]);
  const domain = widenRange([Math.min(...values), Math.max(...values)], 4);
  return {
    title,
    x: {
      title: isLowest ? "Step" : undefined,
      domain: [0, lastStep],
      ticks: placeTicks([0, lastStep], 6),
      isBare: !isLowest,
    },
    y: { domain, ticks: placeTicks(domain, 4) },
    height: 110,
    marks: [
      { kind: "line", points: points.map(({ step, value }) => [step, value]), colour },
      ...points.flatMap(({ step, value, low, high }) =>
        low === undefined || high === undefined ? [] : standInterval(step, { estimate: value, low, high }, colour),
      ),
    ],
  };
}
