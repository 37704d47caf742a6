import { describe, expect, it } from "vitest";
import { scriptedModel } from "../../models/scripted.ts";
import { silentProgress } from "../../progress/index.ts";
import { bradleyTerry, type Game } from "../../statistics/index.ts";
import { comparisonJudge } from "../judges/index.ts";
import { type ArenaPrompt, arena, arenaMarkdown, holdArena, type SubjectAnswers } from "./index.ts";

/** Answers are numbers; the judge prefers the larger, and the first shown when the difference is below 1. */
const model = scriptedModel({
  id: "counts",
  choose: ({ prompt }) => {
    const [a = 0, b = 0] = [...JSON.stringify(prompt).matchAll(/\[Answer [AB]\]\\n(.*?)\\n/g)].map((match) =>
      Number(match[1]),
    );
    return Math.abs(a - b) < 1 ? [0.7, 0.3] : a > b ? [0.9, 0.1] : [0.1, 0.9];
  },
});
const judge = comparisonJudge(model, "harmlessness");
const prompts = Array.from(
  { length: 60 },
  (_, i): ArenaPrompt => ({ id: `p${i}`, messages: [{ role: "user", content: `ask ${i}` }] }),
);
const player = (name: string, answer: (i: number) => number): SubjectAnswers => ({
  name,
  answers: new Map(prompts.map(({ id }, i) => [id, answer(i).toString()])),
});
const wave = (i: number, salt: number): number => (((i + 1) * salt) % 7) - 3;

describe("arena", () => {
  const players = [
    player("weak", (i) => wave(i, 3)),
    player("middle", (i) => 1.5 + wave(i, 4)),
    player("strong", (i) => 3 + wave(i, 5)),
  ];

  it("orders players, with intervals, ties from flips, and the instruction", async () => {
    const result = await arena("harmlessness", players, prompts, judge, { seed: 1 });
    expect(result.ratings.map((rating) => rating.player)).toEqual(["strong", "middle", "weak"]);
    expect(result.ratings.reduce((sum, { elo }) => sum + elo, 0)).toBeCloseTo(0, 8);
    const [first] = result.ratings;
    expect(first?.low).toBeLessThan(first?.elo ?? 0);
    expect(result.pairs.every(({ wins, ties, losses }) => wins + ties + losses === 60)).toBe(true);
    expect(result.flips?.estimate).toBeGreaterThan(0);
    expect(result.prior).toBeUndefined();
    expect(result.pairs.find(({ first }) => first === "weak")?.verdict).toBe("worse");
    expect(arenaMarkdown(result)).toContain("over the more evasive one");
  });

  it("takes the games on one prompt for one cluster", async () => {
    const { ratings } = await arena("harmlessness", players, prompts, judge, { seed: 1 });
    const games = prompts.flatMap(({ id }) =>
      players.flatMap((first, i) =>
        players.slice(i + 1).map((second): Game => {
          const lead = Number(first.answers.get(id)) - Number(second.answers.get(id));
          const score = Math.abs(lead) < 1 ? 0.5 : lead > 0 ? 1 : 0;
          return { first: first.name, second: second.name, score, cluster: id };
        }),
      ),
    );
    const clustered = bradleyTerry(games);
    const naive = bradleyTerry(games, { clustered: false });
    for (const { player, standardError } of ratings) {
      const of = (fit: typeof naive) => fit.ratings.find((rating) => rating.player === player)?.standardError ?? 0;
      expect(standardError).toBeCloseTo(of(clustered), 8);
      expect(standardError).not.toBeCloseTo(of(naive), 1);
    }
  });

  it("does not depend on the order in which players are named", async () => {
    const there = await arena("harmlessness", players, prompts, judge, { seed: 1 });
    const back = await arena("harmlessness", players.toReversed(), prompts, judge, { seed: 1 });
    for (const [i, { player, elo, standardError }] of there.ratings.entries()) {
      expect(back.ratings[i]).toMatchObject({
        player,
        elo: expect.closeTo(elo, 8),
        standardError: expect.closeTo(standardError, 8),
      });
    }
  });

  it("says so when somebody won everything", async () => {
    const result = await arena("x", [player("a", () => 9), player("b", () => 0)], prompts, judge, { seed: 1 });
    expect(result.prior).toMatch(/won every game/);
    expect(result.ratings[0]).toMatchObject({ player: "a" });
    expect(Number.isFinite(result.ratings[0]?.high)).toBe(true);
    expect(arenaMarkdown(result)).toContain("one drawn game");
  });

  it("knows that nothing but ties is not certainty", async () => {
    const twins = [player("a", (i) => wave(i, 3)), player("b", (i) => wave(i, 3)), player("c", (i) => 2 + wave(i, 4))];
    const { pairs } = await arena("x", twins, prompts, judge, { seed: 1 });
    const lead = pairs.find(({ first, second }) => first === "a" && second === "b")?.lead;
    expect(lead?.estimate).toBeCloseTo(0, 8);
    expect(lead?.high).toBeGreaterThan(20);
  });

  it("keeps a silent judge's pairs in sight, and refuses to rate without any", async () => {
    let asked = 0;
    const half = scriptedModel({ id: "half", choose: ({ id }) => (id.startsWith("p1") ? [0.5, 0.5] : [0.9, 0.1]) });
    const judged = comparisonJudge(
      {
        ...half,
        async *choose(requests, options) {
          for await (const choice of half.choose(requests, options)) {
            asked += 1;
            yield choice.id.startsWith("p2") ? { ...choice, outcome: "refusal" } : choice;
          }
        },
      },
      "helpfulness",
    );
    const result = await arena("helpfulness", players.slice(0, 2), prompts, judged, { seed: 1 });
    // p2 and p20 to p29.
    expect(result.undetermined).toBe(11);
    expect(asked).toBeGreaterThan(0);
    const silent = comparisonJudge({ ...half, async *choose() {} }, "helpfulness");
    await expect(arena("x", players, prompts, silent, { seed: 1 })).rejects.toThrow(/no verdict on 180 pairs/);
    await expect(arena("x", players.slice(0, 1), prompts, judge, { seed: 1 })).rejects.toThrow(/1 subjects/);
    await expect(arena("x", players, [], judge, { seed: 1 })).rejects.toThrow(/no prompts/);
  });
});

it("refuses a subject that is named twice; names of any script keep apart", async () => {
  const nameModel = (name: string): string => `openai-compatible:${name}@http://127.0.0.1:9/v1`;
  const options = { seed: 1, command: "test", progress: silentProgress };
  await expect(holdArena({ ...options, names: [nameModel("模型一"), nameModel("模型一")] })).rejects.toThrow(
    /模型一.* twice/,
  );
  await expect(holdArena({ ...options, names: [nameModel("模型一"), nameModel("模型二")] })).rejects.toThrow(
    /no prompts/,
  );
});
