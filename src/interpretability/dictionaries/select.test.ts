import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { type SparseCode, selectAbove, selectBatchTopK, selectTopK, valueBelowLargest } from "./select.ts";

const entriesOf = ({ starts, features, values }: SparseCode): string[] =>
  [...starts.keys()]
    .slice(1)
    .flatMap((row) =>
      Array.from(features.subarray(starts[row - 1]!, starts[row]!), (feature, i) => {
        return `${row - 1}:${feature}=${values[starts[row - 1]! + i]}`;
      }),
    )
    .sort();

const values = Float32Array.of(3, -1, 2, 0.5, 1, 4, -2, 0.25);

test("by hand: of two rows of four, the three largest of all, the largest of each, those above a threshold", () => {
  expect(entriesOf(selectBatchTopK({ values, size: 4 }, 3))).toEqual(["0:0=3", "0:2=2", "1:1=4"]);
  expect(entriesOf(selectTopK({ values, size: 4 }, 1))).toEqual(["0:0=3", "1:1=4"]);
  expect(entriesOf(selectAbove({ values, size: 4 }, Float32Array.of(0, 0, 2, 0.25)))).toEqual([
    "0:0=3",
    "0:3=0.5",
    "1:0=1",
    "1:1=4",
  ]);
  const among = Uint8Array.of(0, 0, 1, 1);
  expect(entriesOf(selectTopK({ values, size: 4, among }, 3))).toEqual(["0:2=2", "0:3=0.5", "1:3=0.25"]);
});

test("as sorting has it, whatever the numbers", () => {
  const random = rng(1, "select");
  for (let round = 0; round < 40; round++) {
    const size = 1 + random.integer(30);
    const rows = 1 + random.integer(8);
    const scale = 10 ** (random.integer(60) - 30);
    const z = Float32Array.from({ length: rows * size }, () => scale * random.normal());
    const positive = z
      .filter((x) => x > 0)
      .sort()
      .reverse();
    const count = random.integer(rows * size + 2);
    expect(selectBatchTopK({ values: z, size }, count).values.toSorted().reverse()).toEqual(positive.slice(0, count));
    const k = 1 + random.integer(size);
    const { starts, values: best } = selectTopK({ values: z, size }, k);
    for (let row = 0; row < rows; row++) {
      const own = z.subarray(row * size, (row + 1) * size).filter((x) => x > 0);
      expect(best.slice(starts[row], starts[row + 1]).toSorted()).toEqual(own.toSorted().slice(-k));
    }
  }
});

test("of many entries the same ones, also where the few that are looked at first mislead", () => {
  const random = rng(2, "select");
  const [size, rows, count] = [400, 200, 900];
  const plain = Float32Array.from({ length: rows * size }, () => random.normal());
  // Every 251st is looked at: all of the largest there, none of them there, or nothing above 0 there.
  const high = plain.map((x, i) => (i % 251 === 0 ? 100 + Math.abs(x) : x));
  const hidden = plain.map((x, i) => (i % 251 === 0 ? 1e-3 * Math.abs(x) : x));
  const none = plain.map((x, i) => (i % 251 === 0 ? -1 : x));
  for (const z of [plain, high, hidden, none]) {
    const code = selectBatchTopK({ values: z, size }, count);
    const below = z.toSorted()[z.length - count - 1] ?? 0;
    expect(entriesOf(code)).toEqual(entriesOf(selectAbove({ values: z, size }, below)));
    expect(code.values).toHaveLength(count);
  }
});

test("equal values at the border are all left out, and nothing that is not positive comes in", () => {
  expect(selectBatchTopK({ values: Float32Array.of(1, 1, 1, 2), size: 2 }, 2).values).toEqual(Float32Array.of(2));
  expect(valueBelowLargest(Float32Array.of(-1, 0, -0), 3)).toBe(0);
  expect(selectBatchTopK({ values: Float32Array.of(-3, 0, 5), size: 3 }, 3).values).toEqual(Float32Array.of(5));
});
