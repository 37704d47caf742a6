import { describe, expect, it } from "vitest";
import { epochOrder, packDocuments, packEvenly, packUnits, tokenCount } from "./batching.ts";

describe("packDocuments", () => {
  it("shifts targets by one, keeps documents apart and pads with segment 0", () => {
    const documents = [
      { tokens: [5, 6, 7], weights: [1, 0.25, 1] },
      { tokens: [8, 9], weights: [1, 2] },
      { tokens: [1, 2, 3, 4], weights: [0, 0, 1, 1] },
    ];
    const [batch, ...rest] = packDocuments(documents, { batch: 2, length: 4 });
    expect(rest).toEqual([]);
    expect([...(batch?.tokens ?? [])]).toEqual([5, 6, 8, 0, 1, 2, 3, 0]);
    expect([...(batch?.targets ?? [])]).toEqual([6, 7, 9, 0, 2, 3, 4, 0]);
    expect([...(batch?.weights ?? [])]).toEqual([0.25, 1, 2, 0, 0, 1, 1, 0]);
    expect([...(batch?.segments ?? [])]).toEqual([1, 1, 2, 0, 1, 1, 1, 0]);
    expect(batch === undefined ? 0 : tokenCount(batch)).toBe(6);
  });

  it("opens a new batch when no row has room and loses no token", () => {
    const documents = Array.from({ length: 23 }, (_, i) => ({
      tokens: Array.from({ length: 2 + (i % 5) }, () => i + 1),
      weights: [],
    }));
    const batches = packDocuments(documents, { batch: 2, length: 8 });
    expect(batches.length).toBeGreaterThan(2);
    expect(batches.reduce((sum, batch) => sum + tokenCount(batch), 0)).toBe(
      documents.reduce((sum, d) => sum + d.tokens.length - 1, 0),
    );
  });

  it("refuses a document longer than a row", () => {
    expect(() => packDocuments([{ tokens: [1, 2, 3, 4], weights: [] }], { batch: 4, length: 2 })).toThrow(
      "a sequence of 3 tokens",
    );
  });
});

describe("packUnits", () => {
  it("keeps both members of a pair in one batch", () => {
    const units = [
      [3, 3],
      [2, 2],
      [4, 1],
      [1, 1],
    ];
    for (const batch of packUnits(units, { batch: 2, length: 5 })) {
      const members = new Map<number, number>();
      for (const { unit } of batch) members.set(unit, (members.get(unit) ?? 0) + 1);
      expect([...members.values()].every((count) => count === 2)).toBe(true);
    }
  });

  it("bounds the units of a batch", () => {
    expect(packUnits([[1], [1], [1]], { batch: 4, length: 4 }, { maxUnits: 2 }).map((batch) => batch.length)).toEqual([
      2, 1,
    ]);
  });
});

describe("packEvenly", () => {
  it("makes the fewest batches whose counts differ by at most one", () => {
    const counts = packEvenly(
      Array.from({ length: 11 }, () => [3]),
      { batch: 2, length: 6 },
    ).map((batch) => batch.length);
    expect(counts).toEqual([3, 4, 4]);
  });

  it("covers every unit once when long ones lie together", () => {
    const units = [[6], [6], [6], [1], [1], [1]];
    const batches = packEvenly(units, { batch: 1, length: 8 });
    expect(
      batches
        .flat()
        .map(({ unit }) => unit)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("epochOrder", () => {
  it("is a permutation, the same for the same epoch and another for the next", () => {
    const first = epochOrder(20, 7, 1);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(epochOrder(20, 7, 1)).toEqual(first);
    expect(epochOrder(20, 7, 2)).not.toEqual(first);
    expect(epochOrder(20, 8, 1)).not.toEqual(first);
  });
});
