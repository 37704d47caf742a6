import { toPlainPunctuation, unwrapLatex } from "./plain-text.ts";

/** ½ → 1/2, as NFKC writes them. */
const vulgar = /(\d?)\s?([¼-¾⅐-⅞])/gu;
const fraction = /(\d?)\\[dtc]?frac\s*(?:\{([^{}]+)\}\s*\{([^{}]+)\}|(\d)\s*(\d))/gu;
const raised = /10([⁻⁺]?)([⁰¹²³⁴-⁹]+)/gu;

const whole = String.raw`(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,3}(?:'\d{3})+|\d+)(?!\d)`;
const decimal = String.raw`(?:\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|${whole}(?:\.\d+)?|\.\d+)(?!\d)`;
const power = String.raw`(?:e([+-]?\d+)(?![\d\p{L}])|\s*[×x*]\s*10\^[({]?([+-]?\d+)[)}]?)`;
/** A minus is a sign where nothing stands before it from which it could subtract, and no word that it could hyphenate. */
const numeral = new RegExp(
  String.raw`((?<![\p{L}\d)\]%]|[\d)\]%]\s+)-)?(?:\p{Sc}\s?(-)?)?(?<!\d|\d\.)` +
    String.raw`(?:(?<!\d\s?/\s?)(?:(\d{1,3}) )?(\d+)\s?/\s?(\d+)(?!\d|\s?/|[.,]\d)|(${decimal})${power}?)`,
  "giu",
);

/**
 * Every number of a text, in its plainest form, so that equal numbers are equal strings: "$1,200.00", "1{,}200", "1 200" with a
 * narrow space and "１２００" are "1200"; "\frac{3}{4}", "¾" and "0.75" are "0.75"; what has no finite decimals is "1/3".
 */
export function findNumbers(text: string): string[] {
  return [...toPlainMath(text).matchAll(numeral)].flatMap((match) => readMatch(match) ?? []);
}

/** The number that a text is, signs of currency, per cent and emphasis aside; undefined where it is anything else or more. */
export function readNumber(text: string): string | undefined {
  const plain = toPlainMath(text).replace(/(?<=^\D*\d{1,3}(?: \d{3})*) (?=\d{3}(?: \d{3})*(?:\D|$))/gu, ",");
  const [match, ...others] = plain.matchAll(numeral);
  if (match === undefined || others.length > 0) return undefined;
  const around = plain.slice(0, match.index) + plain.slice(match.index + match[0].length);
  return /^[\s.;:!$%()[\]*_"'`°=+#]*$/u.test(around) ? readMatch(match) : undefined;
}

/** ASCII digits and plain signs: what LaTeX, typography and other scripts write differently. */
function toPlainMath(text: string): string {
  const grouped = text
    .replace(/\p{Nd}/gu, toAsciiDigit)
    .replaceAll("٫", ".")
    .replace(/٬/gu, ",")
    .replace(/(?<=\d),?(?:[\u00a0\u2007\u2009\u202f]|\\[,;:! ])(?=\d{3}(?!\d))/gu, ",");
  const flat = unwrapLatex(grouped)
    .replace(fraction, (_, before: string, ...parts: string[]) => {
      const [over, under] = [parts[0] ?? parts[2], parts[1] ?? parts[3]];
      return `${before === "" ? "" : `${before} `}${over}/${under}`;
    })
    .replace(vulgar, (_, before: string, one: string) => {
      return `${before === "" ? "" : `${before} `}${one.normalize("NFKC")}`;
    })
    .replaceAll("⁄", "/")
    .replace(raised, (_, sign: string, digits: string) => `10^${sign === "⁻" ? "-" : ""}${digits.normalize("NFKC")}`)
    .replace(/\\(?:times|cdot)(?![a-z])/giu, "×")
    .replace(/\\[a-z]+/giu, " ");
  return toPlainPunctuation(flat);
}

/** Decimal digits stand in tens, in order, in every script. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 50 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value % 10);
}

function readMatch(match: RegExpExecArray): string | undefined {
  const [, minus, inner, mixed, over, under, digits = "", tens, hundreds] = match;
  const sign = minus === undefined && inner === undefined ? 1n : -1n;
  if (over !== undefined && under !== undefined) {
    if (over.length + under.length > 200 || BigInt(under) === 0n) return undefined;
    const isMixed = mixed !== undefined && BigInt(over) < BigInt(under);
    const units = isMixed ? BigInt(mixed) * BigInt(under) : 0n;
    return writePlain(sign * (units + BigInt(over)), BigInt(under));
  }
  const exponent = Number(tens ?? hundreds ?? 0);
  const isEuropean = /\.\d{3},\d+$|\.\d{3}\.\d{3}/u.test(digits);
  const [units = "", decimals = ""] = (isEuropean ? digits.replaceAll(".", "").replace(",", ".") : digits)
    .replace(/[,']/gu, "")
    .split(".");
  if (Math.abs(exponent) > 300 || digits.length > 300) return undefined;
  const shift = decimals.length - exponent;
  const value = sign * BigInt(`${units}${decimals}`);
  return writePlain(value * 10n ** BigInt(Math.max(0, -shift)), 10n ** BigInt(Math.max(0, shift)));
}

/** n / d as decimals where they end, else as a reduced fraction. */
function writePlain(n: bigint, d: bigint): string {
  let [a, b] = [n < 0n ? -n : n, d];
  while (b !== 0n) [a, b] = [b, a % b];
  const [over, under] = [n / a, d / a];
  let [rest, places] = [under, 0];
  for (const prime of [2n, 5n]) {
    let count = 0;
    for (; rest % prime === 0n; rest /= prime) count++;
    places = Math.max(places, count);
  }
  if (rest !== 1n) return `${over}/${under}`;
  const scaled = ((over * 10n ** BigInt(places)) / under).toString();
  if (places === 0) return scaled;
  const digits = scaled.replace("-", "").padStart(places + 1, "0");
  return `${scaled.startsWith("-") ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
