/** Which features are active on each of B inputs, and how much: row r has the entries from starts[r] to starts[r + 1]. */
export interface SparseCode {
  /** (B + 1). */
  readonly starts: Int32Array;
  readonly features: Int32Array;
  readonly values: Float32Array;
}

/** Pre-activations (B, F) of which at most the features in `among` (F), where it is given, may be active. */
export interface Preactivations {
  readonly values: Float32Array;
  readonly size: number;
  readonly among?: Uint8Array | undefined;
}

/** All entries above the threshold of their feature, or of all: JumpReLU, and with 0 ReLU. */
export function selectAbove({ values, size, among }: Preactivations, threshold: number | Float32Array): SparseCode {
  const thresholds = Float32Array.from({ length: size }, (_, feature) => {
    if (among !== undefined && among[feature] !== 1) return Number.POSITIVE_INFINITY;
    return typeof threshold === "number" ? threshold : threshold[feature]!;
  });
  let count = 0;
  for (let start = 0; start < values.length; start += size)
    for (let feature = 0; feature < size; feature++) if (values[start + feature]! > thresholds[feature]!) count++;
  const rows = values.length / size;
  const starts = new Int32Array(rows + 1);
  const features = new Int32Array(count);
  const active = new Float32Array(count);
  let next = 0;
  for (let row = 0, start = 0; row < rows; row++, start += size) {
    for (let feature = 0; feature < size; feature++) {
      const value = values[start + feature]!;
      if (!(value > thresholds[feature]!)) continue;
      features[next] = feature;
      active[next++] = value;
    }
    starts[row + 1] = next;
  }
  return { starts, features, values: active };
}

/** The `count` largest positive entries of the whole batch (Bussmann et al. 2024); of equal ones at the border none. */
export function selectBatchTopK({ values, size }: Preactivations, count: number): SparseCode {
  const large = largeEntries(values, count);
  const below = valueBelowLargest(large.values, count);
  const starts = new Int32Array(values.length / size + 1);
  const features = new Int32Array(count);
  const active = new Float32Array(count);
  let next = 0;
  for (let i = 0; i < large.values.length; i++) {
    const [value, place] = [large.values[i]!, large.places[i]!];
    if (!(value > below)) continue;
    const row = Math.floor(place / size);
    starts[row + 1]!++;
    features[next] = place - row * size;
    active[next++] = value;
  }
  for (let row = 1; row < starts.length; row++) starts[row]! += starts[row - 1]!;
  return { starts, features: features.slice(0, next), values: active.slice(0, next) };
}

/** Every so many-th entry is looked at first. */
const SAMPLED = 251;
/** So many times as many entries as are wanted are aimed at. */
const SPARE = 2;

/** The largest entries, more than `count` of them, or all positive ones, in order: few are left to be ranked. */
function largeEntries(values: Float32Array, count: number) {
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += SAMPLED) if (values[i]! > 0) sample.push(values[i]!);
  const low = sample.sort((a, b) => b - a)[Math.ceil((SPARE * count) / SAMPLED) + 10] ?? 0;
  const found = entriesAbove(values, low);
  return found.values.length > count || low === 0 ? found : entriesAbove(values, 0);
}

function entriesAbove(values: Float32Array, low: number) {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > low) count++;
  const found = { places: new Int32Array(count), values: new Float32Array(count) };
  for (let i = 0, next = 0; next < count; i++) {
    const value = values[i]!;
    if (!(value > low)) continue;
    found.places[next] = i;
    found.values[next++] = value;
  }
  return found;
}

/** The k largest positive entries of every row. */
export function selectTopK({ values, size, among }: Preactivations, k: number): SparseCode {
  const rows = values.length / size;
  const starts = new Int32Array(rows + 1);
  const features = new Int32Array(rows * k);
  const active = new Float32Array(rows * k);
  // The largest so far, ascending.
  const best = new Float64Array(k);
  const places = new Int32Array(k);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    let held = 0;
    for (let feature = 0; feature < size; feature++) {
      const value = values[row * size + feature]!;
      if (!(value > (held < k ? 0 : best[0]!)) || (among !== undefined && among[feature] !== 1)) continue;
      let at = 0;
      if (held < k) {
        for (at = held++; at > 0 && best[at - 1]! > value; at--)
          [best[at], places[at]] = [best[at - 1]!, places[at - 1]!];
      } else {
        for (; at + 1 < k && best[at + 1]! < value; at++) [best[at], places[at]] = [best[at + 1]!, places[at + 1]!];
      }
      best[at] = value;
      places[at] = feature;
    }
    for (let i = 0; i < held; i++) {
      features[next] = places[i]!;
      active[next++] = best[i]!;
    }
    starts[row + 1] = next;
  }
  return { starts, features: features.slice(0, next), values: active.slice(0, next) };
}

const BINS = 1 << 15;

/** The largest number that is below the `count` largest positive ones; at least 0. By two histograms of the bits, which order positive floats. */
export function valueBelowLargest(values: Float32Array, count: number): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const high = new Int32Array(BINS);
  for (let i = 0; i < bits.length; i++) if (bits[i]! > 0) high[bits[i]! >>> 16]!++;
  let left = count;
  let bin = BINS - 1;
  while (bin >= 0 && high[bin]! <= left) left -= high[bin--]!;
  if (bin < 0) return 0;
  const low = new Int32Array(1 << 16);
  for (let i = 0; i < bits.length; i++) if (bits[i]! > 0 && bits[i]! >>> 16 === bin) low[bits[i]! & 0xffff]!++;
  let rest = low.length - 1;
  while (rest >= 0 && low[rest]! <= left) left -= low[rest--]!;
  if (rest < 0) return bin === 0 ? 0 : floatOf((bin << 16) - 1);
  return floatOf((bin << 16) | rest);
}

const floatOf = (bits: number): number => new Float32Array(Int32Array.of(bits).buffer)[0]!;
