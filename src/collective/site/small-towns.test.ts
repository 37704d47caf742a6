import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import type { Counts } from "../analysis.ts";
import type { NewEvent } from "../store/index.ts";
import type { Vote } from "../votes.ts";
import { computePublished } from "./result.ts";
import { TestTown, town } from "./site.test-support.ts";

const topics = "tea chess rain trains opera golf bread rivers ships bees wool clocks".split(" ");
const shared = ["It should not lie.", "It should be patient.", "It should use plain words.", "It should ask back."];
const seeds = [...shared, ...topics.map((topic) => `It should talk about ${topic}.`)];
const smallestCell = 5;

/** Two groups of `sizes` that share the first four statements, and newcomers who have answered two each; one vote in 20 by chance. */
async function publishTown(sizes: readonly [number, number], newcomers: number) {
  const own = await TestTown.open({ seeds, smallestCell });
  const { ids } = own;
  const random = rng(sizes[0] + newcomers, "small town");
  const at = 1_700_000_000_000;
  const people = sizes.flatMap((size, group) => Array.from({ length: size }, () => group));
  const voteOf = (group: number, index: number): Vote =>
    random.next() < 0.05 ? "pass" : index < shared.length || index % 2 === group ? "agree" : "disagree";
  const cast = (participant: string, index: number, vote: Vote): NewEvent => ({
    event: { kind: "vote", participant, statement: ids[index] ?? "", vote, at: at + index * 60_000 },
  });
  await own.site.write([
    ...people.flatMap((group, person) =>
      ids.flatMap((_, index) => (random.next() < 0.05 ? [] : [cast(`person-${person}`, index, voteOf(group, index))])),
    ),
    ...Array.from({ length: newcomers }, (_, one) => [
      cast(`newcomer-${one}`, one % 4, "agree"),
      cast(`newcomer-${one}`, (one + 1) % 4, "disagree"),
    ]).flat(),
  ]);
  const { published } = computePublished(own.site.state, town({ seeds, smallestCell }));
  await own.close();
  return { published, ids };
}

const totalOf = ({ agree, pass, disagree }: Counts): number => agree + pass + disagree;

test.each([
  [12, [6, 6], 0],
  [12, [8, 4], 0],
  [20, [9, 8], 3],
  [20, [16, 4], 0],
  [30, [16, 12], 2],
  [30, [15, 11], 4],
] as const)(
  "a town of %i, in groups of %j with %i newcomers, sees what it shares, and no cell of few",
  async (...of) => {
    const [people, sizes, newcomers] = of;
    const { published, ids } = await publishTown(sizes, newcomers);
    expect(published.people).toBe(people);
    // A group of fewer people than may be shown is none: everybody counts as one.
    expect(published.groups.map((group) => group?.people)).toEqual(sizes[1] < smallestCell ? [] : sizes);
    const seen = ids.slice(0, shared.length).filter((id) => {
      const { agreement, consensus } = published.statements.find((it) => it.id === id) ?? {};
      return agreement === "yes" || (consensus?.estimate ?? 0) >= 0.8;
    });
    // Of six in a group, two who pass a statement by hide it.
    expect(seen.length).toBeGreaterThanOrEqual(people === 12 ? 2 : 4);
    for (const { all, groups } of published.statements) {
      const cells = [all, ...groups].flatMap((counts) => (counts === null ? [] : [totalOf(counts)]));
      expect(Math.min(...cells)).toBeGreaterThanOrEqual(smallestCell);
      const left =
        (all === null ? 0 : totalOf(all)) - groups.reduce((sum, it) => sum + (it === null ? 0 : totalOf(it)), 0);
      if (groups.length > 0) expect(left === 0 || left >= smallestCell).toBe(true);
    }
  },
  60_000,
);
