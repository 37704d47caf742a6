import type { NumberRange } from "./number-range.ts";

/** What a value may be: a JSON Schema made ready to be followed byte by byte. */
export type Shape = LiteralShape | StringShape | NumberShape | ArrayShape | ObjectShape | UnionShape | ReferenceShape;

/** One text, e.g. of a constant. */
export interface LiteralShape {
  readonly kind: "literal";
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** At least `min` code points and at most `max` UTF-16 units, so that it fits by either count. */
export interface StringShape {
  readonly kind: "string";
  readonly id: number;
  readonly min: number;
  readonly max: number;
}

export interface NumberShape {
  readonly kind: "number";
  readonly id: number;
  readonly range: NumberRange;
}

export interface ArrayShape {
  readonly kind: "array";
  readonly id: number;
  readonly items: Shape;
  readonly min: number;
  readonly max: number;
}

export interface ObjectMember {
  /** Its key as it is written, quotation marks included. */
  readonly name: Uint8Array;
  readonly shape: Shape;
  readonly isRequired: boolean;
}

/** Members come in this order; those that are not required may be left out. */
export interface ObjectShape {
  readonly kind: "object";
  readonly id: number;
  readonly members: readonly ObjectMember[];
}

export interface UnionShape {
  readonly kind: "union";
  readonly id: number;
  readonly shapes: readonly Shape[];
}

/** Stands for a shape that is made later: schemas may be recursive. */
export interface ReferenceShape {
  readonly kind: "reference";
  readonly id: number;
  readonly target: { shape: Shape | undefined };
}

/** A reference followed to what it stands for. */
export function targetOf({ target }: ReferenceShape): Shape {
  if (target.shape === undefined) throw new Error("a reference was followed before its target was made");
  return target.shape;
}

/** The shapes of a value that may begin where this one does, without a byte before it. */
export function inPlace(shape: Shape): readonly Shape[] {
  if (shape.kind === "union") return shape.shapes;
  return shape.kind === "reference" ? [targetOf(shape)] : [];
}

/** Every shape that can be reached, this one first. */
export function reachable(shape: Shape): Shape[] {
  const seen = new Set<Shape>();
  const waiting = [shape];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (one.kind === "array") waiting.push(one.items);
    else if (one.kind === "object") waiting.push(...one.members.map((member) => member.shape));
    else waiting.push(...inPlace(one));
  }
  return [...seen];
}

/** Shapes that no finite value has, e.g. of an object that must hold another of its kind. */
export function endless(shape: Shape): Shape[] {
  const all = reachable(shape);
  const finite = new Set<Shape>();
  const canEnd = (one: Shape): boolean => {
    if (one.kind === "array") return one.min === 0 || finite.has(one.items);
    if (one.kind === "object") return one.members.every((member) => !member.isRequired || finite.has(member.shape));
    if (one.kind === "union") return one.shapes.some((each) => finite.has(each));
    return one.kind !== "reference" || finite.has(targetOf(one));
  };
  for (let before = -1; finite.size > before; ) {
    before = finite.size;
    for (const one of all) if (canEnd(one)) finite.add(one);
  }
  return all.filter((one) => !finite.has(one));
}
