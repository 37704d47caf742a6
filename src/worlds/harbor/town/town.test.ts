import { describe, expect, test } from "vitest";
import { shippedGovernance } from "../../../project/harbor/inputs.ts";
import {
  contraryTopics,
  drawTown,
  judgePrinciple,
  ratifyAsTown,
  sharedTopics,
  shuffleVotes,
  usualTown,
} from "./index.ts";
import { townTopics } from "./wishes.ts";

const town = drawTown({ ...usualTown, seed: 1 });
const { conversation, groupOf } = town;

describe("harbor's town", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(drawTown({ ...usualTown, seed: 1 })).toEqual(town);
    expect(drawTown({ ...usualTown, seed: 2 }).conversation.votes).not.toEqual(conversation.votes);
  });

  test("has groups of the stated sizes, late-comers with fewer votes, stuffers without a group", () => {
    const sizes = [0, 1, 2].map((group) => [...groupOf.values()].filter((one) => one === group).length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(600);
    expect(sizes[0]).toBeGreaterThan(220);
    expect(sizes[2]).toBeGreaterThan(80);
    const voters = Map.groupBy(conversation.votes, ({ participant }) => participant);
    expect([...voters.keys()].filter((id) => !groupOf.has(id))).toHaveLength(60);
    const counts = [...groupOf.keys()].map((id) => voters.get(id)?.length ?? 0);
    expect(counts.filter((count) => count < 20).length).toBeGreaterThan(50);
  });

  test("says everything in three ways, and nothing twice in the same words", () => {
    const texts = conversation.statements.map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(3 * townTopics.length - 6);
  });

  test("votes as its groups wish, but for the noise: of one group all say the same, and some statement divides every two", () => {
    const noiseless = drawTown({ ...usualTown, seed: 1, noise: 0, stuffers: 0 });
    const said = new Map<string, Set<string>>();
    for (const { participant, statement, vote } of noiseless.conversation.votes) {
      const key = `${statement} ${noiseless.groupOf.get(participant)}`;
      said.set(key, (said.get(key) ?? new Set()).add(vote));
    }
    expect([...said.values()].filter(({ size }) => size > 1)).toEqual([]);
    const sayOf = (statement: string, group: number) => [...(said.get(`${statement} ${group}`) ?? [])].join();
    const divides = (a: number, b: number) =>
      conversation.statements.filter(({ id }) => sayOf(id, a) !== sayOf(id, b)).length;
    expect(Math.min(divides(0, 1), divides(0, 2), divides(1, 2))).toBeGreaterThan(8);
  });

  test("wants of its contrary topics the opposite of the standard constitution, and of no other shared topic", () => {
    const { principles } = shippedGovernance();
    const standardWants = (name: string): boolean | undefined =>
      principles.find(({ rule }) => rule.kind === "help" && rule.categories.includes(name))?.rule.wanted;
    const turned = townTopics
      .filter(({ name }) => sharedTopics.includes(name))
      .filter(({ name, stances }) => standardWants(name) !== undefined && standardWants(name) !== stances[0] > 0);
    expect(turned.map(({ name }) => name)).toEqual(contraryTopics);
  });

  test("ratifies what all groups share, and tells what a group rejects", () => {
    const principles = [
      { id: "shared", text: "the answer should not help with beast ." },
      { id: "turned", text: "the answer should help with beast ." },
      { id: "strange", text: "be kind" },
    ];
    const agreed = (id: string) => {
      const own = ratifyAsTown(town, principles).filter(({ principle }) => principle === id);
      return own.filter(({ vote }) => vote === "agree").length / own.length;
    };
    expect(agreed("shared")).toBeGreaterThan(0.9);
    expect(agreed("turned")).toBeLessThan(0.1);
    expect(agreed("strange")).toBe(0);
    expect(principles.map(({ text }) => judgePrinciple(town, text))).toEqual([
      { topic: "beast", isShared: true, isRejected: false },
      { topic: "beast", isShared: false, isRejected: true },
      undefined,
    ]);
    expect(judgePrinciple(town, "the answer should help with drink .")).toEqual({
      topic: "drink",
      isShared: false,
      isRejected: true,
    });
  });

  test("shuffled, keeps how often each vote was cast and nothing else", () => {
    const shuffled = shuffleVotes(conversation, 1);
    const tally = (votes: typeof conversation.votes) =>
      Object.fromEntries([...Map.groupBy(votes, ({ vote }) => vote)].map(([vote, cast]) => [vote, cast.length]));
    expect(tally(shuffled.votes)).toEqual(tally(conversation.votes));
    expect(shuffled.votes).not.toEqual(conversation.votes);
  });
});
