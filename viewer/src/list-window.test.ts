import { expect, test } from "vitest";
import { rowsSeen, scrollTo, totalHeight } from "./list-window.ts";

const height = 800;
const rowHeight = 84;

test.each([0, 1, 7, 1438, 1_000_000])(
  "of %d rows the first, the last and any between are seen where they belong",
  (count) => {
    const shape = { count, rowHeight, height };
    const most = Math.max(0, totalHeight(shape) - height);
    expect(rowsSeen(0, shape)).toMatchObject({ first: 0, top: 0 });
    expect(rowsSeen(most, shape).end).toBe(count);
    let at = 0;
    for (const index of [0, count >> 1, count - 1, 3, 4].filter((it) => it >= 0 && it < count)) {
      at = scrollTo(index, at, shape);
      expect(at).toBeLessThanOrEqual(most + 1e-6);
      const { first, end, top } = rowsSeen(at, shape);
      expect(first).toBeLessThanOrEqual(index);
      expect(end).toBeGreaterThan(index);
      // On the screen, not beside it.
      const onScreen = top + (index - first) * rowHeight - at;
      expect(onScreen).toBeGreaterThanOrEqual(-0.01);
      expect(onScreen + rowHeight).toBeLessThanOrEqual(height + 0.01);
    }
  },
);

test("a row that is seen is not scrolled to", () => {
  expect(scrollTo(5, 100, { count: 1000, rowHeight, height })).toBe(100);
});
