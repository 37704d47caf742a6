import { describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { tableOf } from "../tabulate.ts";
import type { VoteEvent } from "../votes.ts";
import { polisKMeans, polisSilhouette } from "./clusters.ts";
import { polisUpdate } from "./update.ts";

/** Two camps of opposite opinions on ten statements, each vote wrong with probability 0.1. */
function campVotes(people: number): VoteEvent[] {
  const random = rng(3);
  return Array.from({ length: people * 10 }, (_, i) => {
    const [person, statement] = [Math.floor(i / 10), i % 10];
    const isFor = (person % 2 === statement % 2) === random.next() < 0.9;
    return { participant: `p${person}`, statement: `s${statement}`, vote: isFor ? "agree" : "disagree", at: i };
  });
}

describe("an update of Polis", () => {
  const raw = tableOf({ statements: [], votes: campVotes(40) }, "encounter");
  const cold = polisUpdate({ raw, isZeroed: () => false });

  test("finds two camps", () => {
    expect(cold.groupClusters).toHaveLength(2);
    const camps = raw.participants.map((id) => Number(id.slice(1)) % 2);
    const sides = new Set(camps.map((camp, row) => `${camp} ${cold.labels[row]}`));
    expect(sides.size).toBe(2);
  });

  test("moves the opposite way of our sign: the centre of what most agree with is negative", () => {
    const agreed = tableOf(
      { statements: [], votes: campVotes(9).map((event) => ({ ...event, vote: "agree" as const })) },
      "encounter",
    );
    const { center, positions } = polisUpdate({ raw: agreed, isZeroed: () => false });
    expect(Array.from(center)).toEqual(new Array(10).fill(-1));
    expect(positions.x.every((x) => x === 0)).toBe(true);
  });

  test("from its own state stays where it is, and shows another number of groups after four updates only", () => {
    const warm = polisUpdate({ raw, isZeroed: () => false, before: cold });
    expect(warm.labels).toEqual(cold.labels);
    const four = { ...cold, chosenK: { shown: 3, best: 3, inARow: 1 } };
    let state = four;
    const shown: number[] = [];
    for (let update = 0; update < 5; update++) {
      state = polisUpdate({ raw, isZeroed: () => false, before: state });
      shown.push(state.chosenK.shown);
    }
    expect(shown).toEqual([3, 3, 3, 2, 2]);
  });

  test("sets a rejected statement to 0 for everybody, which counts as a vote and widens the map by a column", () => {
    const isZeroed = (id: string): boolean => id === "s9";
    const { center, axes, positions, extremity } = polisUpdate({ raw, isZeroed });
    expect([center[9], axes.first[9], extremity[9]]).toEqual([0, 0, 0]);
    const kept = polisUpdate({
      raw: tableOf(
        { statements: [], votes: campVotes(40).filter(({ statement }) => !isZeroed(statement)) },
        "encounter",
      ),
      isZeroed: () => false,
    });
    // All voted on all statements: √(10 / 10) here, √(9 / 9) there.
    expect(Math.abs(positions.x[0] as number)).toBeCloseTo(Math.abs(kept.positions.x[0] as number), 9);
  });
});

describe("Polis's k-means", () => {
  const points = { x: Float64Array.of(0, 0.1, 5, 5.1, 0), y: Float64Array.of(0, 0, 0, 0, 0) };

  test("starts from the first distinct points", () => {
    const clusters = polisKMeans({ points, k: 2, iterations: 20 });
    expect(clusters.map(({ members }) => members)).toEqual([
      [0, 1, 4],
      [2, 3],
    ]);
    expect(clusters[1]?.x).toBeCloseTo(5.05, 12);
  });

  test("splits off the most distal point until there are k again", () => {
    const clusters = polisKMeans({ points, k: 2, iterations: 20 }, [{ members: [0, 1, 2, 3, 4], x: 0, y: 0 }]);
    expect(clusters.map(({ members }) => members.length).sort()).toEqual([2, 3]);
  });

  test("silhouette of two tight pairs is near 1, and a cluster of one adds 0", () => {
    const pairs = polisKMeans({ points, k: 2, iterations: 20 });
    expect(polisSilhouette(points, pairs)).toBeGreaterThan(0.95);
    const single = [
      { members: [0, 1, 2, 3], x: 0, y: 0 },
      { members: [4], x: 0, y: 0 },
    ];
    expect(polisSilhouette(points, single)).toBeLessThan(0);
  });
});
