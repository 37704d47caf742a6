import { expect, test } from "vitest";
import { describeVotes } from "./describe-principle.ts";

const counts = (agree: number, disagree: number) => ({ agree, pass: 0, disagree });

test("votes by group, where nobody can be told from them", () => {
  expect(describeVotes(counts(41, 9), [counts(30, 1), counts(11, 8)])).toBe(
    "41 of 50 agree (group 1: 30 of 31, group 2: 11 of 19)",
  );
  expect(describeVotes(counts(41, 9), [])).toBe("41 of 50 agree");
});

test("a group of few is not shown, nor the one by which it could be told", () => {
  const groups = [counts(30, 1), counts(8, 8), counts(3, 0)];
  expect(describeVotes(counts(41, 9), groups)).toBe(
    "41 of 50 agree (group 1: 30 of 31, group 2: not shown, group 3: not shown)",
  );
  // Two people without a group are all that is left of everybody: the smallest group goes with them.
  expect(describeVotes(counts(43, 9), [counts(30, 1), counts(11, 8)])).toBe(
    "43 of 52 agree (group 1: 30 of 31, group 2: not shown)",
  );
  expect(describeVotes(counts(3, 1), [counts(3, 1)])).toBe("fewer than 5 voted");
});
