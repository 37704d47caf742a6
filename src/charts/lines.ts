import { placeLogTicks, placeTicks, type Range, rangeOf, roundAxis, type Tick, widenLogRange } from "./axes.ts";
import { drawFigure, type Figure, type Look, type Mark, type Panel, standInterval } from "./panels.ts";
import type { Drawing, NumberTable, Point } from "./svg.ts";

/** A number over steps. */
export interface Line extends Look {
  readonly label: string;
  /** [x, y] or [x, y, low, high]. */
  readonly points: readonly (readonly number[])[];
  readonly width?: number | undefined;
}

export interface LinesOptions {
  /** What is drawn, in the words for whoever cannot see it. */
  readonly title: string;
  /** In the picture, where no heading stands above it. */
  readonly heading?: string | undefined;
  /** What the steps are called: "step". */
  readonly xTitle: string;
  readonly isLog?: boolean | undefined;
  /** A value that should not be passed; drawn where the axis reaches it. */
  readonly bound?: { readonly value: number; readonly says: string } | undefined;
  /** Of all charts side by side. */
  readonly x?: Range | undefined;
  /** One of many side by side: no upright lines, and at the last of three steps stands what they are. */
  readonly isSmall?: boolean | undefined;
  /** Without steps below, where another chart that stands under it has them. */
  readonly isBare?: boolean | undefined;
  /** A place that is pointed at, in the numbers of the x axis. */
  readonly at?: number | undefined;
  readonly height?: number | undefined;
}

/** Points up to which each has its own dot. */
const fewPoints = 12;
/** Signs on a line of many points. */
const signs = 6;
/** Charts side by side begin at one place. */
const left = 46;

/** Lines over steps, with a band where a point has an interval. */
export function drawLines(lines: readonly Line[], width: number, options: LinesOptions): Drawing {
  return drawFigure(linesFigure(lines, options), width);
}

/** The same before it has a width: a page asks it which step is pointed at. */
export function linesFigure(lines: readonly Line[], options: LinesOptions): Figure {
  return {
    label: describeLines(lines, options),
    panels: [linesPanel(lines, options)],
    table: tableOf(lines, options),
    left,
  };
}

/** The panel alone, for a figure of several. */
export function linesPanel(lines: readonly Line[], options: LinesOptions): Panel {
  const { heading, xTitle, isLog = false, isBare = false, isSmall = false, height = 130 } = options;
  const points = lines.flatMap((line) => line.points);
  const steps = options.x ?? rangeOf(points.map(([at = 0]) => at));
  const x: Range = steps[0] === steps[1] ? [steps[0], steps[0] + 1] : steps;
  const values = points
    .flatMap(([, ...rest]) => rest)
    .filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  const range = rangeOf(values);
  const powers = isLog ? widenLogRange(range) : range;
  const { domain, ticks } = isLog ? { domain: powers, ticks: placeLogTicks(powers) } : roundAxis(range, 4);
  const title = isBare || isSmall ? undefined : `${xTitle.charAt(0).toUpperCase()}${xTitle.slice(1)}`;
  return {
    title: heading,
    x: { title, domain: x, ticks: isSmall ? threeSteps(x, xTitle) : stepTicks(x), isBare, hasNames: isSmall },
    y: { domain, ticks, isLog },
    height,
    marks: [...boundMarks(domain, x, options), ...lines.flatMap(markLine), ...placeMarks(domain, options.at)],
  };
}

/** Steps are whole. */
function stepTicks(x: Range): Tick[] {
  return placeTicks(x, 5, (step) => step.toLocaleString("en-US")).filter(({ at }) => Number.isInteger(at));
}

function threeSteps([low, high]: Range, name: string): Tick[] {
  const middle = Math.round((low + high) / 2);
  return [...new Set([low, middle, high])].map((at) => ({
    at,
    label: `${at === high ? `${name} ` : ""}${at.toLocaleString("en-US")}`,
    anchor: at === low ? "start" : at === high ? "end" : undefined,
  }));
}

function markLine({ points, colour, width, dash, form }: Line): Mark[] {
  const hasBand = points.some((point) => point.length > 3);
  const isFew = points.length <= fewPoints;
  const places = points.map(([at = 0, value = 0]): Point => [at, value]);
  const every = Math.max(1, Math.floor(points.length / signs));
  const band: Mark = {
    kind: "band",
    points: points.map(([at = 0, value = 0, low = value, high = value]) => [at, low, high] as const),
    colour,
  };
  const line: Mark = { kind: "line", points: places, colour, width: width ?? (isFew && hasBand ? 1.2 : 1.8), dash };
  const marked = isFew
    ? places
    : form === undefined
      ? []
      : places.filter((_, i) => i % every === Math.floor(every / 2));
  return [
    ...(hasBand && !isFew ? [band] : []),
    line,
    ...(isFew ? points : []).flatMap(([at = 0, value = 0, low, high]): Mark[] =>
      low === undefined || high === undefined
        ? []
        : standInterval(at, { estimate: value, low, high }, colour).slice(0, 1),
    ),
    ...marked.map((at): Mark => ({ kind: "point", at, colour, form })),
  ];
}

function boundMarks([low, high]: Range, x: Range, { bound }: LinesOptions): Mark[] {
  if (bound === undefined || bound.value < low || bound.value > high) return [];
  const { value, says } = bound;
  return [
    {
      kind: "line",
      points: [
        [x[0], value],
        [x[1], value],
      ],
      colour: "var(--alarm)",
      width: 1,
      dash: "5 3",
    },
    {
      ...{ kind: "text", at: [x[1], value], shift: [0, -4], text: says },
      attributes: { "text-anchor": "end", fill: "var(--alarm)" },
    },
  ];
}

function placeMarks([low, high]: Range, at: number | undefined): Mark[] {
  return at === undefined
    ? []
    : [
        {
          kind: "line",
          points: [
            [at, low],
            [at, high],
          ],
          colour: "var(--soft)",
          width: 1,
        },
      ];
}

export function describeLines(lines: readonly Line[], { title, xTitle }: LinesOptions): string {
  const ways = lines.map(({ label, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return `${label} from ${shorten(first?.[1])} at ${xTitle} ${first?.[0] ?? 0} to ${shorten(last?.[1])} at ${last?.[0] ?? 0}`;
  });
  return `${title}: ${ways.join("; ")}`;
}

const shorten = (value: number | undefined): string =>
  value === undefined ? "none" : String(Number(value.toPrecision(3)));

function tableOf(lines: readonly Line[], { xTitle }: LinesOptions): NumberTable {
  const rows = new Map<number, string[]>();
  lines.forEach(({ points }, i) => {
    for (const [at = 0, value, low, high] of points) {
      const row = rows.get(at) ?? [String(at), ...lines.map(() => "")];
      row[i + 1] =
        low === undefined || high === undefined
          ? shorten(value)
          : `${shorten(value)} (${shorten(low)} to ${shorten(high)})`;
      rows.set(at, row);
    }
  });
  return {
    head: [xTitle, ...lines.map(({ label }) => label)],
    rows: [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row),
  };
}
