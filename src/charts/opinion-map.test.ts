import { expect, test } from "vitest";
import { drawFigure, groupColour, opinionMap, type Shape } from "./index.ts";

const map = {
  cells: [
    { x: -0.5, y: 0.25, group: 0, people: 40 },
    { x: 0.5, y: -2, group: 1, people: 10 },
    { x: 0, y: 0, group: null, people: 5 },
  ],
  groups: [{ people: 40 }, null],
};

test("people of a group stand where they vote, larger where they are more, and no place lies outside", () => {
  const { shapes, label } = drawFigure(opinionMap(map, 200), 208);
  const marks = shapes.filter(({ inside }) => inside.length > 0 && typeof inside[0] !== "string");
  const title = (shape: Shape): unknown => (shape.inside[0] as Shape).inside[0];
  expect(marks.map(title)).toEqual(["group 1: 40 people", "group 2: 10 people", "no group: 5 people"]);
  // 192 px wide from 8 on, 200 high from 36 on.
  expect(marks[0]?.attributes).toMatchObject({ cx: 56, cy: 111, r: 9.6, fill: groupColour(0) });
  expect(marks[1]).toMatchObject({ tag: "rect", attributes: { fill: groupColour(1) } });
  expect(Number(marks[1]?.attributes["y"]) + Number(marks[1]?.attributes["height"]) / 2).toBeCloseTo(236, 0);
  expect(label).toBe("A map of 55 people. group 1: 40");
});
