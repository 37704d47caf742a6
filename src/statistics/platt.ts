/** P(true) = σ(slope · x + offset). */
export interface Logistic {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Logistic calibration of scores (Platt 1999): Newton steps on the cross-entropy against smoothed targets,
 * (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), so that scores which part the two sides wholly still have finite slopes. The
 * identity (1, 0) where one side has no scores.
 */
export function fitLogistic(positives: readonly number[], negatives: readonly number[]): Logistic {
  const [m, n] = [positives.length, negatives.length];
  if (m === 0 || n === 0) return { slope: 1, offset: 0 };
  const rows = [
    ...positives.map((x) => ({ x, target: (m + 1) / (m + 2) })),
    ...negatives.map((x) => ({ x, target: 1 / (n + 2) })),
  ];
  const lossOf = (slope: number, offset: number): number =>
    rows.reduce((sum, { x, target }) => {
      const z = slope * x + offset;
      return sum + Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z)));
    }, 0);
  let [slope, offset] = [0, Math.log((m + 1) / (n + 1))];
  let loss = lossOf(slope, offset);
  for (let step = 0; step < 100; step++) {
    // Gradient and Hessian of the loss, with a ridge too small to be seen.
    let [ga, gb, aa, ab, bb] = [0, 0, 1e-12, 0, 1e-12];
    for (const { x, target } of rows) {
      const p = 1 / (1 + Math.exp(-(slope * x + offset)));
      const weight = p * (1 - p);
      ga += (p - target) * x;
      gb += p - target;
      aa += weight * x * x;
      ab += weight * x;
      bb += weight;
    }
    if (Math.abs(ga) + Math.abs(gb) < 1e-8) break;
    const determinant = aa * bb - ab * ab;
    if (!(determinant > 0)) break;
    const [da, db] = [-(bb * ga - ab * gb) / determinant, -(aa * gb - ab * ga) / determinant];
    let size = 1;
    while (size > 1e-10 && lossOf(slope + size * da, offset + size * db) > loss) size /= 2;
    if (size <= 1e-10) break;
    [slope, offset] = [slope + size * da, offset + size * db];
    loss = lossOf(slope, offset);
  }
  return { slope, offset };
}
