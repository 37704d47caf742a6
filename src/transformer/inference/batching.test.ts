import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { planBatches } from "./batching.ts";

const plan = (tokens: readonly (readonly number[])[], maxRows: number) =>
  planBatches(
    tokens.map((list) => ({ tokens: list, shareable: list.length - 1 })),
    maxRows,
  );
const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);

describe("planBatches", () => {
  it("groups sequences that begin alike, and leaves short beginnings alone", () => {
    const prefix = range(10);
    const batches = plan(
      [
        [...prefix, 90],
        [5, 6, 7],
        [...prefix, 91, 92],
        [5, 6, 8],
        [...prefix, 93],
      ],
      8,
    );
    expect(batches).toEqual([
      [
        { shared: 0, members: [1] },
        { shared: 0, members: [3] },
        { shared: 10, members: [0, 2, 4] },
      ],
    ]);
  });

  it("never shares the last token, nor beyond what may be shared", () => {
    expect(plan([range(12), range(12)], 8)).toEqual([[{ shared: 11, members: [0, 1] }]]);
    const limited = [
      { tokens: range(12), shareable: 9 },
      { tokens: range(12), shareable: 11 },
    ];
    expect(planBatches(limited, 8)).toEqual([[{ shared: 9, members: [0, 1] }]]);
  });

  it("takes a sequence into a group only where that saves tokens", () => {
    const long = range(40);
    const batches = plan(
      [
        [...long, 90],
        [...long, 91],
        [...long, 92],
        [...long.slice(0, 9), 93],
      ],
      8,
    );
    expect(batches).toEqual([
      [
        { shared: 0, members: [3] },
        { shared: 40, members: [0, 1, 2] },
      ],
    ]);
  });

  it("holds every sequence once, at most maxRows a batch, whatever the list", () => {
    const random = rng(1, "batching");
    for (let n = 0; n < 15; n++) {
      const list = Array.from({ length: 1 + random.integer(60) }, () => [
        ...range(random.integer(4) * 7),
        ...Array.from({ length: 1 + random.integer(9) }, () => random.integer(3)),
      ]);
      const maxRows = 1 + random.integer(20);
      const batches = plan(list, maxRows);
      expect(plan(list, maxRows)).toEqual(batches);
      const members = batches.flatMap((groups) => groups.flatMap((group) => group.members));
      expect(members.sort((a, b) => a - b)).toEqual(range(list.length));
      for (const groups of batches) {
        expect(groups.reduce((sum, group) => sum + group.members.length, 0)).toBeLessThanOrEqual(maxRows);
        for (const { shared, members: own } of groups) {
          const prefixes = new Set(own.map((index) => String(list[index]?.slice(0, shared))));
          expect([prefixes.size, own.every((index) => shared < (list[index] as number[]).length)]).toEqual([1, true]);
        }
      }
    }
  });
});
