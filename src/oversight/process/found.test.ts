import { expect, test } from "vitest";
import { rowsOfHead } from "./found.ts";

test("wrong steps that a head finds, and right ones that it faults, by place", () => {
  const read = [
    { of: "step 1", label: 1, said: 0.9, prompt: "a" },
    { of: "step 1", label: 1, said: 0.2, prompt: "b" },
    { of: "step 1", label: 0, said: 0.1, prompt: "c" },
    { of: "step 2", label: 0.2, said: 0.6, prompt: "c" },
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

test("steps of one prompt's responses make an interval no narrower than as many prompts would", () => {
  const read = (of: (index: number) => string) =>
    Array.from({ length: 40 }, (_, index) => ({
      ...{ of: "step 1", label: 0, prompt: of(index), said: Math.floor(index / 10) % 2 },
    }));
  const apart = rowsOfHead(read(String))[0]?.found;
  const together = rowsOfHead(read((index) => String(Math.floor(index / 10))))[0]?.found;
  expect([apart?.estimate, together?.estimate, together?.clusters]).toEqual([0.5, 0.5, 4]);
  expect((together?.high ?? 0) - (together?.low ?? 0)).toBeGreaterThan(2 * ((apart?.high ?? 0) - (apart?.low ?? 0)));
});
