/** A picture as data: the viewer draws it as elements, the report as text. Colours are the page's CSS variables. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for whoever cannot see it. */
  readonly label: string;
  readonly shapes: readonly Shape[];
  /** The numbers of the picture; absent where they stand beside it. */
  readonly table?: NumberTable | undefined;
}

export interface NumberTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Shape {
  readonly tag: "line" | "path" | "rect" | "circle" | "text" | "title";
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

/** Tenths of a pixel are enough. */
export const round = (value: number): number => Math.round(10 * value) / 10;

/** The colour of a checkpoint, in charts as in text. */
export const colourOf = (checkpoint: string): string =>
  ["initial", "sl-cai", "dpo", "rl-cai"].includes(checkpoint) ? `var(--${checkpoint})` : "var(--ink)";
