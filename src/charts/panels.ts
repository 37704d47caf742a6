import { type Axis, scaleTo } from "./axes.ts";
import { type Drawing, drawShape, type NumberTable, type Point, round, type Shape, writeText } from "./svg.ts";

/** What is drawn in a panel, in the axes' numbers. */
export type Mark =
  | {
      readonly kind: "line";
      readonly points: readonly Point[];
      readonly colour: string;
      readonly width?: number | undefined;
      readonly dash?: string | undefined;
    }
  | {
      readonly kind: "band";
      readonly points: readonly (readonly [x: number, low: number, high: number])[];
      readonly colour: string;
    }
  | { readonly kind: "bar"; readonly from: Point; readonly to: Point; readonly colour: string }
  | PointMark
  | { readonly kind: "field"; readonly from: Point; readonly to: Point; readonly colour: string }
  | {
      readonly kind: "text";
      readonly at: Point;
      /** Pixels to the right and down. */
      readonly shift: Point;
      readonly text: string;
      readonly attributes?: Shape["attributes"] | undefined;
    };

interface PointMark {
  readonly kind: "point";
  readonly at: Point;
  readonly colour: string;
  readonly form?: PointForm | undefined;
  /** Times as wide as usual: it stands for many. Half seen through. */
  readonly size?: number | undefined;
  /** One of very many: small and half seen through. */
  readonly isSlight?: boolean | undefined;
  /** What it opens, and what it is called. */
  readonly id?: string | undefined;
  readonly title?: string | undefined;
}

/** Told apart without colour. */
export const pointForms = ["dot", "square", "triangle", "ring", "diamond", "cross"] as const;
export type PointForm = (typeof pointForms)[number];

export interface Panel {
  readonly title?: string | undefined;
  readonly x: Axis;
  readonly y: Axis;
  /** Of the marks' field alone, without axes. */
  readonly height: number;
  readonly marks: readonly Mark[];
}

export interface Figure {
  /** What it shows, for whoever cannot see it. */
  readonly label: string;
  readonly panels: readonly Panel[];
  /** Of panels. Default: one. */
  readonly columns?: number | undefined;
  readonly legend?: readonly { readonly label: string; readonly colour: string }[] | undefined;
  readonly table?: NumberTable | undefined;
  /** Pixels that labels on the left take at least, where figures stand side by side. */
  readonly left?: number | undefined;
}

const space = { between: 40, title: 24, below: 22, axisTitle: 20, legend: 30, right: 8, label: 8, top: 6 } as const;
const characterWidth = 6.4;
/** Characters of a name on an upright axis; what is longer is cut. */
const longestName = 21;

/** Panels under a legend, as wide as is said and as high as they are. */
export function drawFigure(figure: Figure, width: number): Drawing {
  const { label, panels, columns = 1, legend = [], table } = figure;
  const { left, inner } = columnsOf(figure, width);
  const shapes: Shape[] = drawLegend(legend, left);
  let bottom = legend.length > 0 ? space.legend : 0;
  for (let row = 0; row < panels.length; row += columns) {
    const line = panels.slice(row, row + columns);
    const top = bottom + space.top + (line.some(({ title }) => title !== undefined) ? space.title : 0);
    for (const [column, panel] of line.entries()) {
      shapes.push(...drawPanel(panel, { left: left + column * (inner + space.between), top, width: inner }));
    }
    bottom = top + Math.max(...line.map(({ height, x }) => height + measureBelow(x)));
  }
  return { width, height: round(bottom), label, shapes, table };
}

/** How lines look that stand for one thing in many pictures: told apart without colour too. */
export interface Look {
  readonly colour: string;
  readonly dash?: string | undefined;
  readonly form?: PointForm | undefined;
}

/** A bit of a line, for a legend. */
export function drawSample({ colour, dash, form = "dot" }: Look, label: string): Drawing {
  const [width, height] = [40, 12];
  const line = { x1: 0, x2: width, y1: height / 2, y2: height / 2, stroke: colour, "stroke-width": 1.8 };
  return {
    ...{ width, height, label },
    shapes: [
      drawShape("line", { ...line, "stroke-dasharray": dash }),
      drawPoint({ kind: "point", at: [0, 0], colour, form }, width / 2, height / 2),
    ],
  };
}

/** The number on the x axis that lies under a pixel of a figure of one column, as a whole. */
export function stepAt(pixel: number, figure: Figure, width: number): number {
  const { left, inner } = columnsOf(figure, width);
  const [low, high] = figure.panels[0]?.x.domain ?? [0, 1];
  const step = Math.round(low + ((pixel - left) / inner) * (high - low));
  return Math.min(high, Math.max(low, step));
}

function columnsOf({ panels, columns = 1, left: least = 0 }: Figure, width: number) {
  const left = Math.max(least, ...panels.map(({ y }) => measureLeft(y)));
  return { left, inner: (width - left - space.right - space.between * (columns - 1)) / columns };
}

function measureLeft({ ticks, title, isBare = false }: Axis): number {
  const longest = Math.max(0, ...(isBare ? [] : ticks.map(({ label }) => nameOf(label).length)));
  return longest * characterWidth + space.label + (title === undefined ? 0 : space.axisTitle);
}

const measureBelow = ({ title, ticks, isBare = false }: Axis): number =>
  (isBare || ticks.length === 0 ? 10 : space.below) + (title === undefined ? 0 : space.axisTitle);

function drawLegend(entries: NonNullable<Figure["legend"]>, left: number): Shape[] {
  let x = left;
  return entries.flatMap(({ label, colour }) => {
    const at = x;
    x += label.length * characterWidth + 34;
    return [
      drawShape("circle", { cx: round(at + 5), cy: 10, r: 4.5, fill: colour }),
      writeText(label, [at + 15, 14], { "font-size": 12, fill: "var(--ink)" }),
    ];
  });
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

function drawPanel({ title, x, y, height, marks }: Panel, { left, top, width }: Place): Shape[] {
  const [right, bottom, middle] = [left + width, top + height, top + height / 2];
  const toX = scaleTo(x, [left, right]);
  const toY = scaleTo(y, [bottom, top]);
  const rule = (x1: number, x2: number, y1: number, y2: number): Shape =>
    drawShape("line", { x1: round(x1), x2: round(x2), y1: round(y1), y2: round(y2), stroke: "var(--rule)" });
  const columns = x.ticks.flatMap(({ at, label, anchor = "middle" }): Shape[] => [
    ...(x.hasNames === true ? [] : [rule(toX(at), toX(at), top, bottom)]),
    ...(x.isBare === true ? [] : [writeText(label, [toX(at), bottom + 17], { "text-anchor": anchor })]),
  ]);
  const rows = y.ticks.flatMap(({ at, label }): Shape[] => [
    ...(y.hasNames === true ? [] : [rule(left, right, toY(at), toY(at))]),
    ...(y.isBare === true
      ? []
      : [writeText(nameOf(label), [left - space.label, toY(at) + 4], { "text-anchor": "end" })]),
  ]);
  const named = { "text-anchor": "middle", "font-size": 11.5, "font-weight": 500 };
  const aside = left - measureLeft(y) + 11;
  const titles: Shape[] = [
    ...(title === undefined
      ? []
      : [writeText(title, [left, top - 11], { "font-size": 12.5, "font-weight": 600, fill: "var(--ink)" })]),
    ...(x.title === undefined ? [] : [writeText(x.title, [left + width / 2, bottom + space.below + 15], named)]),
    ...(y.title === undefined
      ? []
      : [
          writeText(y.title, [0, 0], {
            ...named,
            transform: `translate(${round(aside)} ${round(middle)}) rotate(-90)`,
          }),
        ]),
  ];
  return [...titles, ...columns, ...rows, ...marks.flatMap((mark) => drawMark(mark, toX, toY))];
}

type Scale = (value: number) => number;

function drawMark(mark: Mark, toX: Scale, toY: Scale): Shape[] {
  const place = ([x, y]: Point): string => `${round(toX(x))} ${round(toY(y))}`;
  switch (mark.kind) {
    case "line": {
      const { points, colour, width = 1.8, dash } = mark;
      const path = points.map(place).join("L");
      const line = { "stroke-width": width, "stroke-linejoin": "round", "stroke-dasharray": dash };
      return points.length === 0 ? [] : [drawShape("path", { d: `M${path}`, fill: "none", stroke: colour, ...line })];
    }
    case "band": {
      const upper = mark.points.map(([x, , high]) => place([x, high]));
      const lower = mark.points.map(([x, low]) => place([x, low])).reverse();
      return [drawShape("path", { d: `M${[...upper, ...lower].join("L")}Z`, fill: mark.colour, "fill-opacity": 0.16 })];
    }
    case "bar":
      return [
        drawShape("path", { d: `M${place(mark.from)}L${place(mark.to)}`, stroke: mark.colour, "stroke-width": 1.6 }),
      ];
    case "field": {
      const [x, y] = [toX(mark.from[0]), toY(mark.to[1])];
      const [width, height] = [toX(mark.to[0]) - x, toY(mark.from[1]) - y];
      return [
        drawShape("rect", { x: round(x), y: round(y), width: round(width), height: round(height), fill: mark.colour }),
      ];
    }
    case "text":
      return [
        writeText(mark.text, [toX(mark.at[0]) + mark.shift[0], toY(mark.at[1]) + mark.shift[1]], mark.attributes),
      ];
    case "point":
      return [drawPoint(mark, round(toX(mark.at[0])), round(toY(mark.at[1])))];
  }
}

function drawPoint(
  { colour, form = "dot", size, isSlight = false, id, title }: PointMark,
  x: number,
  y: number,
): Shape {
  const inside = title === undefined ? [] : [drawShape("title", {}, title)];
  const seenThrough = { fill: colour, "fill-opacity": 0.5, stroke: "var(--paper)", "stroke-width": 0.8, "data-id": id };
  const looks = isSlight || size !== undefined ? seenThrough : { fill: colour, "data-id": id };
  const lines = { fill: "none", stroke: colour, "stroke-width": 1.8, "data-id": id };
  const times = (length: number): number => round(length * (size ?? 1));
  switch (form) {
    case "dot":
      return drawShape("circle", { cx: x, cy: y, r: times(isSlight ? 3.6 : 4), ...looks }, ...inside);
    case "ring":
      return drawShape("circle", { cx: x, cy: y, r: times(3.6), ...lines, fill: "var(--paper)" }, ...inside);
    case "square":
      return drawShape(
        "rect",
        { x: round(x - times(3.5)), y: round(y - times(3.5)), width: times(7), height: times(7), ...looks },
        ...inside,
      );
    case "triangle": {
      const path = `M${x} ${round(y - times(4.6))}l${times(4.4)} ${times(7.8)}h${times(-8.8)}Z`;
      return drawShape("path", { d: path, ...looks }, ...inside);
    }
    case "diamond": {
      const half = times(5);
      return drawShape(
        "path",
        { d: `M${x} ${round(y - half)}l${half} ${half}l${-half} ${half}l${-half} ${-half}Z`, ...looks },
        ...inside,
      );
    }
    case "cross": {
      const [half, whole] = [times(3.6), times(7.2)];
      const path = `M${round(x - half)} ${round(y - half)}l${whole} ${whole}m0 ${-whole}l${-whole} ${whole}`;
      return drawShape("path", { d: path, ...lines }, ...inside);
    }
  }
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

const nameOf = (label: string): string => (label.length > longestName ? `${label.slice(0, longestName - 1)}…` : label);
