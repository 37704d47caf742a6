/** A switch that is off unless given. */
export function flag(brief: string) {
  return { kind: "boolean", brief, default: false, withNegated: false } as const;
}

/** An optional text. */
export function text(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief } as const;
}

/** An optional whole number, not negative. */
export function integer(placeholder: string, brief: string) {
  return { kind: "parsed", parse: parseInteger, optional: true, placeholder, brief } as const;
}

/** An optional whole number from 1 on. */
export function count(placeholder: string, brief: string) {
  return { kind: "parsed", parse: parseCount, optional: true, placeholder, brief } as const;
}

/** An optional number from 0 to 1. */
export function share(brief: string) {
  return { kind: "parsed", parse: parseShare, optional: true, placeholder: "SHARE", brief } as const;
}

/** An optional number, not negative, e.g. 2e-4. */
export function decimal(placeholder: string, brief: string) {
  return { kind: "parsed", parse: parseDecimal, optional: true, placeholder, brief } as const;
}

/** A flag that must be given. */
export function requireText(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, placeholder, brief } as const;
}

/** One of a few words, optional. */
export function choice<const T extends string>(values: readonly T[], brief: string) {
  return { kind: "enum", values, optional: true, brief } as const;
}

/**
 * The words of a room's list, from its type alone, so that no room is loaded to know them: help and completion come at once. The compiler
 * holds the words to be all of the list's.
 */
export const namesOf = <List extends readonly string[]>(
  names: Readonly<Record<List[number], true>>,
): readonly List[number][] => Object.keys(names) as List[number][];

/** An optional port of this machine. */
export function port(brief: string) {
  return { kind: "parsed", parse: parsePort, optional: true, placeholder: "N", brief } as const;
}

/** A required argument. */
export function argument(placeholder: string, brief: string) {
  return { parse: String, placeholder, brief } as const;
}

function parseInteger(input: string): number {
  if (!/^\d{1,9}$/.test(input)) throw new SyntaxError(`expected a whole number below a billion, found "${input}"`);
  return Number(input);
}

function parseCount(input: string): number {
  const value = parseInteger(input);
  if (value === 0) throw new SyntaxError(`expected 1 or more, found "${input}"`);
  return value;
}

function parsePort(input: string): number {
  const value = parseInteger(input);
  if (value > 65535) throw new SyntaxError(`expected a port from 0 to 65535, found "${input}"`);
  return value;
}

function parseShare(input: string): number {
  const value = parseDecimal(input);
  if (value > 1) throw new SyntaxError(`expected a share from 0 to 1, found "${input}"`);
  return value;
}

/** A share above 0 and below 1, as 0.005 or as 0.5%. */
export function parsePercent(input: string): number {
  const value = input.endsWith("%") ? parseDecimal(input.slice(0, -1)) / 100 : parseDecimal(input);
  if (value <= 0 || value >= 1) throw new SyntaxError(`expected a share such as 0.5% or 0.005, found "${input}"`);
  return value;
}

function parseDecimal(input: string): number {
  const value = Number(input);
  if (input.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new SyntaxError(`expected a number, 0 or more, found "${input}"`);
  return value;
}

/** The flag of every command that can answer to a program. */
export const json = flag("Print one JSON object on stdout and nothing else there");

/** The first word of every command that works on a run. */
export const runFolder = argument("RUN", "A run directory");
