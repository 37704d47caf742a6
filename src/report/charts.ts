import { type Html, html } from "./html.ts";

/** Widths in px at which every chart is drawn: for a column of text, and for a phone. The style sheet shows one. */
const widths = { wide: 696, narrow: 346 } as const;

export interface ChartSize {
  /** Of the whole figure, axes included. */
  readonly width: number;
  readonly narrow: boolean;
}

/** A number along one side of a panel. */
export interface Axis {
  readonly title?: string | undefined;
  readonly domain: Range;
  /** Where lines are drawn, and what is said there. */
  readonly ticks: readonly Tick[];
  /** Lines without labels, where a neighbour has them. */
  readonly isBare?: boolean;
  /** Of an axis of names: no lines. */
  readonly hasNames?: boolean;
}
export interface Tick {
  readonly at: number;
  readonly label: string;
}
type Range = readonly [low: number, high: number];

/** What is drawn in a panel, in the axes' numbers. Colours are the page's CSS variables. */
export type Mark =
  | { readonly kind: "line"; readonly points: readonly Point[]; readonly colour: string }
  | { readonly kind: "bar"; readonly from: Point; readonly to: Point; readonly colour: string }
  | { readonly kind: "point"; readonly at: Point; readonly colour: string };
type Point = readonly [x: number, y: number];

export interface Panel {
  readonly title?: string | undefined;
  readonly x: Axis;
  readonly y: Axis;
  /** Of the marks' field alone, without axes. */
  readonly height: number;
  readonly marks: readonly Mark[];
}

export interface Figure {
  readonly panels: readonly Panel[];
  readonly columns: number;
}

export interface Chart {
  readonly figure: (size: ChartSize) => Figure;
  readonly legend?: readonly { readonly label: string; readonly colour: string }[];
  /** What the picture shows, for whoever cannot see it. */
  readonly description: string;
}

/** The colour of a checkpoint, in charts as in text. */
export const colourOf = (checkpoint: string): string =>
  ["initial", "sl-cai", "dpo", "rl-cai"].includes(checkpoint) ? `var(--${checkpoint})` : "var(--ink)";

/**
 * A chart as SVG in both widths, without script. All colours are CSS variables of the page, so that dark mode needs no
 * second picture.
 */
export function drawChart(chart: Chart): Html {
  return html`<div class="chart wide">${drawFigure(chart, { width: widths.wide, narrow: false })}</div><div class="chart narrow">${drawFigure(chart, { width: widths.narrow, narrow: true })}</div>`;
}

interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** An interval and what was found in it, upright. */
export function standInterval(x: number, { estimate, low, high }: Interval, colour: string): Mark[] {
  return [
    { kind: "bar", from: [x, low], to: [x, high], colour },
    { kind: "point", at: [x, estimate], colour },
  ];
}

/** The same lying. */
export function layInterval(y: number, { estimate, low, high }: Interval, colour: string): Mark[] {
  return [
    { kind: "bar", from: [low, y], to: [high, y], colour },
    { kind: "point", at: [estimate, y], colour },
  ];
}

/** Ticks at round numbers, about so many, all within the range; by default with the decimals that tell them apart. */
export function placeTicks([low, high]: Range, about: number, format?: (value: number) => string): Tick[] {
  const step = roundStep((high - low) / about);
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = Number(((first + i) * step).toPrecision(12));
    return { at, label: format?.(at) ?? at.toFixed(decimals).replace("-", "−") };
  });
}

/** The range widened to round numbers. */
export function widenRange([low, high]: Range, about: number): Range {
  const step = roundStep((high - low) / about || Math.abs(high) / about || 1);
  const [bottom, top] = [Math.floor(low / step), Math.ceil(high / step)];
  return [bottom * step, (top === bottom ? top + 1 : top) * step];
}

/** The number of 1, 2, 5, 10, 20, … that is nearest to a step. */
function roundStep(step: number): number {
  const size = 10 ** Math.floor(Math.log10(step));
  const first = step / size;
  return size * (first >= Math.sqrt(50) ? 10 : first >= Math.sqrt(10) ? 5 : first >= Math.sqrt(2) ? 2 : 1);
}

/** Shares as whole percents. */
export const placePercentTicks = (domain: Range, about: number): Tick[] =>
  placeTicks(domain, about, (value) => `${Math.round(100 * value)}%`);

const space = { between: 40, title: 24, below: 22, axisTitle: 20, legend: 30, right: 8, label: 8, top: 6 } as const;
const characterWidth = 6.4;
/** Characters of a name on an upright axis; what is longer is cut. */
const longestName = 21;

function drawFigure({ figure, legend = [], description }: Chart, size: ChartSize): Html {
  const { panels, columns } = figure(size);
  const left = Math.max(...panels.map(({ y }) => measureLeft(y)));
  const inner = (size.width - left - space.right - space.between * (columns - 1)) / columns;
  const parts: Html[] = [];
  let bottom = legend.length > 0 ? space.legend : 0;
  for (let row = 0; row < panels.length; row += columns) {
    const line = panels.slice(row, row + columns);
    const top = bottom + space.top + (line.some(({ title }) => title !== undefined) ? space.title : 0);
    for (const [column, panel] of line.entries())
      parts.push(drawPanel(panel, { left: left + column * (inner + space.between), top, width: inner }));
    const heights = line.map(({ height, x }) => height + measureBelow(x));
    bottom = top + Math.max(...heights);
  }
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${round(bottom)}" style="max-width:${size.width}px" role="img" aria-label="${description}">${drawLegend(legend, left)}${parts}</svg>`;
}

function measureLeft({ ticks, title, isBare = false }: Axis): number {
  const longest = Math.max(0, ...(isBare ? [] : ticks.map(({ label }) => nameOf(label).length)));
  return longest * characterWidth + space.label + (title === undefined ? 0 : space.axisTitle);
}

const measureBelow = ({ title, isBare = false }: Axis): number =>
  (isBare ? 10 : space.below) + (title === undefined ? 0 : space.axisTitle);

function drawLegend(entries: NonNullable<Chart["legend"]>, left: number): Html[] {
  let x = left;
  return entries.map(({ label, colour }) => {
    const at = x;
    x += label.length * characterWidth + 34;
    return html`<circle cx="${round(at + 5)}" cy="10" r="4.5" fill="${colour}"/><text class="ink" x="${round(at + 15)}" y="14">${label}</text>`;
  });
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

function drawPanel({ title, x, y, height, marks }: Panel, { left, top, width }: Place): Html {
  const bottom = top + height;
  const across = (value: number): number => round(left + (width * (value - x.domain[0])) / (x.domain[1] - x.domain[0]));
  const up = (value: number): number => round(bottom - (height * (value - y.domain[0])) / (y.domain[1] - y.domain[0]));
  const columns = x.ticks.map(({ at, label }) => {
    const line =
      x.hasNames === true ? "" : html`<path class="grid" d="M${across(at)} ${round(top)}V${round(bottom)}"/>`;
    return x.isBare === true
      ? html`${line}`
      : html`${line}<text text-anchor="middle" x="${across(at)}" y="${round(bottom + 17)}">${label}</text>`;
  });
  const rows = y.ticks.map(({ at, label }) => {
    const line =
      y.hasNames === true ? "" : html`<path class="grid" d="M${round(left)} ${up(at)}H${round(left + width)}"/>`;
    return y.isBare === true
      ? html`${line}`
      : html`${line}<text text-anchor="end" x="${round(left - space.label)}" y="${round(up(at) + 4)}">${nameOf(label)}</text>`;
  });
  const middle = round((top + bottom) / 2);
  const aside = round(left - measureLeft(y) + 11);
  return html`${title === undefined ? "" : html`<text class="strong" x="${round(left)}" y="${round(top - 11)}">${title}</text>`}${columns}${rows}${
    x.title === undefined
      ? ""
      : html`<text class="title" text-anchor="middle" x="${round(left + width / 2)}" y="${round(bottom + space.below + 15)}">${x.title}</text>`
  }${
    y.title === undefined
      ? ""
      : html`<text class="title" text-anchor="middle" transform="translate(${aside} ${middle}) rotate(-90)">${y.title}</text>`
  }${marks.map((mark) => drawMark(mark, across, up))}`;
}

function drawMark(mark: Mark, across: (value: number) => number, up: (value: number) => number): Html {
  if (mark.kind === "point")
    return html`<circle cx="${across(mark.at[0])}" cy="${up(mark.at[1])}" r="4" fill="${mark.colour}"/>`;
  const points = mark.kind === "line" ? mark.points : [mark.from, mark.to];
  const path = points.map(([x, y]) => `${across(x)} ${up(y)}`).join("L");
  return html`<path class="${mark.kind}" d="M${path}" stroke="${mark.colour}"/>`;
}

const nameOf = (label: string): string => (label.length > longestName ? `${label.slice(0, longestName - 1)}…` : label);

const round = (value: number): number => Math.round(10 * value) / 10;
