/** Python's methods of `str`, as chat templates call them, over JavaScript strings. Lengths and places count code points. */

type Argument = unknown;
type Method = (text: string, ...args: Argument[]) => unknown;

/** What Python takes for white space, which is not quite what `trim` does: U+001C to U+001F and U+0085, and no U+FEFF. */
const WHITE =
  "\t\n\v\f\r \u001c\u001d\u001e\u001f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
const LINE_ENDS = /\r\n|[\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029]/u;

const stringOf = (value: Argument): string => {
  if (typeof value === "string") return value;
  throw new Error(`an argument of the type ${typeof value} where a string belongs`);
};

function strip(text: string, given: Argument, isLeft: boolean, isRight: boolean): string {
  const set = new Set(given === undefined || given === null ? WHITE : stringOf(given));
  const points = [...text];
  let [from, to] = [0, points.length];
  while (isLeft && from < to && set.has(points[from] ?? "")) from++;
  while (isRight && to > from && set.has(points[to - 1] ?? "")) to--;
  return points.slice(from, to).join("");
}

function split(text: string, separator: Argument, most: Argument): string[] {
  const limit = typeof most === "number" && most >= 0 ? most : Number.POSITIVE_INFINITY;
  const parts: string[] = [];
  if (separator === undefined || separator === null) {
    let rest = strip(text, null, true, false);
    while (rest !== "") {
      const points = [...rest];
      const end = parts.length < limit ? points.findIndex((point) => WHITE.includes(point)) : -1;
      if (end === -1) return [...parts, rest];
      parts.push(points.slice(0, end).join(""));
      rest = strip(points.slice(end).join(""), null, true, false);
    }
    return parts;
  }
  const mark = stringOf(separator);
  if (mark === "") throw new Error("an empty separator");
  const all = text.split(mark);
  return all.length - 1 <= limit ? all : [...all.slice(0, limit), all.slice(limit).join(mark)];
}

const reverse = (text: string): string => [...text].reverse().join("");

function splitRight(text: string, separator: Argument, most: Argument): string[] {
  const mark = typeof separator === "string" ? reverse(separator) : separator;
  return split(reverse(text), mark, most).map(reverse).reverse();
}

/** The text with every word's first letter large and the others small. */
const title = (text: string): string => text.replace(/\p{L}+/gu, (word) => capitalize(word));

const capitalize = (text: string): string => {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("").toLowerCase();
};

/** The place of a part in code points, or -1. */
function place(text: string, at: number): number {
  return at === -1 ? -1 : [...text.slice(0, at)].length;
}

function partition(text: string, separator: Argument, isLast: boolean): string[] {
  const mark = stringOf(separator);
  const at = isLast ? text.lastIndexOf(mark) : text.indexOf(mark);
  if (at === -1) return isLast ? ["", "", text] : [text, "", ""];
  return [text.slice(0, at), mark, text.slice(at + mark.length)];
}

const holdsOfSome = (options: Argument, holds: (option: string) => boolean): boolean =>
  Array.isArray(options) ? options.some((one) => holds(stringOf(one))) : holds(stringOf(options));

const isAll =
  (pattern: RegExp): Method =>
  (text) =>
    pattern.test(text);

function replace(text: string, old: Argument, fresh: Argument, most: Argument): string {
  const [from, to] = [stringOf(old), stringOf(fresh)];
  let left = typeof most === "number" && most >= 0 ? most : Number.POSITIVE_INFINITY;
  // Between code points, not within one, where the part to replace is empty.
  const parts = from === "" ? ["", ...text, ""] : text.split(from);
  return parts.reduce(
    (joined, part, index) => joined + (index > 0 && left-- <= 0 ? from : index > 0 ? to : "") + part,
    "",
  );
}

function index(text: string, part: Argument): number {
  const at = text.indexOf(stringOf(part));
  if (at === -1) throw new Error("substring not found");
  return place(text, at);
}

export const pythonMethods: Readonly<Record<string, Method>> = {
  strip: (text, characters) => strip(text, characters, true, true),
  lstrip: (text, characters) => strip(text, characters, true, false),
  rstrip: (text, characters) => strip(text, characters, false, true),
  split,
  rsplit: splitRight,
  splitlines(text) {
    const lines = text.split(LINE_ENDS);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  },
  startswith: (text, options) => holdsOfSome(options, (option) => text.startsWith(option)),
  endswith: (text, options) => holdsOfSome(options, (option) => text.endsWith(option)),
  removeprefix: (text, part) => (text.startsWith(stringOf(part)) ? text.slice(stringOf(part).length) : text),
  removesuffix: (text, part) =>
    part !== "" && text.endsWith(stringOf(part)) ? text.slice(0, -stringOf(part).length) : text,
  partition: (text, separator) => partition(text, separator, false),
  rpartition: (text, separator) => partition(text, separator, true),
  find: (text, part) => place(text, text.indexOf(stringOf(part))),
  rfind: (text, part) => place(text, text.lastIndexOf(stringOf(part))),
  index,
  count: (text, part) => (part === "" ? [...text].length + 1 : text.split(stringOf(part)).length - 1),
  replace,
  join(text, parts) {
    if (Array.isArray(parts)) return parts.map(stringOf).join(text);
    throw new Error("join() of something that is no list");
  },
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title,
  capitalize,
  isdigit: isAll(/^\p{Nd}+$/u),
  isalpha: isAll(/^\p{L}+$/u),
  isalnum: isAll(/^[\p{L}\p{N}]+$/u),
  isspace: (text) => text !== "" && strip(text, null, true, false) === "",
  isupper: (text) => text === text.toUpperCase() && text !== text.toLowerCase(),
  islower: (text) => text === text.toLowerCase() && text !== text.toUpperCase(),
};

/** The names of arguments that Python takes by keyword, in their order. */
export const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  split: ["sep", "maxsplit"],
  rsplit: ["sep", "maxsplit"],
  replace: ["old", "new", "count"],
};

/** A value as Python's `repr` writes it. */
function repr(value: unknown): string {
  if (typeof value !== "string") return pythonText(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escapes: Readonly<Record<string, string>> = {
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    [quote]: `\\${quote}`,
  };
  return quote + [...value].map((point) => escapes[point] ?? point).join("") + quote;
}

/** A value as Python's `str` writes it: `True`, `None`, `['a', 1]`. */
export function pythonText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, one]) => `${repr(key)}: ${repr(one)}`)
      .join(", ")}}`;
  return String(value);
}
