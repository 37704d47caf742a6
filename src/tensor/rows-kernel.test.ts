import { expect, test } from "vitest";
import { rng } from "../rng.ts";
import { rowsKernel } from "./rows-kernel.ts";

test("rows are scaled and added, and multiplied, as written out", () => {
  const random = rng(3, "rows");
  const [length, kernel] = [12, rowsKernel(60)];
  const drawn = Float32Array.from({ length: 60 }, () => random.normal());
  kernel.floats.set(drawn);
  kernel.addScaled(0, 4 * length, 4 * length, -1.5);
  for (let i = 0; i < length; i++)
    expect(kernel.floats[i]).toBeCloseTo((drawn[i] ?? 0) - 1.5 * (drawn[length + i] ?? 0), 5);
  const product = kernel.dotAndAdd(8 * length, 12 * length, 16 * length, 4 * length, 0.25);
  let expected = 0;
  for (let i = 0; i < length; i++) {
    const [a, b, to] = [drawn[2 * length + i] ?? 0, drawn[3 * length + i] ?? 0, drawn[4 * length + i] ?? 0];
    expected += a * b;
    expect(kernel.floats[4 * length + i]).toBeCloseTo(to + 0.25 * a, 5);
  }
  expect(product).toBeCloseTo(expected, 4);
  // What was only read stays as it was, and a row of nothing changes nothing.
  expect([...kernel.floats.subarray(length, 4 * length)]).toEqual([...drawn.subarray(length, 4 * length)]);
  expect(kernel.dotAndAdd(0, 0, 0, 0, 1)).toBe(0);
  expect(() => rowsKernel(2 ** 30)).toThrow(RangeError);
});
