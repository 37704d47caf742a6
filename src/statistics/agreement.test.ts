import { describe, expect, it } from "vitest";
import { cohenKappa, krippendorffAlpha } from "./index.ts";

/** Two lists of labels with this confusion table. */
function lists(table: readonly (readonly number[])[]): [string[], string[]] {
  const [first, second]: [string[], string[]] = [[], []];
  for (const [i, row] of table.entries()) {
    for (const [j, count] of row.entries()) {
      for (let k = 0; k < count; k++) {
        first.push(`label ${i}`);
        second.push(`label ${j}`);
      }
    }
  }
  return [first, second];
}

describe("Cohen's kappa", () => {
  // statsmodels 0.15.0 inter_rater.cohens_kappa.
  it.each([
    [
      [
        [20, 5],
        [10, 15],
      ],
      0.3999999999999999,
      0.12699606293110033,
    ],
    [
      [
        [20, 5, 2],
        [3, 30, 7],
        [1, 4, 28],
      ],
      0.6651955562319282,
      0.06324347320610177,
    ],
  ])("of %j", (table, kappa, error) => {
    const found = cohenKappa(...lists(table));
    expect(found.kappa.estimate).toBeCloseTo(kappa, 12);
    expect(found.standardError).toBeCloseTo(error, 12);
    expect(found.table).toEqual(table);
  });

  it("is the same with the raters exchanged", () => {
    const [a, b] = lists([
      [20, 5, 2],
      [3, 30, 7],
      [1, 4, 28],
    ]);
    expect(cohenKappa(b, a).kappa.estimate).toBeCloseTo(cohenKappa(a, b).kappa.estimate, 12);
  });

  it("has a width where the raters agree on everything", () => {
    const { kappa } = cohenKappa(["x", "y", "x", "y"], ["x", "y", "x", "y"]);
    expect(kappa.estimate).toBe(1);
    expect(kappa.low).toBeLessThan(0.1);
  });

  it("names one class and an empty set", () => {
    expect(() => cohenKappa(["x", "x"], ["x", "x"])).toThrowError(/one class/);
    expect(() => cohenKappa([], [])).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
    expect(() => cohenKappa(["x"], [])).toThrowError(expect.objectContaining({ code: "shape-mismatch" }));
  });

  it("is 0 where one rater has no opinion", () => {
    expect(cohenKappa(["x", "x", "x", "x"], ["x", "y", "x", "y"]).kappa.estimate).toBe(0);
  });
});

describe("Krippendorff's alpha", () => {
  // Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units.
  const missing = undefined;
  const observers = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, missing, missing, missing],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, missing, 3],
    [missing, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, missing],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, missing],
  ];
  const units = Array.from({ length: 12 }, (_, unit) => observers.map((ratings) => ratings[unit]));

  it.each([
    ["nominal", 0.743421052631579],
    ["ordinal", 0.8153875037548814],
    ["interval", 0.8491071428571428],
  ] as const)("%s, of the published example (digits: krippendorff 0.9.0 for Python)", (metric, alpha) => {
    expect(krippendorffAlpha(units, metric)).toBeCloseTo(alpha, 12);
  });

  it("takes labels, and the order of raters does not matter", () => {
    const labelled = units.map((row) => row.map((value) => (value === undefined ? undefined : `class ${value}`)));
    expect(krippendorffAlpha(labelled, "nominal")).toBeCloseTo(0.743421052631579, 12);
    expect(
      krippendorffAlpha(
        units.map((row) => row.toReversed()),
        "ordinal",
      ),
    ).toBeCloseTo(0.8153875037548814, 12);
  });

  it("names what is missing", () => {
    expect(() => krippendorffAlpha([[1, undefined]], "nominal")).toThrowError(/no item with two ratings/);
    expect(() =>
      krippendorffAlpha(
        [
          [1, 1],
          [1, 1],
        ],
        "nominal",
      ),
    ).toThrowError(/one class/);
    expect(() =>
      krippendorffAlpha(
        [
          [1, Number.NaN],
          [1, 2],
        ],
        "interval",
      ),
    ).toThrowError(expect.objectContaining({ code: "not-finite" }));
  });
});
