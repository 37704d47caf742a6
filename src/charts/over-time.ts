import { placeTicks, type Range, rangeOf, type Tick, widenRange } from "./axes.ts";
import type { Figure, Mark, Panel } from "./panels.ts";
import type { NumberTable } from "./svg.ts";

/** A share over time, a point a bin. */
export interface ShareOverTime {
  readonly label: string;
  readonly points: readonly SharePoint[];
}

export interface SharePoint {
  /** The bin's beginning: milliseconds since 1970, UTC. */
  readonly from: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface OverTimeOptions {
  /** What is drawn, in the words for whoever cannot see it. */
  readonly title: string;
  /** Milliseconds of a bin. */
  readonly binMs: number;
  /** Stretches that are held beside each other, washed. */
  readonly parts?: readonly Range[] | undefined;
  readonly isNarrow?: boolean | undefined;
}

/** Points of a panel up to which each has its interval; of more, a band. */
const fewPoints = 30;

/** Shares over time, one panel below the other under one axis of time. An interval that reaches far above all shares is cut. */
export function overTimeFigure(shares: readonly ShareOverTime[], options: OverTimeOptions): Figure {
  const { title, binMs, isNarrow = false } = options;
  const starts = shares.flatMap(({ points }) => points.map(({ from }) => from));
  const [first, last] = rangeOf(starts);
  const time: Range = [first, last + binMs];
  const ticks = timeTicks(time, binMs, isNarrow ? 3 : 6);
  return {
    label: `${title}: ${shares.map(describe).join("; ")}`,
    panels: shares.map((share, i) => panelOf(share, { time, ticks, isLast: i === shares.length - 1 }, options)),
    table: tableOf(shares, binMs),
  };
}

interface TimeAxis {
  readonly time: Range;
  readonly ticks: readonly Tick[];
  readonly isLast: boolean;
}

function panelOf(
  { label, points }: ShareOverTime,
  { time, ticks, isLast }: TimeAxis,
  { binMs, parts = [] }: OverTimeOptions,
): Panel {
  const top = topOf(points);
  const domain = widenRange([0, top], 3);
  const colour = "var(--initial)";
  const middle = ({ from }: SharePoint): number => from + binMs / 2;
  const cut = (value: number): number => Math.min(value, domain[1]);
  const intervals: Mark[] =
    points.length > fewPoints
      ? [{ kind: "band", points: points.map((point) => [middle(point), point.low, cut(point.high)] as const), colour }]
      : points.map((point) => ({
          kind: "bar",
          ...{ from: [middle(point), point.low], to: [middle(point), cut(point.high)], colour },
        }));
  return {
    title: label,
    x: { domain: time, ticks, isBare: !isLast },
    y: { domain, ticks: placeTicks(domain, 3, (share) => `${Number((100 * share).toPrecision(3))}%`) },
    height: 74,
    marks: [
      ...parts.map(
        ([from, to]): Mark => ({ kind: "field", from: [from, 0], to: [to, domain[1]], colour: "var(--wash)" }),
      ),
      ...intervals,
      { kind: "line", points: points.map((point) => [middle(point), point.estimate]), colour, width: 1.4 },
      ...(points.length > fewPoints ? [] : points).map(
        (point): Mark => ({ kind: "point", at: [middle(point), point.estimate], colour }),
      ),
    ],
  };
}

/** Every share, and nine in ten intervals whole: one bin of few texts makes not all others flat. */
function topOf(points: readonly SharePoint[]): number {
  const highs = points.map(({ high }) => high).sort((a, b) => a - b);
  const most = Math.max(0, ...points.map(({ estimate }) => estimate));
  return Math.min(1, Math.max(1.15 * most, highs[Math.floor(0.9 * highs.length)] ?? 0, 0.001));
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [1, 5, 15, 30].map((n) => n * minute);
const longSteps = [...[1, 3, 6, 12].map((n) => n * hour), ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * day)];

/** Ticks at whole minutes, hours or days, UTC: at most so many. */
function timeTicks([from, to]: Range, binMs: number, most: number): Tick[] {
  const isFit = (step: number): boolean => step >= binMs && (to - from) / step <= most;
  const step = [...steps, ...longSteps].find(isFit) ?? 2 * 364 * day;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, label: nameTime(at, step) });
  return ticks;
}

function nameTime(at: number, step: number): string {
  const date = new Date(at);
  if (step < day && at % day !== 0) return date.toISOString().slice(11, 16);
  const short = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return step >= 182 * day ? `${short} ${date.getUTCFullYear()}` : short;
}

/** "2026-11-03", "2026-11-03 06:00" */
export function nameBin(from: number, binMs: number): string {
  const iso = new Date(from).toISOString();
  return binMs >= day ? iso.slice(0, 10) : iso.slice(0, 16).replace("T", " ");
}

function describe({ label, points }: ShareOverTime): string {
  const [first, last] = [points[0], points.at(-1)];
  return `${label} from ${percent(first?.estimate ?? 0)} to ${percent(last?.estimate ?? 0)}`;
}

function tableOf(shares: readonly ShareOverTime[], binMs: number): NumberTable {
  const bins = [...new Map(shares.flatMap(({ points }) => points.map(({ from, n }) => [from, n] as const)))];
  const maps = shares.map(({ points }) => new Map(points.map((point) => [point.from, point])));
  return {
    head: ["from, UTC", "texts", ...shares.map(({ label }) => label)],
    rows: bins
      .sort(([a], [b]) => a - b)
      .map(([from, n]) => [
        nameBin(from, binMs),
        String(n),
        ...maps.map((points) => {
          const point = points.get(from);
          return point === undefined
            ? ""
            : `${percent(point.estimate)} (${percent(point.low)} to ${percent(point.high)})`;
        }),
      ]),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
