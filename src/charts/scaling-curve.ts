import { placePercentTicks, placeTicks, type Range, rangeOf, roundAxis, type Tick, widenRange } from "./axes.ts";
import { type Figure, type Mark, standInterval } from "./panels.ts";
import type { Point } from "./svg.ts";

interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** A tendency over sizes: points, the fit over all but the largest, and what it foretold there. */
export interface ScalingCurve {
  readonly name: string;
  readonly kind: "rate" | "gap";
  readonly points: readonly { readonly x: number; readonly measured: Interval }[];
  readonly curve: readonly (readonly [x: number, y: number])[];
  readonly prediction: {
    readonly x: number;
    readonly predicted: number;
    readonly low: number;
    readonly high: number;
    readonly isInside: boolean;
  };
}

const looks = { measured: "var(--ink)", fit: "var(--sl-cai)", outside: "var(--alarm)" } as const;

/** A panel for each tendency: dots with intervals, the fit as a line, and the foretold interval as a bar at the largest size. */
export function scalingFigure(tendencies: readonly ScalingCurve[], xTitle: string, columns = 2): Figure {
  return {
    label: `${tendencies.map(describe).join("; ")}; by ${xTitle}`,
    columns,
    panels: tendencies.map((tendency) => panelOf(tendency, xTitle)),
    legend: [
      { label: "measured", colour: looks.measured },
      { label: "fit, and foretold", colour: looks.fit },
    ],
    table: {
      head: ["tendency", xTitle, "measured", "95 % interval", "foretold", "95 % interval of it"],
      rows: tendencies.flatMap(({ name, points, prediction }) =>
        points.map(({ x, measured }) => {
          const isLast = x === prediction.x;
          return [
            ...[name, String(x), shorten(measured.estimate), `${shorten(measured.low)} to ${shorten(measured.high)}`],
            isLast ? shorten(prediction.predicted) : "",
            isLast ? `${shorten(prediction.low)} to ${shorten(prediction.high)}` : "",
          ];
        }),
      ),
    },
  };
}

function panelOf({ name, kind, points, curve, prediction }: ScalingCurve, xTitle: string): Figure["panels"][number] {
  const xs = rangeOf(points.map(({ x }) => x));
  const x: Range = [xs[0] / 1.15, xs[1] * 1.15];
  const values = [
    ...points.flatMap(({ measured }) => [measured.low, measured.high]),
    ...[prediction.low, prediction.high],
  ];
  const isRate = kind === "rate";
  const around = rangeOf(values);
  const y = isRate
    ? ([Math.max(0, widenRange(around, 4)[0]), Math.min(1, widenRange(around, 4)[1])] as const)
    : roundAxis(around, 4).domain;
  const colour = prediction.isInside ? looks.fit : looks.outside;
  // Beside the measured one, so that both are seen.
  const beside = prediction.x * 1.06;
  const marks: Mark[] = [
    { kind: "line", points: curve.map(([at, value]): Point => [at, value]), colour: looks.fit, width: 1.6 },
    ...standInterval(beside, { estimate: prediction.predicted, low: prediction.low, high: prediction.high }, colour),
    ...points.flatMap((point) => standInterval(point.x, point.measured, looks.measured)),
  ];
  return {
    title: name,
    x: { title: xTitle, domain: x, ticks: sizeTicks(points.map((point) => point.x)), isLog: true },
    y: { domain: y, ticks: isRate ? placePercentTicks(y, 4) : placeTicks(y, 4) },
    height: 120,
    marks,
  };
}

/** At the least, the largest, and one between. */
function sizeTicks(xs: readonly number[]): Tick[] {
  const sorted = [...new Set(xs)].sort((a, b) => a - b);
  const chosen = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return [...new Set(chosen)].flatMap((at) => (at === undefined ? [] : [{ at, label: shortSize(at) }]));
}

function shortSize(x: number): string {
  const [unit, letter] = x >= 1e9 ? [1e9, "B"] : x >= 1e5 ? [1e6, "M"] : [1, ""];
  return `${Number((x / unit).toPrecision(2))}${letter}`;
}

/** Gains along √KL: a solid line for gold, a dashed one for the proxy in its own unit. */
export interface GoldCourse {
  readonly name: string;
  readonly points: readonly { readonly d: number; readonly proxy: Interval; readonly gold: Interval }[];
}

/** A panel for each preference model and pressure; the proxy is scaled so that its greatest gain is as high as gold's. */
export function goldFigure(unsorted: readonly GoldCourse[], columns = 2): Figure {
  const courses = unsorted.map(({ name, points }) => ({ name, points: points.toSorted((a, b) => a.d - b.d) }));
  return {
    label: courses
      .map(({ name, points }) => `${name}: gold from 0 to ${shorten(points.at(-1)?.gold.estimate)}`)
      .join("; "),
    columns,
    panels: courses.map(goldPanel),
    legend: [
      { label: "gold", colour: "var(--ink)" },
      { label: "proxy, scaled", colour: "var(--sl-cai)" },
    ],
    table: {
      head: ["course", "√KL", "gold", "proxy"],
      rows: courses.flatMap(({ name, points }) =>
        points.map(({ d, gold, proxy }) => [name, shorten(d), shorten(gold.estimate), shorten(proxy.estimate)]),
      ),
    },
  };
}

function goldPanel({ name, points: sorted }: GoldCourse): Figure["panels"][number] {
  const most = Math.max(...sorted.map(({ gold }) => Math.abs(gold.estimate)), 1e-9);
  const scale = most / Math.max(...sorted.map(({ proxy }) => Math.abs(proxy.estimate)), 1e-9);
  const x: Range = [0, Math.max(...sorted.map(({ d }) => d), 1e-9)];
  const values = sorted.flatMap(({ gold, proxy }) => [gold.low, gold.high, scale * proxy.estimate]);
  const y = roundAxis(rangeOf([0, ...values]), 4);
  const goldLine = sorted.map(({ d, gold }): Point => [d, gold.estimate]);
  return {
    title: name,
    x: { title: "√KL, nats", domain: x, ticks: placeTicks(x, 4) },
    y,
    height: 120,
    marks: [
      { kind: "band", points: sorted.map(({ d, gold }) => [d, gold.low, gold.high] as const), colour: "var(--ink)" },
      {
        ...{ kind: "line", points: sorted.map(({ d, proxy }): Point => [d, scale * proxy.estimate]) },
        ...{ colour: "var(--sl-cai)", width: 1.4, dash: "5 3" },
      },
      { kind: "line", points: goldLine, colour: "var(--ink)", width: 1.8 },
    ],
  };
}

const describe = ({ name, prediction }: ScalingCurve): string =>
  `${name}: foretold ${shorten(prediction.predicted)} (${shorten(prediction.low)} to ${shorten(prediction.high)}), measured ${prediction.isInside ? "inside" : "outside"} it`;

const shorten = (value: number | undefined): string =>
  value === undefined ? "none" : String(Number(value.toPrecision(3)));
