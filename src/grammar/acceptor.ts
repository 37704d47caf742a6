import { PreceptError } from "../errors.ts";
import { isNumberBegun, isNumberIn } from "./number-range.ts";
import { type Shape, targetOf } from "./shapes.ts";
import {
  type ArrayStack,
  arrayStack,
  end,
  literalStack,
  type NameStack,
  nameStack,
  numberStack,
  type ObjectStack,
  objectStack,
  type Stack,
  stringStack,
  valueStack,
} from "./stacks.ts";
import { afterStringByte } from "./strings.ts";

/** White space that may stand between two signs; a model that writes nothing else would never end. */
const MOST_SPACES = 32;

/**
 * All places in which a text may stand, since alternatives may begin alike; none: the text is no beginning of a value. Each can
 * be gone on from to a whole value, so whoever keeps to what is allowed never gets stuck.
 */
export type Stacks = readonly Stack[];

/** Before the first sign. */
export const startOf = (shape: Shape): Stacks => [valueStack(shape, end)];

/** Whether the value is whole. */
export function canEnd(stacks: Stacks): boolean {
  return stacks.some(isWhole);
}

/** Whether nothing may follow. */
export function isOver(stacks: Stacks): boolean {
  return stacks.every(({ kind }) => kind === "end");
}

export function keyOf(stacks: Stacks): string {
  return stacks.map(({ key }) => key).join("/");
}

/** Behind one more byte. */
export function afterByte(stacks: Stacks, byte: number): Stacks {
  const [only] = stacks;
  if (stacks.length === 1 && only !== undefined) return follow(only, byte);
  const found = new Map<string, Stack>();
  for (const stack of stacks) for (const next of follow(stack, byte)) found.set(next.key, next);
  if (found.size > MOST_READINGS) throw tooManyReadings();
  return [...found.values()];
}

/** Behind more bytes; none where they do not fit. */
export function afterBytes(stacks: Stacks, bytes: Iterable<number>): Stacks {
  let now = stacks;
  for (const byte of bytes) {
    if (now.length === 0) break;
    now = afterByte(now, byte);
  }
  return now;
}

function isWhole(stack: Stack): boolean {
  if (stack.kind === "end") return true;
  return stack.kind === "number" && isNumberIn(stack.text, stack.shape.range) && isWhole(stack.rest);
}

function follow(stack: Stack, byte: number): Stack[] {
  switch (stack.kind) {
    case "end":
      return [];
    case "value": {
      const { shape, rest, spaces } = stack;
      return isSpace(byte) ? addSpace(spaces, (more) => valueStack(shape, rest, more)) : begin(shape, rest, byte);
    }
    case "literal": {
      const { shape, rest, at } = stack;
      if (shape.bytes[at] !== byte) return [];
      return [at + 1 === shape.bytes.length ? rest : literalStack(shape, rest, at + 1)];
    }
    case "string":
      return afterStringByte(stack, byte);
    case "number": {
      const { shape, rest, text } = stack;
      const behind = isNumberIn(text, shape.range) ? follow(rest, byte) : [];
      const more = text + String.fromCharCode(byte);
      return isNumberBegun(more, shape.range) ? [numberStack(shape, rest, more), ...behind] : behind;
    }
    case "array":
      return inArray(stack, byte);
    case "name":
      return inName(stack, byte);
    case "object":
      return inObject(stack, byte);
  }
}

/** Into a value with its first byte. */
function begin(shape: Shape, rest: Stack, byte: number): Stack[] {
  switch (shape.kind) {
    case "literal":
      if (shape.bytes[0] !== byte) return [];
      return [shape.bytes.length === 1 ? rest : literalStack(shape, rest, 1)];
    case "string":
      return byte === QUOTE ? [stringStack(shape, rest)] : [];
    case "number": {
      const text = String.fromCharCode(byte);
      return isNumberBegun(text, shape.range) ? [numberStack(shape, rest, text)] : [];
    }
    case "array":
      return byte === 0x5b ? [arrayStack(shape, rest, 0)] : [];
    case "object":
      return byte === 0x7b ? [objectStack(shape, rest, "first", 0)] : [];
    case "union":
      return shape.shapes.flatMap((one) => begin(one, rest, byte));
    case "reference":
      return begin(targetOf(shape), rest, byte);
  }
}

/** Before the first entry, or behind one. */
function inArray({ shape, rest, count, spaces }: ArrayStack, byte: number): Stack[] {
  if (isSpace(byte)) return addSpace(spaces, (more) => arrayStack(shape, rest, count, more));
  if (byte === 0x5d) return count >= shape.min ? [rest] : [];
  if (count >= shape.max) return [];
  const behind = arrayStack(shape, rest, count + 1);
  if (count === 0) return begin(shape.items, behind, byte);
  return byte === COMMA ? [valueStack(shape.items, behind)] : [];
}

function inName({ shape, rest, member, at }: NameStack, byte: number): Stack[] {
  const name = shape.members[member]?.name;
  if (name?.[at] !== byte) return [];
  const isLast = at + 1 === name.length;
  return [isLast ? objectStack(shape, rest, "colon", member + 1) : nameStack(shape, rest, member, at + 1)];
}

function inObject({ shape, rest, at, next, spaces }: ObjectStack, byte: number): Stack[] {
  if (isSpace(byte)) return addSpace(spaces, (more) => objectStack(shape, rest, at, next, more));
  const { members } = shape;
  if (at === "colon") {
    const value = members[next - 1];
    const behind = objectStack(shape, rest, "after", next);
    return byte === COLON && value !== undefined ? [valueStack(value.shape, behind)] : [];
  }
  if (byte === 0x7d && at !== "key") return members.slice(next).some(({ isRequired }) => isRequired) ? [] : [rest];
  if (at === "after") return byte === COMMA && next < members.length ? [objectStack(shape, rest, "key", next)] : [];
  if (byte !== QUOTE) return [];
  // Up to the first that may not be left out.
  const required = members.findIndex(({ isRequired }, index) => index >= next && isRequired);
  const last = required < 0 ? members.length - 1 : required;
  return members.flatMap((_, index) => (index >= next && index <= last ? [nameStack(shape, rest, index, 1)] : []));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function addSpace(spaces: number, make: (spaces: number) => Stack): Stack[] {
  return spaces < MOST_SPACES ? [make(spaces + 1)] : [];
}

/** Ways to read one beginning of a text; alternatives that differ late and lie within each other double them at every level. */
const MOST_READINGS = 1000;

const tooManyReadings = (): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: "Holding a model to a JSON Schema",
    found: `more than ${MOST_READINGS} ways to read one beginning of an answer`,
    expected: "alternatives that differ early",
    remedy: "give the members of anyOf a constant member first that tells them apart",
  });
