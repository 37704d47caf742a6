import { type Drawing, drawShape, formatTick, type Shape, type Span, scaleTo, ticksOf, writeText } from "./svg.ts";

export interface Line {
  readonly label: string;
  readonly colour: string;
  /** [x, y] or [x, y, low, high]. */
  readonly points: readonly (readonly number[])[];
  readonly isDashed?: boolean | undefined;
}

export interface LinesOptions {
  readonly title: string;
  readonly xTitle: string;
  readonly isLog?: boolean | undefined;
  /** A value that should not be passed; drawn where the axis reaches it. */
  readonly bound?: { readonly value: number; readonly says: string } | undefined;
  /** Of all charts side by side. */
  readonly x?: Span | undefined;
  /** A place that is pointed at, in the numbers of the x axis. */
  readonly at?: number | undefined;
}

const plot = { left: 40, right: 10, top: 10, bottom: 24, height: 165 } as const;
/** Points up to which each has its own dot. */
const fewPoints = 12;

/** Lines over steps, with a band where a point has an interval. */
export function drawLines(lines: readonly Line[], width: number, options: LinesOptions): Drawing {
  const places = placesOf(lines, width, options);
  const { x, y, domain, xDomain } = places;
  const inner = { left: plot.left, right: width - plot.right, bottom: plot.height - plot.bottom };
  const step = tickStep(domain.ticks);
  const axes = [
    ...domain.ticks.flatMap((value): Shape[] => [
      drawShape("line", { x1: inner.left, x2: inner.right, y1: y(value), y2: y(value), stroke: "var(--rule)" }),
      writeText(options.isLog ? formatTick(value, value) : formatTick(value, step), [inner.left - 7, y(value) + 3.5], {
        "text-anchor": "end",
        "font-size": 10.5,
      }),
    ]),
    ...[xDomain[0], Math.round((xDomain[0] + xDomain[1]) / 2), xDomain[1]].map((value, i) =>
      writeText(`${i === 2 ? `${options.xTitle} ` : ""}${value.toLocaleString("en-US")}`, [x(value), plot.height - 6], {
        "text-anchor": ["start", "middle", "end"][i],
        "font-size": 10.5,
      }),
    ),
  ];
  return {
    width,
    height: plot.height,
    label: describe(lines, options),
    shapes: [
      ...axes,
      ...drawBound(places, width, options),
      ...lines.flatMap((line) => drawLine(line, places)),
      ...drawPlace(places, options.at),
    ],
    table: {
      head: [options.xTitle, ...lines.map(({ label }) => label)],
      rows: rowsOf(lines),
    },
  };
}

interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly domain: { readonly span: Span; readonly ticks: readonly number[] };
  readonly xDomain: Span;
}

/** Where numbers lie; the page asks for it too, to say which step is pointed at. */
export function placesOf(lines: readonly Line[], width: number, options: LinesOptions): Places {
  const points = lines.flatMap((line) => line.points);
  const xDomain = options.x ?? spanOf(points.map(([at = 0]) => at));
  const values = points
    .flatMap(([, ...rest]) => rest)
    .filter((value) => Number.isFinite(value) && (!options.isLog || value > 0));
  const domain = options.isLog ? logDomain(spanOf(values)) : linearDomain(spanOf(values));
  const scale = scaleTo(options.isLog ? [Math.log10(domain.span[0]), Math.log10(domain.span[1])] : domain.span, [
    plot.height - plot.bottom,
    plot.top,
  ]);
  return {
    x: scaleTo(xDomain, [plot.left, width - plot.right]),
    y: options.isLog ? (value) => scale(Math.log10(Math.max(value, domain.span[0]))) : scale,
    domain,
    xDomain,
  };
}

function drawLine({ points, colour, isDashed }: Line, { x, y }: Places): Shape[] {
  const shapes: Shape[] = [];
  const hasBand = points.some((point) => point.length > 3);
  const isFew = points.length <= fewPoints;
  if (hasBand && !isFew) {
    const upper = points.map(([at = 0, value = 0, , high = value]) => `${x(at)},${y(high)}`);
    const lower = points.map(([at = 0, value = 0, low = value]) => `${x(at)},${y(low)}`).reverse();
    shapes.push(drawShape("path", { d: `M${[...upper, ...lower].join("L")}Z`, fill: colour, "fill-opacity": 0.16 }));
  }
  shapes.push(
    drawShape("polyline", {
      points: points.map(([at = 0, value = 0]) => `${x(at)},${y(value)}`).join(" "),
      fill: "none",
      stroke: colour,
      "stroke-width": isFew ? 1.2 : 1.7,
      "stroke-linejoin": "round",
      "stroke-dasharray": isDashed || (hasBand && isFew) ? "3 3" : undefined,
    }),
  );
  if (!isFew) return shapes;
  return [
    ...shapes,
    ...points.flatMap(([at = 0, value = 0, low, high]): Shape[] => [
      ...(low === undefined || high === undefined
        ? []
        : [drawShape("line", { x1: x(at), x2: x(at), y1: y(low), y2: y(high), stroke: colour, "stroke-width": 1.6 })]),
      drawShape("circle", { cx: x(at), cy: y(value), r: 3.2, fill: colour }),
    ]),
  ];
}

function drawBound({ y, domain }: Places, width: number, { bound }: LinesOptions): Shape[] {
  if (bound === undefined || bound.value < domain.span[0] || bound.value > domain.span[1]) return [];
  const at = y(bound.value);
  return [
    drawShape("line", {
      x1: plot.left,
      x2: width - plot.right,
      y1: at,
      y2: at,
      stroke: "var(--alarm)",
      "stroke-dasharray": "5 3",
    }),
    writeText(bound.says, [width - plot.right, at - 4], {
      "text-anchor": "end",
      "font-size": 10.5,
      fill: "var(--alarm)",
    }),
  ];
}

function drawPlace({ x }: Places, at: number | undefined): Shape[] {
  if (at === undefined) return [];
  return [
    drawShape("line", {
      x1: x(at),
      x2: x(at),
      y1: plot.top,
      y2: plot.height - plot.bottom,
      stroke: "var(--ink)",
      "stroke-opacity": 0.5,
    }),
  ];
}

function spanOf(values: readonly number[]): Span {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

/** A bit around the values, and whole steps; a line that does not move lies in the middle. */
function linearDomain([low, high]: Span): Places["domain"] {
  const size = high - low || Math.abs(high) * 0.2 || 1;
  const isFlat = high === low;
  const span: Span = isFlat
    ? [low === 0 ? 0 : low - size / 2, high + size / 2]
    : [low >= 0 && low < size / 2 ? 0 : low - size * 0.04, high + size * 0.06];
  return { span, ticks: ticksOf(span, 4) };
}

function logDomain([low, high]: Span): Places["domain"] {
  const span: Span = [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.0001))];
  const powers = Array.from({ length: Math.round(Math.log10(span[1] / span[0])) + 1 }, (_, n) => span[0] * 10 ** n);
  const every = Math.ceil(powers.length / 6);
  return { span, ticks: powers.filter((_, n) => n % every === 0) };
}

const tickStep = ([first = 0, second = first + 1]: readonly number[]): number => second - first;

function describe(lines: readonly Line[], { title, xTitle }: LinesOptions): string {
  const ways = lines.map(({ label, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return `${label} from ${shorten(first?.[1])} at ${xTitle} ${first?.[0] ?? 0} to ${shorten(last?.[1])} at ${last?.[0] ?? 0}`;
  });
  return `${title}: ${ways.join("; ")}`;
}

const shorten = (value: number | undefined): string =>
  value === undefined ? "none" : String(Number(value.toPrecision(3)));

function rowsOf(lines: readonly Line[]): string[][] {
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
  return [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
}

/** The x that lies under a pixel, rounded to a whole step. */
export function stepAt(pixel: number, { xDomain }: Places, width: number): number {
  const share = (pixel - plot.left) / (width - plot.right - plot.left);
  const step = Math.round(xDomain[0] + share * (xDomain[1] - xDomain[0]));
  return Math.min(xDomain[1], Math.max(xDomain[0], step));
}
