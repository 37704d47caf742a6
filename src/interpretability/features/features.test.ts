import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { diffFeatures } from "./diff.ts";
import { type Attribute, f1Of, findBestUnits } from "./f1.ts";
import { directionMaxima, type Maxima, neuronMaxima, sideMeans } from "./maxima.ts";
import { nearestNeurons } from "./neurons.ts";

test("F1 by hand", () => {
  expect(f1Of(3, 1, 2)).toBeCloseTo(6 / 9, 12);
  expect(f1Of(0, 0, 5)).toBe(0);
});

const texts = [
  { tokens: [1, 2, 3], answerFrom: 2 },
  { tokens: [4, 5], answerFrom: 1 },
];
const values = Float32Array.of(1, -1, 0, 2, 3, -4, 0.5, 0.5, -1, 6);

test("greatest values and means are of one side of each text", () => {
  const { units, of } = neuronMaxima(2, texts, values);
  expect(units).toBe(4);
  expect([...of.request]).toEqual([1, -0, 2, 1, 0.5, -0.5, 0.5, -0.5]);
  expect([...of.answer]).toEqual([3, -3, -4, 4, -1, 1, 6, -6]);
  const along = directionMaxima(Float32Array.of(1, 1), 2, texts, values);
  expect([...along.of.request]).toEqual([2, -0, 1, -1]);
  expect([...sideMeans(2, texts, values).request]).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect([...sideMeans(2, texts, values).answer]).toEqual([3, -4, -1, 6]);
});

test("the unit that knows an attribute is found by one half of the texts and measured on the other", () => {
  const random = rng(1, "best-units");
  const [n, units] = [400, 12];
  const holds = Uint8Array.from({ length: n }, () => Number(random.next() < 0.2));
  const table = Float32Array.from({ length: n * units }, (_, at) => {
    const isTelling = at % units === 7;
    return random.normal() + (isTelling ? 6 * holds[Math.floor(at / units)]! : 0);
  });
  const attribute: Attribute = { group: "g", name: "n", side: "answer", holds };
  const noise = { ...attribute, holds: Uint8Array.from({ length: n }, () => Number(random.next() < 0.2)) };
  const maxima: Maxima = { units, of: { request: new Float32Array(n * units), answer: table } };
  const [found, none] = findBestUnits(maxima, [attribute, noise]);
  expect(found?.unit).toBe(7);
  expect(found?.f1).toBeGreaterThan(0.95);
  expect(found!.low).toBeLessThanOrEqual(found!.f1);
  expect(found!.high).toBeGreaterThanOrEqual(found!.f1);
  expect(found?.n).toBe(200);
  expect(none?.f1).toBeLessThan(0.5);
  // On the side where nothing is active no unit tells more than always saying yes.
  const [blind] = findBestUnits(maxima, [{ ...attribute, side: "request" }]);
  const share = holds.filter((_, text) => text % 2 === 1).reduce((sum, one) => sum + one, 0) / 200;
  expect(blind?.f1).toBeCloseTo((2 * share) / (1 + share), 6);
});

test("a changed rate is found with the group that it changed in, and chance alone is not", () => {
  const random = rng(2, "diff");
  const [n, units] = [300, 40];
  const groups = Array.from({ length: n }, (_, text) => ["a", "b", "c"][text % 3]!);
  const table = (isAfter: boolean): Float32Array =>
    Float32Array.from({ length: n * units }, (_, at) => {
      const [text, unit] = [Math.floor(at / units), at % units];
      if (unit === 5 && groups[text] === "b") return isAfter ? 1 : 0;
      return Number(random.next() < 0.3);
    });
  const maxima = (isAfter: boolean): Maxima => ({
    units,
    of: { request: table(isAfter), answer: new Float32Array(n * units) },
  });
  const changed = diffFeatures({ before: maxima(false), after: maxima(true), groups });
  expect(changed.map(({ feature, side }) => [feature, side])).toEqual([[5, "request"]]);
  expect(changed[0]?.groups[0]).toEqual({ group: "b", before: 0, after: 1, n: 100 });
  expect(changed[0]!.difference.estimate).toBeCloseTo(changed[0]!.after - changed[0]!.before, 12);
  expect(changed[0]?.texts.every((text) => groups[text] === "b")).toBe(true);
  const [same] = [maxima(false)];
  expect(diffFeatures({ before: same, after: same, groups })).toEqual([]);
});

test("correlations by hand", () => {
  const column = Float32Array.of(0, 1, 2, 3);
  const found = nearestNeurons(column, Float32Array.of(0, 5, -1, 5, -2, 5, -3, 5), 2);
  expect(found).toEqual([
    { neuron: 0, correlation: expect.closeTo(-1, 6) },
    { neuron: 1, correlation: 0 },
  ]);
});
