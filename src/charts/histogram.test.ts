import { expect, test } from "vitest";
import { histogramFigure } from "./histogram.ts";
import { drawFigure } from "./panels.ts";

test("counts stand on each other, bin by bin, and nothing is drawn of an empty bin", () => {
  const figure = histogramFigure({
    ...{ title: "Tokens", axis: "activation", max: 4 },
    parts: [
      { label: "holds", colour: "var(--sl-cai)", counts: [3, 0, 2, 0] },
      { label: "others", colour: "var(--initial)", counts: [1, 0, 0, 5] },
    ],
  });
  const fields = figure.panels[0]?.marks.map((mark) =>
    mark.kind === "field" ? [mark.from, mark.to, mark.colour] : [],
  );
  expect(fields).toEqual([
    [[0, 0], [0.88, 3], "var(--sl-cai)"],
    [[0, 3], [0.88, 4], "var(--initial)"],
    [[2, 0], [2.88, 2], "var(--sl-cai)"],
    [[3, 0], [3.88, 5], "var(--initial)"],
  ]);
  expect(figure.label).toBe("Tokens: holds 5, others 6");
  expect(figure.table?.rows[3]).toEqual(["3.00 to 4.00", "0", "5"]);
  expect(drawFigure(figure, 400).shapes.length).toBeGreaterThan(4);
});

test("a feature that was never active has an empty picture", () => {
  const parts = [{ label: "tokens", colour: "var(--sl-cai)", counts: [0, 0] }];
  expect(histogramFigure({ title: "Tokens", axis: "activation", max: 0, parts }).panels[0]?.marks).toEqual([]);
});
