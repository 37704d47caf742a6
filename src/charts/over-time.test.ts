import { expect, test } from "vitest";
import { drawFigure, overTimeFigure, type ShareOverTime } from "./index.ts";

const start = Date.parse("2026-11-01T00:00:00.000Z");
const day = 24 * 60 * 60_000;

const shareOf = (label: string, estimates: readonly number[]): ShareOverTime => ({
  label,
  points: estimates.map((estimate, i) => ({
    ...{ from: start + i * day, estimate, n: 100 },
    ...{ low: Math.max(0, estimate - 0.02), high: estimate + 0.02 },
  })),
});
const options = { title: "acted on", binMs: day };

test("a panel a share under one axis of time, whose days are named below the last alone", () => {
  const { panels, label } = overTimeFigure(
    [shareOf("calm", [0.02, 0.04, 0.1]), shareOf("privacy", [0, 0, 0])],
    options,
  );
  expect(panels.map(({ title, x }) => [title, x.isBare, x.domain])).toEqual([
    ["calm", true, [start, start + 3 * day]],
    ["privacy", false, [start, start + 3 * day]],
  ]);
  expect(panels[1]?.x.ticks.map((tick) => tick.label)).toEqual(["1 Nov", "2 Nov", "3 Nov", "4 Nov"]);
  expect(label).toBe("acted on: calm from 2.0 % to 10.0 %; privacy from 0.0 % to 0.0 %");
});

test("every point is drawn within its panel, also one whose interval reaches far above", () => {
  const share = shareOf(
    "calm",
    Array.from({ length: 12 }, (_, i) => 0.02 + (i % 2) / 100),
  );
  const wide = { ...share, points: share.points.map((point, i) => (i === 1 ? { ...point, high: 0.9 } : point)) };
  const figure = overTimeFigure([wide], { ...options, parts: [[start, start + day]] });
  const [panel] = figure.panels;
  expect(panel?.y.domain[1]).toBeLessThan(0.1);
  const { height, shapes } = drawFigure(figure, 600);
  const lowest = shapes.flatMap(({ attributes }) => (typeof attributes["cy"] === "number" ? attributes["cy"] : []));
  expect(lowest).toHaveLength(12);
  for (const y of lowest) expect(y).toBeGreaterThan(0);
  expect(Math.max(...lowest)).toBeLessThan(height);
});

test("the table has each bin with its texts and intervals", () => {
  expect(overTimeFigure([shareOf("calm", [0.02, 0.04])], options).table?.rows).toEqual([
    ["2026-11-01", "100", "2.0 % (0.0 % to 4.0 %)"],
    ["2026-11-02", "100", "4.0 % (2.0 % to 6.0 %)"],
  ]);
});
