import { PreceptError } from "../errors.ts";

/**
 * Inverse of a symmetric positive definite matrix by Cholesky; rows of length n.
 * @throws PreceptError not-finite when it is not positive definite.
 */
export function invertPositive(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const factor = cholesky(matrix);
  // Column j of the inverse solves L Lᵀ x = e_j.
  const inverse = Array.from({ length: n }, () => new Float64Array(n));
  for (let j = 0; j < n; j++) {
    const x = new Float64Array(n);
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= at(factor, i, k) * (x[k] ?? 0);
      x[i] = sum / at(factor, i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i] ?? 0;
      for (let k = i + 1; k < n; k++) sum -= at(factor, k, i) * (x[k] ?? 0);
      x[i] = sum / at(factor, i, i);
    }
    for (let i = 0; i < n; i++) set(inverse, i, j, x[i] ?? 0);
  }
  return inverse;
}

/** matrix · vector. */
export function multiply(matrix: readonly Float64Array[], vector: ArrayLike<number>): Float64Array {
  return Float64Array.from(matrix, (row) => {
    let sum = 0;
    for (let k = 0; k < row.length; k++) sum += (row[k] ?? 0) * (vector[k] ?? 0);
    return sum;
  });
}

function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const n = matrix.length;
  const factor = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix, i, j);
      for (let k = 0; k < j; k++) sum -= at(factor, i, k) * at(factor, j, k);
      if (i !== j) set(factor, i, j, sum / at(factor, j, j));
      else if (sum > 0) set(factor, i, i, Math.sqrt(sum));
      else {
        throw new PreceptError("not-finite", {
          attempted: "Inverting an information matrix",
          found: `a pivot of ${sum} in row ${i}`,
          expected: "a positive definite matrix",
        });
      }
    }
  }
  return factor;
}

function at(matrix: readonly Float64Array[], i: number, j: number): number {
  return matrix[i]?.[j] ?? 0;
}

function set(matrix: readonly Float64Array[], i: number, j: number, value: number): void {
  const row = matrix[i];
  if (row !== undefined) row[j] = value;
}
