import { type Stack, type StringPlace, type StringStack, stringStack } from "./stacks.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const simpleEscapes = new Set([...'"\\/bfnrt'].map((sign) => sign.charCodeAt(0)));

/** Where a string stands behind one more byte: UTF-8 that is well formed, escapes that JSON knows, no half of a surrogate pair. */
export function afterStringByte(stack: StringStack, byte: number): Stack[] {
  const { inside } = stack;
  switch (inside.kind) {
    case "text":
      return afterText(stack, byte);
    case "escape":
      if (simpleEscapes.has(byte)) return count(stack, 1);
      return byte === 0x75 ? [within(stack, { kind: "hex", left: 4, isSurrogate: false })] : [];
    case "hex":
      return afterHex(stack, inside, byte);
    case "bytes":
      if (byte < inside.low || byte > inside.high) return [];
      if (inside.left === 1) return [within(stack, { kind: "text" })];
      return [within(stack, { kind: "bytes", left: inside.left - 1, low: 0x80, high: 0xbf })];
  }
}

function afterText(stack: StringStack, byte: number): Stack[] {
  const { shape, points, units, rest } = stack;
  if (byte === QUOTE) return points >= shape.min ? [rest] : [];
  const room = shape.max - units;
  if (byte < 0x20 || room < 1) return [];
  if (byte === BACKSLASH) return [within(stack, { kind: "escape" })];
  if (byte < 0x80) return count(stack, 1);
  const lead = leadOf(byte);
  return lead === undefined || (lead.left === 3 && room < 2)
    ? []
    : count(stack, lead.left === 3 ? 2 : 1, { kind: "bytes", ...lead });
}

/** The bytes that follow a first one, and the bounds of the next (Unicode 15, table 3-7). */
function leadOf(byte: number): { readonly left: number; readonly low: number; readonly high: number } | undefined {
  if (byte >= 0xc2 && byte <= 0xdf) return { left: 1, low: 0x80, high: 0xbf };
  if (byte >= 0xe0 && byte <= 0xef)
    return { left: 2, low: byte === 0xe0 ? 0xa0 : 0x80, high: byte === 0xed ? 0x9f : 0xbf };
  if (byte >= 0xf0 && byte <= 0xf4)
    return { left: 3, low: byte === 0xf0 ? 0x90 : 0x80, high: byte === 0xf4 ? 0x8f : 0xbf };
  return undefined;
}

function afterHex(stack: StringStack, inside: StringPlace & { readonly kind: "hex" }, byte: number): Stack[] {
  const digit = /^[0-9a-fA-F]$/.test(String.fromCharCode(byte)) ? Number.parseInt(String.fromCharCode(byte), 16) : -1;
  if (digit < 0 || (inside.isSurrogate && digit > 7)) return [];
  if (inside.left === 1) return count(stack, 1);
  return [within(stack, { kind: "hex", left: inside.left - 1, isSurrogate: inside.left === 4 && digit === 13 })];
}

/** One more character of so many UTF-16 units. */
function count(stack: StringStack, units: number, inside: StringPlace = { kind: "text" }): Stack[] {
  const { shape, rest } = stack;
  const isBounded = shape.max !== Number.POSITIVE_INFINITY;
  const points = Math.min(shape.min, stack.points + 1);
  const told = isBounded ? stack.units + units : 0;
  const isSame =
    points === stack.points && told === stack.units && inside.kind === "text" && stack.inside.kind === "text";
  return [isSame ? stack : stringStack(shape, rest, { inside, points, units: told })];
}

function within({ shape, rest, points, units }: StringStack, inside: StringPlace): Stack {
  return stringStack(shape, rest, { inside, points, units });
}
