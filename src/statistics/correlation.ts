import { checkFinite, checkSameLength } from "./evidence.ts";

/**
 * Pearson's product-moment correlation, in [−1, 1]; undefined where either side does not vary.
 * @throws PreceptError input-invalid for lists of different lengths; not-finite.
 */
export function correlation(x: readonly number[], y: readonly number[]): number | undefined {
  checkSameLength("Correlating", x, y);
  checkFinite("Correlating", x);
  checkFinite("Correlating", y);
  const n = x.length;
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [meanOf(x), meanOf(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    const [dx, dy] = [value - mx, (y[i] ?? 0) - my];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : undefined;
}
