import { describe, expect, it } from "vitest";
import { type ChainRecord, findChainFaults } from "./chain-faults.ts";
import { type ChainOptions, critiqueRevisionChains } from "./chains.ts";
import type { FeedbackContext } from "./context.ts";
import { feedbackRecordSchema } from "./records.ts";
import { type Script, testConstitution, testModel, testPrompts, testTemplates } from "./scripted.test-support.ts";
import { trainingPairs } from "./training-pairs.ts";

const sampling = { temperature: 1, topP: 1 };
const all: ChainOptions = {
  rounds: 3,
  selection: "all",
  critique: true,
  sampling,
  critiqueSampling: { temperature: 0, topP: 1 },
};
const random: ChainOptions = { ...all, selection: "random" };

/**
 * The world of this test: a response is a list of faults, "danger+tone"; a principle's critique finds its own name in
 * it; a revision removes the principle's fault. "clean" has none.
 */
const faults: Script = {
  generate(prompt) {
    const [, kind, q = "", r = "", p = ""] = /^(\w+) Q=(\S+)(?: R=(\S+))?(?: P=(\S+))?/.exec(prompt) ?? [];
    if (kind === "respond") return q;
    if (kind === "critique") return r.split("+").includes(p) ? `${p} , so it breaks` : "so it keeps";
    return (
      r
        .split("+")
        .filter((fault) => fault !== p)
        .join("+") || "clean"
    );
  },
};

function contextOf(
  script: Script,
  ids: readonly string[],
  seed = 3,
): FeedbackContext & { calls: { requests: number }[] } {
  const model = testModel(script);
  return {
    model,
    modelName: "initial",
    constitution: testConstitution(...ids),
    templates: testTemplates,
    seed,
    stage: "sl-cai",
    calls: model.calls,
  };
}

const revisionsOf = (records: readonly ChainRecord[], prompt: string) =>
  records.filter((record) => record.type === "revision" && record.promptId === prompt);

describe("critiqueRevisionChains, all principles", () => {
  const ids = ["danger", "tone", "calm"];
  const prompts = testPrompts("red-team", "danger+tone", "clean", "calm");

  it("revises what trips, re-scans the revision, and stops when nothing trips", async () => {
    const context = contextOf(faults, ids);
    const records = await critiqueRevisionChains(prompts, context, all);
    const first = revisionsOf(records, "red-team-danger+tone");
    expect(first).toHaveLength(2);
    expect(first[0]).toMatchObject({ round: 1, tripped: ["danger", "tone"], outcome: "usable" });
    expect(first[1]).toMatchObject({
      round: 2,
      revision: "clean",
      parents: [first[0]?.id, expect.stringContaining("critique-2")],
    });
    expect(revisionsOf(records, "red-team-clean")).toHaveLength(0);
    expect(revisionsOf(records, "red-team-calm")).toMatchObject([
      { principleId: "calm", revision: "clean", tripped: ["calm"] },
    ]);
  });

  it("asks each phase in one call for the whole batch", async () => {
    const context = contextOf(faults, ids);
    await critiqueRevisionChains(prompts, context, all);
    // respond 3; critique 3×3, revise 2; critique 2×3, revise 1; critique 1×3, nothing trips.
    expect(context.calls.map(({ requests }) => requests)).toEqual([3, 9, 2, 6, 1, 3]);
  });

  it("samples responses and revisions at temperature 1 and critiques at 0", async () => {
    const model = testModel(faults);
    await critiqueRevisionChains(prompts, { ...contextOf(faults, ids), model }, all);
    expect(model.calls.map(({ options }) => options?.temperature)).toEqual([1, 0, 1, 0, 1, 0]);
  });

  it("keeps the model's own answer where nothing trips, so that deleting a principle keeps its behaviour", async () => {
    const records = await critiqueRevisionChains(prompts, contextOf(faults, ["tone", "calm"]), all);
    const pairs = trainingPairs(records, testTemplates, "final");
    expect(pairs.map(({ promptId, completion, source }) => [promptId, completion, source])).toEqual([
      ["red-team-danger+tone", "danger", "revision"],
      ["red-team-clean", "clean", "unrevised"],
      ["red-team-calm", "clean", "revision"],
    ]);
  });

  it("runs through with an empty constitution", async () => {
    const context = contextOf(faults, []);
    for (const options of [all, random]) {
      const records = await critiqueRevisionChains(prompts, context, options);
      expect(records.map(({ type }) => type)).toEqual(["response", "response", "response"]);
      expect(trainingPairs(records, testTemplates, "all").map(({ completion }) => completion)).toEqual([
        "danger+tone",
        "clean",
        "calm",
      ]);
    }
  });

  it("draws every tripped principle in turn over many prompts", async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      ...testPrompts("red-team", "danger+tone+calm")[0]!,
      id: `p${i}`,
    }));
    const records = await critiqueRevisionChains(many, contextOf(faults, ids), { ...all, rounds: 1 });
    const counts = Map.groupBy(
      records.filter(({ type }) => type === "revision"),
      ({ principleId }) => principleId,
    );
    expect([...counts.keys()].sort()).toEqual(["calm", "danger", "tone"]);
  });

  it("does not trip on a critique without a verdict", async () => {
    const vague: Script = { generate: (prompt) => (prompt.startsWith("critique") ? "hm" : "text") };
    const records = await critiqueRevisionChains(prompts, contextOf(vague, ids), all);
    expect(records.filter(({ type }) => type === "revision")).toHaveLength(0);
    expect(records.filter((record) => record.type === "critique" && record.finding === "unclear")).toHaveLength(9);
  });
});

describe("critiqueRevisionChains, one random principle", () => {
  it("always revises, n rounds, one critique each", async () => {
    const context = contextOf(faults, ["danger", "tone", "calm"]);
    const records = await critiqueRevisionChains(testPrompts("red-team", "danger", "clean"), context, {
      ...random,
      rounds: 4,
    });
    expect(records.filter(({ type }) => type === "critique")).toHaveLength(8);
    expect(records.filter(({ type }) => type === "revision")).toHaveLength(8);
    expect(context.calls.map(({ requests }) => requests)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2]);
  });

  it("asks for the revision directly when critiques are off", async () => {
    const seen: string[] = [];
    const listening: Script = { generate: (prompt) => `${seen.push(prompt)}` };
    const records = await critiqueRevisionChains(testPrompts("red-team", "q"), contextOf(listening, ["danger"]), {
      ...random,
      rounds: 1,
      critique: false,
    });
    expect(records.map(({ type }) => type)).toEqual(["response", "revision"]);
    expect(seen.at(-1)).toContain("C=(none)");
    expect(records.at(-1)?.parents).toEqual(["sl-cai/red-team-q/response-0"]);
  });

  it("draws independently for each prompt and round", async () => {
    const context = contextOf(faults, ["a", "b", "c", "d"]);
    const many = testPrompts("red-team", ...Array.from({ length: 50 }, (_, i) => `q${i}`));
    const records = await critiqueRevisionChains(many, context, { ...random, rounds: 2 });
    const drawn = records.filter((record) => record.type === "revision");
    const rounds = [1, 2].map((round) =>
      drawn.filter((each) => each.round === round).map(({ principleId }) => principleId),
    );
    expect(new Set(rounds[0])).toEqual(new Set(["a", "b", "c", "d"]));
    expect(rounds[0]).not.toEqual(rounds[1]);
  });
});

describe("revisions that may not be trained on", () => {
  const answers: Record<string, string> = {
    empty: "",
    meta: "here is the revised answer : soup",
    same: "same",
    long: "and so on …",
    good: "good answer",
  };
  const script: Script = {
    generate(prompt) {
      const question = /Q=(\S+)/.exec(prompt)?.[1] ?? "";
      if (prompt.startsWith("respond")) return question;
      return prompt.startsWith("critique") ? "so it breaks" : (answers[question] ?? "");
    },
  };
  const prompts = testPrompts("red-team", ...Object.keys(answers));

  it("are told apart, and the chain goes on from the response before them", async () => {
    const context = contextOf(script, ["danger"]);
    const records = await critiqueRevisionChains(prompts, context, { ...all, rounds: 2 });
    const outcomes = records.flatMap((record) =>
      record.type === "revision" && record.round === 1 ? [record.outcome] : [],
    );
    expect(outcomes).toEqual(["empty", "meta-text", "unchanged", "incomplete", "usable"]);
    const second = records.filter((record) => record.type === "revision" && record.round === 2);
    expect(second.map(({ parents }) => parents[0])).toEqual([
      "sl-cai/red-team-empty/response-0",
      "sl-cai/red-team-meta/response-0",
      "sl-cai/red-team-same/revision-1",
      "sl-cai/red-team-long/response-0",
      "sl-cai/red-team-good/revision-1",
    ]);
  });

  it("never become training pairs", async () => {
    const records = await critiqueRevisionChains(prompts, contextOf(script, ["danger"]), { ...all, rounds: 1 });
    const pairs = trainingPairs(records, testTemplates, "all");
    expect(pairs.map(({ completion, source }) => [completion, source])).toEqual([
      ["empty", "unrevised"],
      ["meta", "unrevised"],
      ["same", "revision"],
      ["long", "unrevised"],
      ["good answer", "revision"],
    ]);
  });

  it("leaves out responses that were cut off", async () => {
    const cut: Script = { generate: () => "on and on …" };
    const records = await critiqueRevisionChains(prompts, contextOf(cut, []), all);
    expect(trainingPairs(records, testTemplates, "all")).toEqual([]);
  });
});

describe("training pairs", () => {
  it("hold every usable revision with 'all', the last one with 'final', and carry their provenance", async () => {
    const context = contextOf(faults, ["danger", "tone"]);
    const records = await critiqueRevisionChains(testPrompts("red-team", "danger+tone"), context, all);
    const every = trainingPairs(records, testTemplates, "all");
    expect(every.map(({ round }) => round)).toEqual([1, 2]);
    expect(every[0]).toMatchObject({
      id: "sl-cai/red-team-danger+tone/example-1",
      parents: ["sl-cai/red-team-danger+tone/revision-1"],
      prompt: "respond Q=danger+tone",
      constitutionHash: context.constitution.hash,
    });
    expect(every[0]?.principleId).toMatch(/^(danger|tone)$/);
    expect(trainingPairs(records, testTemplates, "final")).toEqual(every.slice(1));
    expect(every.every((record) => feedbackRecordSchema.safeParse(record).success)).toBe(true);
  });
});

describe("re-reading", () => {
  const prompts = testPrompts("red-team", "danger+tone");
  const pairsOf = async (script: Script, rounds: number, reread: boolean) => {
    const records = await critiqueRevisionChains(prompts, contextOf(script, ["danger", "tone"]), {
      ...all,
      rounds,
      reread,
    });
    return { records, pairs: trainingPairs(records, testTemplates, "final", reread) };
  };

  it("leaves out a last revision that still breaks a principle, and keeps one that breaks none", async () => {
    const unread = await pairsOf(faults, 1, false);
    expect(unread.pairs).toHaveLength(1);
    const once = await pairsOf(faults, 1, true);
    expect(once.pairs).toEqual([]);
    expect(once.records.filter(({ type }) => type === "critique")).toHaveLength(4);
    expect(once.records.filter(({ type }) => type === "revision")).toHaveLength(1);
    expect((await pairsOf(faults, 2, true)).pairs.map(({ completion }) => completion)).toEqual(["clean"]);
  });

  const cook: Script = {
    generate(prompt) {
      const [, kind, , r = "", p = ""] = /^(\w+) Q=(\S+)(?: R=(.+?) P=(\S+))?/.exec(prompt) ?? [];
      const cooks = r.includes("boil the soup");
      if (kind === "respond") return "now boil the soup";
      if (kind === "critique") return cooks === (p === "danger") ? `${p} , so it breaks` : "so it keeps";
      return cooks ? "no , not that" : "well , boil the soup";
    },
  };

  it("counts a round that puts back what an earlier one removed, and trains on no such chain", async () => {
    const { records, pairs } = await pairsOf(cook, 2, true);
    expect(findChainFaults(records).putBacks).toEqual([{ round: 2, ofRound: 1, words: 3 }]);
    expect(pairs).toEqual([]);
    expect(findChainFaults((await pairsOf(faults, 2, true)).records).putBacks).toEqual([]);
  });
});

describe("seeds", () => {
  const echo: Script = {
    generate: (_, seed, { temperature }) => (temperature === 0 ? "so it breaks" : `text ${seed}`),
  };
  const prompts = testPrompts("red-team", "a", "b", "c");

  it("give the same bytes again, and other bytes for another seed", async () => {
    const run = async (seed: number) =>
      JSON.stringify(await critiqueRevisionChains(prompts, contextOf(echo, ["x", "y"], seed), all));
    expect(await run(3)).toBe(await run(3));
    expect(await run(3)).not.toBe(await run(4));
  });

  it("belong to the item: alone, in another order or in another batch it gets the same records", async () => {
    const context = contextOf(echo, ["x", "y"]);
    const together = await critiqueRevisionChains(prompts, context, all);
    const reversed = await critiqueRevisionChains([...prompts].reverse(), context, all);
    const alone = await critiqueRevisionChains(prompts.slice(1, 2), context, all);
    const ofB = (records: readonly ChainRecord[]) => records.filter(({ promptId }) => promptId === "red-team-b");
    expect(ofB(reversed)).toEqual(ofB(together));
    expect(alone).toEqual(ofB(together));
  });

  it("differ between all requests of a chain", async () => {
    const seeds: number[] = [];
    const listening: Script = {
      generate: (prompt, seed, options) => {
        seeds.push(seed);
        return echo.generate(prompt, seed, options);
      },
    };
    await critiqueRevisionChains(prompts, contextOf(listening, ["x", "y"]), all);
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.length).toBe(3 + 3 * (3 * 2 + 3));
  });
});

describe("failures", () => {
  it("names the request that a model left unanswered", async () => {
    const context = contextOf(faults, ["danger"]);
    const silent = { ...context.model, async *generate() {} };
    await expect(
      critiqueRevisionChains(testPrompts("red-team", "q"), { ...context, model: silent }, all),
    ).rejects.toMatchObject({
      code: "model-failed",
      message: expect.stringContaining("sl-cai/red-team-q/response-0"),
    });
  });

  it("is interrupted by the signal", async () => {
    const signal = AbortSignal.abort();
    await expect(
      critiqueRevisionChains(testPrompts("red-team", "q"), { ...contextOf(faults, ["danger"]), signal }, all),
    ).rejects.toMatchObject({ code: "interrupted" });
  });
});
