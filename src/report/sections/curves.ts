import { type Figure, linesPanel } from "../../charts/index.ts";
import { drawChart } from "../charts.ts";
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
  return drawChart(() => curvesFigure(drawn, over));
}

function curvesFigure(drawn: readonly Curve[], over: string): Figure {
  const lastStep = Math.max(1, ...drawn.flatMap(({ points }) => points.map(({ step }) => step)));
  const summary = drawn.map(({ title, points }) => {
    const first = points[0];
    const last = points.at(-1);
    return first === undefined || last === undefined
      ? title
      : `${title}: ${number(first.value)} at step ${first.step}, ${number(last.value)} at step ${last.step}`;
  });
  return {
    label: `Curves over ${over}. ${summary.join("; ")}.`,
    panels: drawn.map(({ title, colour, points }, i) =>
      linesPanel([{ label: title, colour, points: points.map(pointOf) }], {
        ...{ title, heading: title, xTitle: "step", height: 110 },
        x: [0, lastStep],
        isBare: i < drawn.length - 1,
      }),
    ),
  };
}

function pointOf({ step, value, low, high }: Curve["points"][number]): number[] {
  return low === undefined || high === undefined ? [step, value] : [step, value, low, high];
}
