/** A number along one side of a panel. */
export interface Axis {
  readonly title?: string | undefined;
  readonly domain: Range;
  /** Where lines are drawn, and what is said there. */
  readonly ticks: readonly Tick[];
  /** Lines without labels, where a neighbour has them. */
  readonly isBare?: boolean | undefined;
  /** Of an axis of names: no lines. */
  readonly hasNames?: boolean | undefined;
  readonly isLog?: boolean | undefined;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
  /** Default: in the middle of its line. */
  readonly anchor?: "start" | "end" | undefined;
}

export type Range = readonly [low: number, high: number];

/** From the numbers of an axis to pixels. */
export function scaleTo(
  { domain: [low, high], isLog = false }: Pick<Axis, "domain" | "isLog">,
  [from, to]: Range,
): (value: number) => number {
  const scale = isLog ? (value: number): number => Math.log10(Math.max(value, low)) : (value: number): number => value;
  const size = scale(high) - scale(low) || 1;
  return (value) => from + ((scale(value) - scale(low)) / size) * (to - from);
}

/** Ticks at round numbers, about so many, all within the range; by default with the decimals that tell them apart. */
export function placeTicks([low, high]: Range, about: number, format?: (value: number) => string): Tick[] {
  const step = roundStep((high - low) / about);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const at = Number(((first + i) * step).toPrecision(12));
    return { at, label: format?.(at) ?? formatTick(at, step) };
  });
}

/** Shares as whole percents. */
export const placePercentTicks = (domain: Range, about: number): Tick[] =>
  placeTicks(domain, about, (value) => `${Math.round(100 * value)}%`);

/** Powers of ten, of many every so many. */
export function placeLogTicks([low, high]: Range): Tick[] {
  const powers = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, n) => low * 10 ** n);
  const every = Math.ceil(powers.length / 6);
  return powers.filter((_, n) => n % every === 0).map((at) => ({ at, label: formatTick(at, at) }));
}

/** The range widened to round numbers. */
export function widenRange([low, high]: Range, about: number): Range {
  const step = roundStep((high - low) / about || Math.abs(high) / about || 1);
  const [bottom, top] = [Math.floor(low / step), Math.ceil(high / step)];
  return [bottom * step, (top === bottom ? top + 1 : top) * step];
}

/** The range widened to round numbers, and what is said at each. */
export function roundAxis(range: Range, about: number): Pick<Axis, "domain" | "ticks"> {
  const domain = widenRange(range, about);
  const step = roundStep((range[1] - range[0]) / about || domain[1] - domain[0]);
  return { domain, ticks: placeTicks(domain, (domain[1] - domain[0]) / step) };
}

/** The range widened to powers of ten. */
export const widenLogRange = ([low, high]: Range): Range => [
  10 ** Math.floor(Math.log10(low)),
  10 ** Math.ceil(Math.log10(high * 1.0001)),
];

/** From the least to the most; 0 to 1 of nothing. */
export function rangeOf(values: readonly number[]): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

/** The number of 1, 2, 5, 10, 20, … that is nearest to a step. */
function roundStep(step: number): number {
  const size = 10 ** Math.floor(Math.log10(step));
  const first = step / size;
  return size * (first >= Math.sqrt(50) ? 10 : first >= Math.sqrt(10) ? 5 : first >= Math.sqrt(2) ? 2 : 1);
}

/** A number with as many places as its neighbours need. */
export function formatTick(value: number, step: number): string {
  if (value === 0 && step < 1e-4) return "0";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) {
    return minus(value.toExponential(Math.max(0, sizeOf(value) - sizeOf(step))));
  }
  const places = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return minus(value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }));
}

/** The power of ten of its first digit. */
const sizeOf = (value: number): number => Math.floor(Math.log10(Math.abs(value)) + 1e-9);

const minus = (text: string): string => text.replaceAll("-", "−");
