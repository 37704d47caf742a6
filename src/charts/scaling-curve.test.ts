import { expect, test } from "vitest";
import { drawFigure } from "./panels.ts";
import { goldFigure, scalingFigure } from "./scaling-curve.ts";

const near = (estimate: number) => ({ estimate, low: estimate - 0.05, high: estimate + 0.05 });
const tendency = {
  ...{ name: "violation", kind: "rate" as const },
  points: [1e5, 4e5, 1.6e6].map((x, i) => ({ x, measured: near(0.6 - 0.2 * i) })),
  curve: [
    [1e5, 0.6],
    [1.6e6, 0.25],
  ] as const,
  prediction: { x: 1.6e6, predicted: 0.25, low: 0.1, high: 0.45, isInside: true },
};

test("a tendency is drawn with its fit, its points and what was foretold, and can be read as a table", () => {
  const outside = { ...tendency, name: "backdoor", prediction: { ...tendency.prediction, low: 0.21, isInside: false } };
  const figure = scalingFigure([tendency, outside], "parameters");
  expect(figure.panels.map(({ title }) => title)).toEqual(["violation", "backdoor"]);
  expect(figure.panels[0]?.x.ticks.map(({ label }) => label)).toEqual(["0.1M", "0.4M", "1.6M"]);
  const colours = figure.panels.map(({ marks }) => marks.flatMap((mark) => (mark.kind === "bar" ? [mark.colour] : [])));
  expect([colours[0]?.[0], colours[1]?.[0]]).toEqual(["var(--sl-cai)", "var(--alarm)"]);
  expect(figure.table?.rows[2]).toEqual(["violation", "1600000", "0.2", "0.15 to 0.25", "0.25", "0.1 to 0.45"]);
  expect(figure.label).toContain("backdoor: foretold 0.25 (0.21 to 0.45), measured outside it");
  for (const { shapes } of [drawFigure(figure, 600)])
    for (const shape of shapes) expect(JSON.stringify(shape)).not.toContain("NaN");
});

test("gold and the scaled proxy share a panel, in the order of their distance", () => {
  const points = [0, 1, 0.5].map((d) => ({ d, gold: near(d - d * d), proxy: near(10 * d) }));
  const figure = goldFigure([{ name: "0.11M, 250, rl", points }]);
  const lines = figure.panels[0]?.marks.flatMap((mark) => (mark.kind === "line" ? [mark.points] : []));
  expect(lines?.[1]).toEqual([
    [0, 0],
    [0.5, 0.25],
    [1, 0],
  ]);
  // Its words and its table tell the picture's end.
  expect(figure.label).toContain("gold from 0 to 0");
  expect(figure.label).not.toContain("0.25");
  expect(figure.table?.rows.map(([, d]) => d)).toEqual(["0", "0.5", "1"]);
  // As high as gold at its highest.
  expect(lines?.[0]?.at(-1)?.[1]).toBeCloseTo(0.25, 12);
});
