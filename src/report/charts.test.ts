import { describe, expect, it } from "vitest";
import { drawChart, placePercentTicks, placeTicks, standInterval, widenRange } from "./charts.ts";

const labels = (...values: Parameters<typeof placeTicks>): string[] => placeTicks(...values).map(({ label }) => label);

describe("axes", () => {
  it("have round ticks within the range, with the decimals that tell them apart", () => {
    expect(labels([0, 1], 5)).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(labels([0, 60], 6)).toEqual(["0", "10", "20", "30", "40", "50", "60"]);
    expect(labels([-0.31, 0.12], 4)).toEqual(["−0.3", "−0.2", "−0.1", "0.0", "0.1"]);
    expect(labels([1234, 5678], 4)).toEqual(["2000", "3000", "4000", "5000"]);
    expect(placePercentTicks([0.7, 1], 3)).toEqual([
      { at: 0.7, label: "70%" },
      { at: 0.8, label: "80%" },
      { at: 0.9, label: "90%" },
      { at: 1, label: "100%" },
    ]);
  });

  it("are widened to round numbers, and never empty", () => {
    expect(widenRange([0.13, 4.2], 4)).toEqual([0, 5]);
    for (const value of [0, 3, -3, 0.004]) {
      const [low, high] = widenRange([value, value], 4);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThan(low);
      expect(placeTicks([low, high], 4).length).toBeGreaterThan(0);
    }
  });
});

it("a mark stands where its numbers say, and no text becomes markup", () => {
  const axis = { domain: [0, 1], ticks: [], isBare: true } as const;
  const marks = standInterval(0.5, { estimate: 0.5, low: 0.25, high: 1 }, "var(--ink)");
  const page = String(
    drawChart({
      description: `"<script>`,
      figure: () => ({ columns: 1, panels: [{ title: "<script>", x: axis, y: axis, height: 100, marks }] }),
    }),
  );
  // 696 wide: 8 at either side; 6 and 24 for the title above, 100 for the field.
  expect(page).toContain('<path class="bar" d="M348 105L348 30" stroke="var(--ink)"/>');
  expect(page).toContain('<circle cx="348" cy="80" r="4" fill="var(--ink)"/>');
  expect(page).toContain('viewBox="0 0 696 140"');
  expect(page).not.toContain("<script>");
});
