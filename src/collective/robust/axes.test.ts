import { describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { centreVotes, gramProduct, rowProducts, totalSquares } from "../centred.ts";
import { tableOf } from "../tabulate.ts";
import { simulateTown } from "../town.test-support.ts";
import { dot, norm } from "../vectors.ts";
import { findAxes } from "./axes.ts";
import { eigenOf } from "./symmetric.ts";

const town = centreVotes(
  tableOf(simulateTown({ seed: 4, people: 60, statements: 25, camps: 3, noise: 0.3, density: 0.5 }), "canonical"),
);

/** XᵀX in full, column by column. */
function gramOf(votes: typeof town): Float64Array[] {
  return Array.from(votes.center, (_, j) =>
    gramProduct(
      votes,
      Float64Array.from(votes.center, (__, i) => (i === j ? 1 : 0)),
    ),
  );
}

describe("eigenpairs of a small matrix", () => {
  test("of [[2, 1], [1, 2]] are 3 and 1", () => {
    const { values, vectors } = eigenOf([Float64Array.of(2, 1), Float64Array.of(1, 2)]);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(1, 12);
    expect(Math.abs(vectors[0]?.[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 12);
  });

  test("of a random one are orthonormal and solve it", () => {
    const random = rng(1);
    const raw = Array.from({ length: 12 }, () => Float64Array.from({ length: 12 }, random.normal));
    const matrix = raw.map((row, i) => row.map((value, j) => value + (raw[j]?.[i] as number)));
    const { values, vectors } = eigenOf(matrix);
    vectors.forEach((vector, i) => {
      expect(norm(vector)).toBeCloseTo(1, 12);
      const product = Float64Array.from(matrix, (row) => dot(row, vector));
      expect(
        Math.max(...product.map((value, j) => Math.abs(value - (values[i] as number) * (vector[j] as number)))),
      ).toBeLessThan(1e-9);
    });
  });
});

describe("axes of the map", () => {
  test("are the first two of all principal components", () => {
    const { values, vectors } = eigenOf(gramOf(town));
    const { first, second, eigenvalues } = findAxes(town, { tolerance: 1e-10, wanted: 2 });
    expect(eigenvalues[0]).toBeCloseTo(values[0] as number, 8);
    expect(eigenvalues[1]).toBeCloseTo(values[1] as number, 8);
    expect(Math.abs(dot(first, vectors[0] as Float64Array))).toBeCloseTo(1, 10);
    expect(Math.abs(dot(second, vectors[1] as Float64Array))).toBeCloseTo(1, 10);
    expect(dot(first, second)).toBeCloseTo(0, 12);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(totalSquares(town), 8);
  });

  test("have the variance of the projections as eigenvalue", () => {
    const { first, eigenvalues } = findAxes(town, { tolerance: 1e-10, wanted: 2 });
    const products = rowProducts(town, first);
    expect(dot(products, products)).toBeCloseTo(eigenvalues[0], 8);
  });

  test("from the axes of yesterday are those of today, and point the same way", () => {
    const cold = findAxes(town, { tolerance: 1e-10, wanted: 2 });
    const turned = { first: cold.first.map((v) => -v), second: cold.second };
    const warm = findAxes(town, { tolerance: 1e-10, wanted: 2, start: turned });
    expect(dot(warm.first, turned.first)).toBeCloseTo(1, 10);
    expect(dot(warm.second, cold.second)).toBeCloseTo(1, 10);
  });

  test("of two equally strong directions are both found", () => {
    const votes = ["a", "b"].flatMap((statement, j) =>
      Array.from({ length: 8 }, (_, i) => ({
        participant: `p${i + 8 * j}`,
        statement,
        vote: i % 2 === 0 ? ("agree" as const) : ("disagree" as const),
        at: 0,
      })),
    );
    const { eigenvalues } = findAxes(centreVotes(tableOf({ statements: [], votes }, "canonical")), {
      tolerance: 1e-10,
      wanted: 2,
    });
    expect(eigenvalues[0]).toBeCloseTo(8, 12);
    expect(eigenvalues[1]).toBeCloseTo(8, 12);
  });
});
