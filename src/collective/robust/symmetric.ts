/** Eigenvalues, largest first, and their unit eigenvectors: vectors[i] belongs to values[i]. */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

const SWEEPS = 60;

/**
 * All eigenpairs of a small symmetric matrix by Jacobi's rotations (1846; Golub & Van Loan §8.5): each takes one element off the
 * diagonal to 0, until none is left. matrix: (n, n), rows; left as it is.
 */
export function eigenOf(matrix: readonly Float64Array[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice(0, n));
  const v = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  const scale = Math.max(...a.map((row) => Math.max(...row.map(Math.abs))), Number.MIN_VALUE);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]?.[q] as number) <= 1e-16 * scale) continue;
        isDiagonal = false;
        rotate(a, v, p, q);
      }
    }
    if (isDiagonal) break;
  }
  const order = a.map((_, i) => i).sort((i, j) => (a[j]?.[j] as number) - (a[i]?.[i] as number));
  return { values: order.map((i) => a[i]?.[i] as number), vectors: order.map((i) => v[i] as Float64Array) };
}

/** Turns the plane of p and q so that a[p][q] is 0. Rows of v are the eigenvectors to be. */
function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  const [rowP, rowQ, vP, vQ] = [a[p], a[q], v[p], v[q]] as [Float64Array, Float64Array, Float64Array, Float64Array];
  const theta = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * (rowP[q] as number));
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (const row of a) {
    const [x, y] = [row[p] as number, row[q] as number];
    row[p] = cosine * x - sine * y;
    row[q] = sine * x + cosine * y;
  }
  for (let i = 0; i < rowP.length; i++) {
    const [x, y] = [rowP[i] as number, rowQ[i] as number];
    rowP[i] = cosine * x - sine * y;
    rowQ[i] = sine * x + cosine * y;
    const [s, t] = [vP[i] as number, vQ[i] as number];
    vP[i] = cosine * s - sine * t;
    vQ[i] = sine * s + cosine * t;
  }
}
