/** Numbers from `low` to `high`, both in units of 10^−scale: what may be written with `scale` decimals and no exponent. */
export interface NumberRange {
  readonly low: bigint;
  readonly high: bigint;
  readonly scale: number;
}

const complete = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;
const begun = /^(-?)(0|[1-9]\d*)?(\.)?(\d*)$/;

/** Whether a text is a number of the range as it stands. */
export function isNumberIn(text: string, { low, high, scale }: NumberRange): boolean {
  const [, sign, whole = "", decimals = ""] = complete.exec(text) ?? [];
  if (sign === undefined || decimals.length > scale) return false;
  const size = BigInt(whole + decimals.padEnd(scale, "0"));
  const value = sign === "-" ? -size : size;
  return low <= value && value <= high;
}

/** Whether a text is the beginning of a number of the range, a whole one included. */
export function isNumberBegun(text: string, range: NumberRange): boolean {
  const [, sign, whole, point, decimals = ""] = begun.exec(text) ?? [];
  if (sign === undefined || (whole === undefined && (point !== undefined || decimals !== ""))) return false;
  if (whole === undefined) return sign === "" || range.low <= 0n;
  const { scale } = range;
  if (point === undefined && decimals !== "") return false;
  if (point !== undefined && (scale === 0 || decimals.length > scale)) return false;
  const reaches = (least: bigint, most: bigint): boolean =>
    sign === "-" ? -most <= range.high && -least >= range.low : least <= range.high && most >= range.low;
  const unit = 10n ** BigInt(scale - decimals.length);
  const digits = BigInt(whole + decimals);
  if (point !== undefined || whole === "0") return reaches(digits * unit, (digits + 1n) * unit - 1n);
  const furthest = sign === "-" ? -range.low : range.high;
  for (let power = unit; digits * power <= furthest; power *= 10n) {
    if (reaches(digits * power, (digits + 1n) * power - 1n)) return true;
  }
  return false;
}

/** A number in units of 10^−scale, to the next unit above or below where it is none itself. */
export function toUnits(value: number, scale: number, side: "above" | "below"): bigint {
  const [, sign = "", whole = "0", decimals = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value)) ?? [];
  const shift = scale + Number(exponent) - decimals.length;
  const digits = BigInt(whole + decimals);
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  const isExact = shift >= 0 || size * 10n ** BigInt(-shift) === digits;
  const units = sign === "-" ? -size : size;
  if (isExact) return units;
  if (side === "above") return sign === "-" ? units : units + 1n;
  return sign === "-" ? units - 1n : units;
}
