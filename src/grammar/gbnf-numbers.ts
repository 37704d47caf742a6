import type { NumberRange } from "./number-range.ts";

/** The numbers of a range as an expression of GBNF: at most `scale` decimals, no exponent, no leading zero, no "-0". */
export function numberExpression({ low, high, scale }: NumberRange): string {
  const positive = high < 0n ? [] : sizes(low > 0n ? low : 0n, high, scale);
  const negative = low >= 0n ? [] : sizes(high < 0n ? -high : 1n, -low, scale);
  const below = negative.length === 0 ? [] : [`"-" (${negative.join(" | ")})`];
  return `(${[...positive, ...below].join(" | ")})`;
}

/** Alternatives for sizes from `low` to `high`, both in units of 10^−scale and not below 0. */
function sizes(low: bigint, high: bigint, scale: number): string[] {
  const unit = 10n ** BigInt(scale);
  const found: string[] = [];
  /** Lengths of whole parts all of whose numbers are in the range: one run, since ranges have no holes. */
  const whole: number[] = [];
  for (let length = 1; length <= String(high / unit).length; length++) {
    const least = length === 1 ? 0n : 10n ** BigInt(length - 1) * unit;
    const most = 10n ** BigInt(length) * unit - 1n;
    const from = low > least ? low : least;
    const to = high < most ? high : most;
    if (from > to) continue;
    if (length > 1 && from === least && to === most) whole.push(length);
    else found.push(digits(padStart(from, length + scale), padStart(to, length + scale), length, 0));
  }
  const [first, last = first] = [whole[0], whole.at(-1)];
  if (first !== undefined && last !== undefined) {
    found.push(`[1-9] ${repeat("[0-9]", first - 1, last - 1)}${decimals(scale)}`);
  }
  return found;
}

const padStart = (value: bigint, length: number): string => String(value).padStart(length, "0");

/**
 * What may be written from a digit on, one at least, where it and all behind it lie between two texts of equal length; `length` of
 * the digits stand before the point, and those behind it may end early.
 */
function digits(low: string, high: string, length: number, at: number): string {
  const left = low.length - at;
  if (/^0*$/.test(low.slice(at)) && /^9*$/.test(high.slice(at))) {
    if (at >= length) return repeat("[0-9]", 1, left);
    return `${repeat("[0-9]", length - at, length - at)}${decimals(low.length - length)}`;
  }
  const [from, to] = [Number(low[at]), Number(high[at])];
  const next = at + 1;
  const behind = (digit: number): string => {
    if (next === low.length) return "";
    const prefix = low.slice(0, at) + digit;
    const lowest = digit === from ? low : prefix.padEnd(low.length, "0");
    const highest = digit === to ? high : prefix.padEnd(low.length, "9");
    const more = `${next === length ? '"." ' : ""}${digits(lowest, highest, length, next)}`;
    return next >= length && /^0*$/.test(lowest.slice(next)) ? ` (${more})?` : ` ${more}`;
  };
  // Digits with the same behind them stand together.
  const every = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const choices = [...Map.groupBy(every, behind)].map(([rest, own]) => `[${own.join("")}]${rest}`);
  return choices.length === 1 ? (choices[0] ?? "") : `(${choices.join(" | ")})`;
}

const decimals = (scale: number): string => (scale === 0 ? "" : ` ("." ${repeat("[0-9]", 1, scale)})?`);

export function repeat(expression: string, least: number, most: number): string {
  if (least === 1 && most === 1) return expression;
  if (most === Number.POSITIVE_INFINITY) return least === 0 ? `${expression}*` : `${expression}{${least},}`;
  return least === most ? `${expression}{${least}}` : `${expression}{${least},${most}}`;
}
