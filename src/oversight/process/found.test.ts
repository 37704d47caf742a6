import { expect, test } from "vitest";
import { rowsOfHead } from "./found.ts";

test("wrong steps that a head finds, and right ones that it faults, by place", () => {
  const read = [
    { of: "step 1", label: 1, said: 0.9 },
    { of: "step 1", label: 1, said: 0.2 },
    { of: "step 1", label: 0, said: 0.1 },
    { of: "step 2", label: 0.2, said: 0.6 },
  ];
  const rows = rowsOfHead(read).map(({ of, n, found, faulted }) => [of, n, found?.estimate, faulted?.estimate]);
  expect(rows).toEqual([
    ["step 1", 3, 1, 0.5],
    ["step 2", 1, 0, undefined],
    ["all", 4, 0.5, 0.5],
  ]);
  // Of one place nothing is said twice.
  expect(rowsOfHead(read.slice(0, 3)).map(({ of }) => of)).toEqual(["step 1"]);
});
