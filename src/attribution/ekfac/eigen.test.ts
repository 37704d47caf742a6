import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { eigenOf } from "./eigen.ts";

const symmetric = (n: number, seed: number): Float64Array[] => {
  const random = rng(seed);
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: n }, () => random.normal()));
  return rows.map((row, i) => row.map((value, j) => value + (rows[j]?.[i] ?? 0)));
};

test("eigenpairs of a matrix by hand", () => {
  const { values, vectors } = eigenOf([Float64Array.of(2, 1), Float64Array.of(1, 2)]);
  expect([...values].sort()).toEqual([expect.closeTo(1, 12), expect.closeTo(3, 12)]);
  const [x = 0, y = 0] = vectors[values.indexOf(Math.max(...values))] ?? [];
  expect(x / y).toBeCloseTo(1, 12);
});

test.each([1, 2, 3, 17, 60])("A v = λ v, and vectors at right angles, of %i rows", (n) => {
  const matrix = symmetric(n, n);
  const { values, vectors } = eigenOf(matrix);
  const product = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  for (const [i, vector] of vectors.entries()) {
    for (const [place, row] of matrix.entries())
      expect(product(row, vector)).toBeCloseTo((values[i] ?? 0) * (vector[place] ?? 0), 9);
    for (const [j, other] of vectors.entries()) expect(product(vector, other)).toBeCloseTo(i === j ? 1 : 0, 10);
  }
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(
    matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0),
    9,
  );
});

test("a matrix with equal eigenvalues, and one that is diagonal already", () => {
  const identity = Array.from({ length: 4 }, (_, i) => Float64Array.from({ length: 4 }, (__, j) => (i === j ? 2 : 0)));
  expect([...eigenOf(identity).values]).toEqual([2, 2, 2, 2]);
  const ones = Array.from({ length: 4 }, () => new Float64Array(4).fill(1));
  expect([...eigenOf(ones).values].sort((a, b) => a - b)).toEqual(
    [0, 0, 0, 4].map((value) => expect.closeTo(value, 12)),
  );
});
