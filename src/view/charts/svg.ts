/** A picture as data: the page draws it as elements, the report as text. Colours are the page's CSS variables. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for whoever cannot see it. */
  readonly label: string;
  readonly shapes: readonly Shape[];
  /** The numbers of the picture. */
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

export interface Shape {
  readonly tag: "line" | "path" | "rect" | "circle" | "text" | "polyline" | "title";
  /** "data-id": what is pointed at, for a page that opens it. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly inside: readonly (Shape | string)[];
}

export function drawShape(
  tag: Shape["tag"],
  attributes: Shape["attributes"],
  ...inside: readonly (Shape | string)[]
): Shape {
  return { tag, attributes, inside };
}

/** A word in a picture; `at` its foot. */
export function writeText(text: string, at: Point, attributes: Shape["attributes"] = {}): Shape {
  return drawShape(
    "text",
    { x: round(at[0]), y: round(at[1]), "font-size": 11, fill: "var(--soft)", ...attributes },
    text,
  );
}

export type Point = readonly [x: number, y: number];
export type Span = readonly [low: number, high: number];

/** Tenths of a pixel are enough. */
export const round = (value: number): number => Math.round(10 * value) / 10;

/** From the numbers of an axis to pixels. */
export function scaleTo(domain: Span, pixels: Span): (value: number) => number {
  const size = domain[1] - domain[0] || 1;
  return (value) => round(pixels[0] + ((value - domain[0]) / size) * (pixels[1] - pixels[0]));
}

/** Round numbers that cover the domain, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticksOf([low, high]: Span, count: number): number[] {
  const raw = (high - low || Math.abs(high) || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((it) => it * power >= raw * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** A number with as many places as its neighbours need. */
export function formatTick(value: number, step: number): string {
  if (value === 0 && step < 1e-4) return "0";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(0);
  const places = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}
