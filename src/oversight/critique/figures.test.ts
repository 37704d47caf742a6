import { expect, test } from "vitest";
import { figuresOf, gainOf, type JudgedAnswer } from "./figures.ts";

const judged = (isFlawed: boolean, ...findings: JudgedAnswer["findings"]): JudgedAnswer => ({
  principle: "tone",
  isFlawed,
  findings,
});

test("recall counts flaws, false alarms answers without one, and an unclear critique finds nothing and clears nothing", () => {
  const rows = [judged(true, "breaks"), judged(true, "unclear"), judged(false, "keeps"), judged(false, "breaks")];
  const { recall, precision, falseAlarms, unclear } = figuresOf(rows, 1);
  expect([recall?.estimate, precision?.estimate, falseAlarms?.estimate, unclear]).toEqual([0.5, 0.5, 0.5, 1]);
  // Wilson 1927, one of two: (1/2 ± …), by hand.
  expect(recall?.low).toBeCloseTo(0.0945, 4);
});

test("a level is kept where it finds more at no lower precision, and not where it pays with false alarms", () => {
  const many = (count: number, ...row: Parameters<typeof judged>) =>
    Array.from({ length: count }, () => judged(...row));
  const clean = many(20, false, "keeps", "keeps");
  const more = [...many(10, true, "breaks", "breaks"), ...many(10, true, "keeps", "breaks"), ...clean];
  expect(gainOf(more, 2)).toMatchObject({ isKept: true, precision: 0, recall: { estimate: 0.5 } });
  const paid = [...more, ...many(5, false, "keeps", "breaks")];
  expect(gainOf(paid, 2).isKept).toBe(false);
  const same = [...many(10, true, "breaks", "breaks"), ...clean];
  expect(gainOf(same, 2).isKept).toBe(false);
  const lost = many(20, true, "breaks", "keeps");
  expect(gainOf(lost, 2)).toMatchObject({ isKept: false, recall: { estimate: -1 } });
});

test("what there is nothing to count of has no figure", () => {
  expect(figuresOf([judged(false, "keeps")], 1)).toMatchObject({ recall: undefined, precision: undefined });
});
