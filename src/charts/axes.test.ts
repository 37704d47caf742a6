import { describe, expect, test } from "vitest";
import { placePercentTicks, placeTicks, widenRange } from "./index.ts";

const labels = (...values: Parameters<typeof placeTicks>): string[] => placeTicks(...values).map(({ label }) => label);

describe("axes", () => {
  test("have round ticks within the range, with the decimals that tell them apart", () => {
    expect(labels([0, 1], 5)).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(labels([0, 60], 6)).toEqual(["0", "10", "20", "30", "40", "50", "60"]);
    expect(labels([-0.31, 0.12], 4)).toEqual(["−0.3", "−0.2", "−0.1", "0.0", "0.1"]);
    expect(labels([1234, 5678], 4)).toEqual(["2,000", "3,000", "4,000", "5,000"]);
    expect(placePercentTicks([0.7, 1], 3)).toEqual([
      { at: 0.7, label: "70%" },
      { at: 0.8, label: "80%" },
      { at: 0.9, label: "90%" },
      { at: 1, label: "100%" },
    ]);
  });

  test("are widened to round numbers, and never empty", () => {
    expect(widenRange([0.13, 4.2], 4)).toEqual([0, 5]);
    for (const value of [0, 3, -3, 0.004]) {
      const [low, high] = widenRange([value, value], 4);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThan(low);
      expect(placeTicks([low, high], 4).length).toBeGreaterThan(0);
    }
  });
});
