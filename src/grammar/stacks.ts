import type { ArrayShape, LiteralShape, NumberShape, ObjectShape, Shape, StringShape } from "./shapes.ts";

/** Where a text stands in a value, innermost first; `rest` is what comes behind. Never changed: texts share what they share. */
export type Stack = End | ValueStack | LiteralStack | StringStack | NumberStack | ArrayStack | NameStack | ObjectStack;

/** Equal keys: the same texts may follow. */
interface Place {
  readonly key: string;
  readonly rest: Stack;
}

export interface End {
  readonly kind: "end";
  readonly key: string;
}

/** Before a value; white space may come first. */
export interface ValueStack extends Place {
  readonly kind: "value";
  readonly shape: Shape;
  readonly spaces: number;
}

export interface LiteralStack extends Place {
  readonly kind: "literal";
  readonly shape: LiteralShape;
  readonly at: number;
}

export interface StringStack extends Place {
  readonly kind: "string";
  readonly shape: StringShape;
  readonly inside: StringPlace;
  /** Counted no further than the shape asks. */
  readonly points: number;
  readonly units: number;
}

/** "bytes": `left` more bytes of a character are due, the next within [low, high]. */
export type StringPlace =
  | { readonly kind: "text" | "escape" }
  | { readonly kind: "hex"; readonly left: number; readonly isSurrogate: boolean }
  | { readonly kind: "bytes"; readonly left: number; readonly low: number; readonly high: number };

export interface NumberStack extends Place {
  readonly kind: "number";
  readonly shape: NumberShape;
  readonly text: string;
}

export interface ArrayStack extends Place {
  readonly kind: "array";
  readonly shape: ArrayShape;
  /** Entries that are whole. */
  readonly count: number;
  readonly spaces: number;
}

/** Within the name of a member. */
export interface NameStack extends Place {
  readonly kind: "name";
  readonly shape: ObjectShape;
  readonly member: number;
  readonly at: number;
}

/** "first": behind the brace; "key": behind a comma; "colon": behind a name; "after": behind a value. */
export interface ObjectStack extends Place {
  readonly kind: "object";
  readonly shape: ObjectShape;
  readonly at: "first" | "key" | "colon" | "after";
  /** The first member that may still come; at a colon the one behind it. */
  readonly next: number;
  readonly spaces: number;
}

export const end: End = { kind: "end", key: "." };

export const valueStack = (shape: Shape, rest: Stack, spaces = 0): ValueStack => ({
  kind: "value",
  shape,
  rest,
  spaces,
  key: `v${shape.id},${spaces}|${rest.key}`,
});

export const literalStack = (shape: LiteralShape, rest: Stack, at: number): LiteralStack => ({
  kind: "literal",
  shape,
  rest,
  at,
  key: `l${shape.id},${at}|${rest.key}`,
});

const text: StringPlace = { kind: "text" };

export function stringStack(
  shape: StringShape,
  rest: Stack,
  { inside = text, points = 0, units = 0 }: Partial<Pick<StringStack, "inside" | "points" | "units">> = {},
): StringStack {
  const place = inside.kind === "text" ? "" : Object.values(inside).join();
  return {
    kind: "string",
    shape,
    rest,
    inside,
    points,
    units,
    key: `s${shape.id},${points},${units},${place}|${rest.key}`,
  };
}

export const numberStack = (shape: NumberShape, rest: Stack, said: string): NumberStack => ({
  kind: "number",
  shape,
  rest,
  text: said,
  key: `n${shape.id},${said}|${rest.key}`,
});

export function arrayStack(shape: ArrayShape, rest: Stack, count: number, spaces = 0): ArrayStack {
  // Without bounds it matters only whether there was one.
  const told = shape.max === Number.POSITIVE_INFINITY ? Math.min(count, Math.max(1, shape.min)) : count;
  return { kind: "array", shape, rest, count: told, spaces, key: `a${shape.id},${told},${spaces}|${rest.key}` };
}

export const nameStack = (shape: ObjectShape, rest: Stack, member: number, at: number): NameStack => ({
  kind: "name",
  shape,
  rest,
  member,
  at,
  key: `k${shape.id},${member},${at}|${rest.key}`,
});

export const objectStack = (
  shape: ObjectShape,
  rest: Stack,
  at: ObjectStack["at"],
  next: number,
  spaces = 0,
): ObjectStack => ({
  kind: "object",
  shape,
  rest,
  at,
  next,
  spaces,
  key: `o${shape.id},${at},${next},${spaces}|${rest.key}`,
});
