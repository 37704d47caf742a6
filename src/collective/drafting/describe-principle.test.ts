import { expect, test } from "vitest";
import { countShown, suppressCounts } from "../suppression.ts";
import { describeVotes } from "./describe-principle.ts";

const counts = (agree: number, disagree: number) => ({ agree, pass: 0, disagree });

test("votes by group, where nobody can be told from them", () => {
  const groups = [counts(30, 1), counts(11, 8)];
  expect(describeVotes(countShown(counts(41, 9), groups, 5), 5)).toBe(
    "41 of 50 agree (group 1: 30 of 31, group 2: 11 of 19)",
  );
  expect(describeVotes(countShown(counts(41, 9), [], 5), 5)).toBe("41 of 50 agree");
  // Two people of no group are left out of all.
  expect(describeVotes(countShown(counts(43, 9), groups, 5), 5)).toBe(
    "41 of 50 agree (group 1: 30 of 31, group 2: 11 of 19)",
  );
});

test("a group of few is not shown, nor the one by which it could be told", () => {
  const groups = [counts(30, 1), counts(8, 8), counts(3, 0)];
  expect(describeVotes(countShown(counts(41, 9), groups, 5), 5)).toBe(
    "41 of 50 agree (group 1: 30 of 31, group 2: not shown, group 3: not shown)",
  );
  // Of a second vote everybody's votes stand on the site, too: the smallest group goes with two people of none.
  expect(describeVotes(suppressCounts(counts(43, 9), [counts(30, 1), counts(11, 8)], 5), 5)).toBe(
    "43 of 52 agree (group 1: 30 of 31, group 2: not shown)",
  );
  expect(describeVotes(countShown(counts(3, 1), [counts(3, 1)], 5), 5)).toBe("fewer than 5 voted");
});
