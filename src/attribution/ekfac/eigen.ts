/** Eigenvalues in no order, and unit eigenvectors: row i of `vectors` (n, n) belongs to values[i]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** All eigenpairs of a symmetric matrix of a few hundred rows: Householder to three diagonals, then implicit QL (Golub & Van Loan §8.3). */
export function eigenOf(matrix: readonly Float64Array[]): Eigen {
  const { diagonal, beside, vectors } = tridiagonalise(matrix.map((row) => row.slice()));
  diagonalise(diagonal, beside, vectors);
  return { values: diagonal, vectors };
}

/** Householder reflections H_k = I − β v vᵀ, each of which clears a column below the second diagonal. `a` is overwritten. */
function tridiagonalise(a: Float64Array[]) {
  const n = a.length;
  const beside = new Float64Array(n);
  const reflections: { readonly start: number; readonly v: Float64Array; readonly beta: number }[] = [];
  for (let k = 0; k + 2 < n; k++) {
    const start = k + 1;
    const v = Float64Array.from({ length: n - start }, (_, i) => at(a, start + i, k));
    const norm = normOf(v);
    const first = v[0] ?? 0;
    const target = first > 0 ? -norm : norm;
    beside[k] = target;
    v[0] = first - target;
    const square = dot(v, v);
    if (square === 0) continue;
    const beta = 2 / square;
    reflections.push({ start, v, beta });
    reflectBothSides(a, start, v, beta);
  }
  if (n > 1) beside[n - 2] = at(a, n - 1, n - 2);
  const diagonal = Float64Array.from({ length: n }, (_, i) => at(a, i, i));
  // Rows of `vectors` are the columns of H_0 H_1 …, to which the rotations are applied.
  const vectors = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  for (const { start, v, beta } of reflections.reverse()) {
    for (const row of vectors) {
      const own = row.subarray(start);
      addScaled(own, v, -beta * dot(own, v));
    }
  }
  return { diagonal, beside, vectors };
}

/** A ← H A H on rows and columns from `start` on: A − v wᵀ − w vᵀ with w = p − (β/2)(pᵀv) v, p = β A v. */
function reflectBothSides(a: readonly Float64Array[], start: number, v: Float64Array, beta: number): void {
  const rows = a.slice(start).map((row) => row.subarray(start));
  const p = Float64Array.from(rows, (row) => beta * dot(row, v));
  addScaled(p, v, (-beta / 2) * dot(p, v));
  for (const [i, row] of rows.entries()) {
    addScaled(row, p, -(v[i] ?? 0));
    addScaled(row, v, -(p[i] ?? 0));
  }
}

/** QL steps with Wilkinson's shift until nothing is left beside the diagonal; rows of `vectors` turn along. */
function diagonalise(d: Float64Array, e: Float64Array, vectors: readonly Float64Array[]): void {
  const n = d.length;
  for (let low = 0; low < n; low++) {
    for (;;) {
      const high = findSplit(d, e, low);
      if (high === low) break;
      sweep(d, e, vectors, low, high);
    }
  }
}

/** The first place from `low` on where what stands beside the diagonal is nothing beside it. */
function findSplit(d: Float64Array, e: Float64Array, low: number): number {
  for (let m = low; m + 1 < d.length; m++) {
    const size = Math.abs(d[m] ?? 0) + Math.abs(d[m + 1] ?? 0);
    if (Math.abs(e[m] ?? 0) <= Number.EPSILON * size) return m;
  }
  return d.length - 1;
}

function sweep(d: Float64Array, e: Float64Array, vectors: readonly Float64Array[], low: number, high: number): void {
  const [dl, el] = [d[low] as number, e[low] as number];
  const half = ((d[low + 1] as number) - dl) / (2 * el);
  let g = (d[high] as number) - dl + el / (half + Math.sign(half || 1) * Math.hypot(half, 1));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * (e[i] as number);
    const b = cosine * (e[i] as number);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = (d[i + 1] as number) - carried;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const shifted = (d[i + 1] as number) - carried;
    const turned = ((d[i] as number) - shifted) * sine + 2 * cosine * b;
    carried = sine * turned;
    d[i + 1] = shifted + carried;
    g = cosine * turned - b;
    rotate(vectors[i] as Float64Array, vectors[i + 1] as Float64Array, cosine, sine);
  }
  d[low] = dl - carried;
  e[low] = g;
  e[high] = 0;
}

function rotate(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const [a, b] = [x[k] as number, y[k] as number];
    x[k] = cosine * a - sine * b;
    y[k] = sine * a + cosine * b;
  }
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

function addScaled(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + factor * (y[i] as number);
}

/** √Σ x² by way of the largest, so that nothing overflows. */
function normOf(x: Float64Array): number {
  const top = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return top === 0 ? 0 : top * Math.sqrt(x.reduce((sum, value) => sum + (value / top) ** 2, 0));
}

const at = (a: readonly Float64Array[], i: number, j: number): number => a[i]?.[j] ?? 0;
