import { describe, expect, it } from "vitest";
import { type Rng, rng } from "../../rng.ts";
import { argmax, nucleusOf, sampleNucleus } from "./sampling.ts";

const rowOf = (...probabilities: number[]) => ({
  data: Float32Array.of(9, ...probabilities, 9),
  start: 1,
  size: probabilities.length,
});
/** An Rng that returns one number. */
const always = (uniform: number): Rng => ({ ...rng(1), next: () => uniform });

describe("sampleNucleus", () => {
  it("inverts the cumulative distribution at topP = 1", () => {
    const row = rowOf(0.25, 0, 0.5, 0.25);
    const draw = (uniform: number): number => sampleNucleus(row, 1, always(uniform));
    expect([0, 0.24, 0.25, 0.5, 0.74, 0.75, 0.999].map(draw)).toEqual([0, 0, 2, 2, 2, 3, 3]);
    expect(sampleNucleus(rowOf(0.5, 0.49, 0), 1, always(0.9999))).toBe(1);
  });

  it("takes the smallest set that reaches topP, the first of equals", () => {
    expect(nucleusOf(rowOf(0.1, 0.4, 0.2, 0.3), 0.5)).toEqual([1, 3]);
    expect(nucleusOf(rowOf(0.1, 0.4, 0.2, 0.3), 0.4)).toEqual([1]);
    expect(nucleusOf(rowOf(0.1, 0.4, 0.2, 0.3), 0.95)).toEqual([0, 1, 2, 3]);
    expect(nucleusOf(rowOf(0.25, 0.25, 0.25, 0.25), 0.5)).toEqual([0, 1]);
    expect(nucleusOf(rowOf(0.2, 0.3, 0.3, 0.2), 0.8)).toEqual([0, 1, 2]);
    const draw = (uniform: number): number => sampleNucleus(rowOf(0.1, 0.4, 0.2, 0.3), 0.7, always(uniform));
    expect([0, 0.57, 0.58, 0.99].map(draw)).toEqual([1, 1, 3, 3]);
  });

  it("agrees with sorting everything", () => {
    const random = rng(2, "nucleus");
    for (let n = 0; n < 60; n++) {
      const raw = Array.from({ length: 50 }, () => Math.exp(3 * random.normal()));
      const total = raw.reduce((sum, x) => sum + x, 0);
      const probabilities = Float32Array.from(raw, (x) => x / total);
      const topP = 0.05 + 0.9 * random.next();
      const order = [...probabilities.keys()].sort(
        (a, b) => (probabilities[b] as number) - (probabilities[a] as number),
      );
      const nucleus: number[] = [];
      for (let mass = 0, i = 0; mass < topP; i++) {
        nucleus.push(order[i] as number);
        mass += probabilities[order[i] as number] as number;
      }
      expect(nucleusOf(rowOf(...probabilities), topP)).toEqual(nucleus.sort((a, b) => a - b));
    }
  });
});

describe("argmax", () => {
  it("is the first of the largest", () => {
    expect(argmax(rowOf(-3, -1, -2, -1))).toBe(1);
  });
});
