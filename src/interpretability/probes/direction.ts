/** Where the means of two classes lie, and the way from one to the other. */
export interface Contrast {
  /** μ₊ − μ₋, (W). */
  readonly direction: Float32Array;
  /** Means of x · d̂ over the two classes. */
  readonly positive: number;
  readonly negative: number;
}

/** The difference of the class means of rows (N, W) by labels of 0 and 1. @throws RangeError without rows of both. */
export function contrastMeans(rows: Float32Array, labels: ArrayLike<number>): Contrast {
  const width = rows.length / labels.length;
  const [positive, negative] = [meanOf(rows, labels, 1, width), meanOf(rows, labels, 0, width)];
  const direction = Float32Array.from(positive, (value, i) => value - negative[i]!);
  const norm = Math.hypot(...direction);
  const along = (mean: Float64Array): number => mean.reduce((sum, value, i) => sum + (value * direction[i]!) / norm, 0);
  return { direction, positive: along(positive), negative: along(negative) };
}

function meanOf(rows: Float32Array, labels: ArrayLike<number>, wanted: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  let count = 0;
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== wanted) continue;
    count++;
    for (let i = 0; i < width; i++) mean[i]! += rows[row * width + i]!;
  }
  if (count === 0) throw new RangeError(`no row with the label ${wanted}`);
  return mean.map((sum) => sum / count);
}

/** x · d̂ of every row of (N, W). */
export function projectRows(rows: Float32Array, direction: Float32Array): Float64Array {
  const { length: width } = direction;
  const norm = Math.hypot(...direction);
  return Float64Array.from({ length: rows.length / width }, (_, row) => {
    let along = 0;
    for (let i = 0; i < width; i++) along += rows[row * width + i]! * direction[i]!;
    return along / norm;
  });
}

/** The lowest threshold that at most this share of the negatives exceed. */
export function thresholdFor(negatives: readonly number[], falsePositiveRate: number): number {
  const sorted = [...negatives].sort((a, b) => b - a);
  return sorted[Math.floor(falsePositiveRate * sorted.length)] ?? Number.NEGATIVE_INFINITY;
}

/** Rows (N, V) of how often each token stands in a text: what can be known from words alone. */
export function countTokens(texts: readonly (readonly number[])[], vocabularySize: number): Float32Array {
  const rows = new Float32Array(texts.length * vocabularySize);
  for (const [row, tokens] of texts.entries()) for (const token of tokens) rows[row * vocabularySize + token]!++;
  return rows;
}
