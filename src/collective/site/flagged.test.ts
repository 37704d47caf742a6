import { expect, test } from "vitest";
import type { NewEvent } from "../store/index.ts";
import { computePublished, computeResult } from "./result.ts";
import { TestTown, town } from "./site.test-support.ts";

const topics = "tea chess rain trains opera golf bread rivers ships bees wool clocks glass".split(" ");
const seeds = [
  ...["It should not lie.", "It should be patient."],
  ...topics.map((topic) => `It should talk about ${topic}.`),
];
const at = 1_700_000_000_000;

test("an organiser reads what all groups agree with while flagged voters count, and without them", async () => {
  const own = await TestTown.open({ seeds });
  const { ids } = own;
  // Two groups of twenty that share the first two statements, and sixteen ballots against everything, a vote a second.
  const votes = Array.from({ length: 56 }, (_, person) =>
    ids.map((statement, index): NewEvent => {
      const agrees = person < 40 && (index < 2 || (index % 2 === 0) === person < 20);
      return {
        event: {
          ...{ kind: "vote", participant: `person-${person}`, statement, vote: agrees ? "agree" : "disagree" },
          at: at + person * 1_200_000 + index * (person < 40 ? 60_000 : 1000),
        },
      };
    }),
  ).flat();
  await own.site.write(votes);
  const { state } = own.site;
  const result = computeResult(state, town({ seeds }), votes.length);
  expect(result.flagged).toHaveLength(16);
  expect(result.withoutFlagged).toEqual({ withAll: 0, without: 2, lost: [], gained: ids.slice(0, 2).sort() });
  // What everybody sees is of everybody, and is what `verify` computes.
  expect(result.hash).toBe(computePublished(state, town({ seeds })).hash);
  const effect = async (): Promise<unknown> => (await own.organise("overview")).body["flaggedEffect"];
  await expect.poll(effect, { timeout: 60_000, interval: 200 }).toMatchObject({
    ...{ flagged: 16, withAll: 0, without: 2, lost: [] },
    gained: expect.arrayContaining([{ id: ids[0], text: "It should not lie." }]),
  });
  await own.close();
}, 120_000);
