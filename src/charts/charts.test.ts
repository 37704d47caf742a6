import { describe, expect, test } from "vitest";
import {
  type Drawing,
  drawDifference,
  drawFigure,
  drawIntervals,
  drawLines,
  drawOrders,
  drawSample,
  drawTwoSided,
  formatTick,
  linesFigure,
  type Mark,
  pointForms,
  points,
  type Shape,
  stepAt,
} from "./index.ts";

const all = ({ shapes }: Drawing): Shape[] => {
  const walk = (shape: Shape | string): Shape[] =>
    typeof shape === "string" ? [] : [shape, ...shape.inside.flatMap(walk)];
  return shapes.flatMap(walk);
};
const numbersOf = ({ attributes }: Shape): number[] => Object.values(attributes).filter((it) => typeof it === "number");

const loss = { label: "loss", colour: "red", points: Array.from({ length: 50 }, (_, n) => [n + 1, 3 / (n + 1)]) };
const rows = [
  { label: "Initial", estimate: 0.96, low: 0.94, high: 0.98, n: 420, colour: "red" },
  { label: "SL-CAI", estimate: 0, low: 0, high: 0.01, n: 420, colour: "blue" },
];
const drawings: [string, (width: number) => Drawing][] = [
  ["intervals", (width) => drawIntervals("Violations", rows, width)],
  ["lines", (width) => drawLines([loss], width, { title: "Loss", xTitle: "step" })],
  ["lines on a log axis", (width) => drawLines([loss], width, { title: "Loss", xTitle: "step", isLog: true })],
  [
    "few points with intervals",
    (width) =>
      drawLines(
        [
          {
            label: "gold",
            colour: "red",
            points: [
              [6, 0.9, 0.8, 1],
              [12, 0.95, 0.9, 1],
            ],
          },
        ],
        width,
        { title: "Gold", xTitle: "step" },
      ),
  ],
  [
    "nothing that moves",
    (width) =>
      drawLines(
        [
          {
            label: "flat",
            colour: "red",
            points: [
              [1, 0],
              [2, 0],
            ],
          },
        ],
        width,
        { title: "Flat", xTitle: "step" },
      ),
  ],
  ["no points", (width) => drawLines([], width, { title: "None", xTitle: "step" })],
  ["orders", (width) => drawOrders([{ id: "a", label: "a", x: 0.9, y: 0.1 }], width)],
  [
    "two sides",
    (width) =>
      drawTwoSided(
        [
          { label: "advice", left: 4, right: 10 },
          { label: "persona", left: 0, right: 1 },
        ],
        width,
        ["puts back", "takes out"],
      ),
  ],
  ["a difference", (width) => drawDifference({ estimate: -1, low: -1, high: -0.79 }, width)],
];

describe.each(drawings)("%s", (_, draw) => {
  test.each([340, 700])("lie within %d px, each number finite", (width) => {
    const drawing = draw(width);
    expect(drawing.width).toBe(width);
    expect(drawing.label.length).toBeGreaterThan(4);
    for (const shape of all(drawing)) {
      for (const value of numbersOf(shape)) expect(Number.isFinite(value)).toBe(true);
      expect(JSON.stringify(shape.attributes)).not.toMatch(/NaN|Infinity/u);
      const { x, x1, x2, cx } = shape.attributes;
      for (const place of [x, x1, x2, cx]) {
        if (place === undefined) continue;
        expect(place).toBeGreaterThanOrEqual(-0.1);
        expect(place).toBeLessThanOrEqual(width + 0.1);
      }
    }
  });
});

test("a line says where it begins and ends, and its numbers stand in a table", () => {
  const { label, table } = drawLines([loss], 400, { title: "Loss", xTitle: "step" });
  expect(label).toBe("Loss: loss from 3 at step 1 to 0.06 at 50");
  expect(table?.head).toEqual(["step", "loss"]);
  expect(table?.rows).toHaveLength(50);
  expect(table?.rows[1]).toEqual(["2", "1.5"]);
});

test("a bound is drawn where the axis reaches it, in words too", () => {
  const texts = (value: number): string =>
    JSON.stringify(drawLines([loss], 400, { title: "Loss", xTitle: "step", bound: { value, says: "bound 2" } }).shapes);
  expect(texts(2)).toContain("bound 2");
  expect(texts(50)).not.toContain("bound 2");
});

test("lines of two runs are told apart without colour: by dashes and by signs", () => {
  const other = { ...loss, label: "other", dash: "6 4", form: "square" } as const;
  const shapes = all(drawLines([{ ...loss, form: "dot" }, other], 400, { title: "Loss", xTitle: "step" }));
  const dashes = shapes.filter(({ attributes }) => attributes["stroke-width"] === 1.8);
  expect(dashes.map(({ attributes }) => attributes["stroke-dasharray"])).toEqual([undefined, "6 4"]);
  const signs = (tag: string): number => shapes.filter((shape) => shape.tag === tag).length;
  expect([signs("circle"), signs("rect")]).toEqual([6, 6]);
  const samples = pointForms.map((form) => JSON.stringify(drawSample({ colour: "red", form }, "a").shapes[1]));
  expect(new Set(samples).size).toBe(pointForms.length);
});

const mark: Mark = { kind: "point", at: [17, 1], colour: "red" };
test("a pixel is a step", () => {
  const figure = linesFigure([loss], { title: "Loss", xTitle: "step" });
  const drawn = all(
    drawFigure({ ...figure, panels: figure.panels.map((panel) => ({ ...panel, marks: [mark] })) }, 400),
  );
  const dots = drawn.filter(({ tag }) => tag === "circle").map(({ attributes }) => Number(attributes["cx"]));
  expect(dots.map((pixel) => stepAt(pixel, figure, 400))).toEqual([17]);
  expect(stepAt(-50, figure, 400)).toBe(1);
  expect(stepAt(900, figure, 400)).toBe(50);
});

test("numbers are written as their neighbours need", () => {
  expect([
    formatTick(0.5, 0.1),
    formatTick(0, 0.05),
    formatTick(1200, 100),
    formatTick(0.00001, 0.00001),
    formatTick(0, 1e-14),
  ]).toEqual(["0.5", "0.00", "1,200", "1e−5", "0"]);
  expect([points(-1), points(0.055), points(0.0004), points(0.125)]).toEqual(["−100", "+5.5", "0", "+13"]);
});
