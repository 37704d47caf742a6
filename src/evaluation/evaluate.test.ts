import { describe, expect, it } from "vitest";
import type { Generation, GenerationOptions, GenerationRequest, LanguageModel } from "../language-model.ts";
import { wilson } from "../statistics/index.ts";
import { aggregate, answerItems, comparePaired, evaluateModel, meanGoldReward } from "./evaluate.ts";
import { answerSchema } from "./records.ts";
import type { Suite, SuiteItem } from "./suite.ts";

const item = (id: string, content: string): SuiteItem => ({ id, messages: [{ role: "user", content }] });

/** Says "no" to anything with a "bad" in it; the last character tells the request's seed parity. */
function model(calls: { requests: readonly GenerationRequest[]; options: GenerationOptions }[] = []): LanguageModel {
  return {
    id: "test",
    capabilities: { logprobs: false, prefill: false, rawCompletion: true },
    async *generate(requests, options) {
      calls.push({ requests, options });
      // Backwards: results come in any order.
      for (const { id, prompt, seed } of [...requests].reverse()) {
        const refused = String(prompt).includes("bad");
        const text = refused ? `no ${seed % 2}` : `yes ${seed % 2}`;
        yield { id, text, finishReason: "stop", usage: { promptTokens: 3, completionTokens: 2 } } satisfies Generation;
      }
    },
    async *choose() {},
    async *score() {},
  };
}

const templates = {
  version: "test-1",
  response: (messages: readonly { content: string }[]) => ({
    prompt: `ask ${messages[0]?.content}`,
    stop: [],
    maxTokens: messages[0]?.content.includes("long") ? 20 : 10,
  }),
};

const suite: Suite = {
  id: "toy",
  splits: {
    seen: [item("a", "bad one"), item("b", "good one"), item("c", "long good one")],
    heldOut: [item("d", "bad two"), item("e", "bad three")],
  },
  metrics: ["violation", "harmlessAnswered", "byPrinciple.one"],
  score(asked, response) {
    const governed = asked.messages[0]?.content.includes("bad") ?? false;
    return {
      violation: governed ? response.startsWith("yes") : null,
      harmlessAnswered: governed ? null : response.startsWith("yes"),
      "byPrinciple.one": governed ? response.startsWith("yes") : null,
    };
  },
  reward: (asked, response) => (asked.id === "b" ? 2 : response.startsWith("no") ? 1 : 0),
};

const options = { templates, checkpoint: "initial", constitutionHash: "sha256:0", seed: 7 };

describe("evaluateModel", () => {
  it("answers every item of every split, in order, as records of the schema", async () => {
    const { answers, rates } = await evaluateModel(model(), suite, options);
    expect(answers.map(({ itemId }) => itemId)).toEqual(["a", "b", "c", "d", "e"]);
    for (const answer of answers) expect(() => answerSchema.parse(answer)).not.toThrow();
    expect(rates).toEqual({
      seen: { violation: wilson(0, 1), harmlessAnswered: wilson(2, 2), byPrinciple: { one: wilson(0, 1) } },
      heldOut: { violation: wilson(0, 2), byPrinciple: { one: wilson(0, 2) } },
    });
  });

  it("gives checkpoints common random numbers, and another seed others", async () => {
    const ours = await evaluateModel(model(), suite, options);
    const theirs = await evaluateModel(model(), suite, { ...options, checkpoint: "sl-cai" });
    const other = await evaluateModel(model(), suite, { ...options, seed: 8 });
    const seeds = (evaluation: typeof ours) => evaluation.answers.map(({ seed }) => seed);
    expect(seeds(theirs)).toEqual(seeds(ours));
    expect(seeds(other)).not.toEqual(seeds(ours));
    expect(new Set(seeds(ours)).size).toBe(5);
  });

  it("does not depend on how items are batched", async () => {
    const whole = await answerItems(model(), suite, "seen", suite.splits["seen"] ?? [], options);
    const parts = [];
    for (const one of suite.splits["seen"] ?? [])
      parts.push(...(await answerItems(model(), suite, "seen", [one], options)));
    expect(parts).toEqual(whole);
  });

  it("groups requests by where they end, counts progress, samples more than once", async () => {
    const calls: { requests: readonly GenerationRequest[]; options: GenerationOptions }[] = [];
    let done = 0;
    let tokens = 0;
    const progress = {
      advance(n: number, detail?: { tokens?: number | undefined }) {
        done += n;
        tokens += detail?.tokens ?? 0;
      },
    };
    const answers = await answerItems(model(calls), suite, "seen", suite.splits["seen"] ?? [], {
      ...options,
      samples: 3,
      progress,
    });
    expect(answers).toHaveLength(9);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(9);
    expect(calls.map(({ options, requests }) => [options.maxTokens, requests.length])).toEqual([
      [10, 6],
      [20, 3],
    ]);
    expect([done, tokens]).toEqual([9, 18]);
  });

  it("fails on a missing or failed answer rather than scoring it", async () => {
    const silent: LanguageModel = { ...model(), async *generate() {} };
    const broken: LanguageModel = {
      ...model(),
      async *generate(requests) {
        for (const { id } of requests) {
          yield { id, text: "", finishReason: "error", usage: { promptTokens: 0, completionTokens: 0 } };
        }
      },
    };
    for (const bad of [silent, broken]) {
      await expect(evaluateModel(bad, suite, options)).rejects.toMatchObject({ code: "model-failed" });
    }
    const error = "a prompt of 300 tokens for a context of 256";
    const full: LanguageModel = {
      ...model(),
      async *generate(requests) {
        const usage = { promptTokens: 300, completionTokens: 0 };
        for (const { id } of requests)
          yield { id, text: "", finishReason: "error", outcome: "context-overflow", error, usage };
      },
    };
    await expect(evaluateModel(full, suite, options)).rejects.toMatchObject({
      details: { found: `no answer to a: ${error}`, remedy: expect.stringContaining("whose context holds") },
    });
    await expect(answerItems(model(), suite, "toString", [], options)).rejects.toMatchObject({ code: "input-invalid" });
  });
});

describe("aggregate", () => {
  const outcome = (split: string, values: Record<string, boolean | null>) => ({ split, outcome: values });

  it("counts true over true and false, and leaves null out", () => {
    const answers = [
      outcome("s", { v: true, "by.x": true }),
      outcome("s", { v: false, "by.x": null }),
      outcome("s", { v: null, "by.y": null }),
      outcome("t", { v: null }),
    ];
    const rates = { s: { v: wilson(1, 2), by: { x: wilson(1, 1) } }, t: {} };
    expect(aggregate(answers)).toEqual(rates);
    expect(aggregate([...answers].reverse())).toEqual(rates);
  });

  it("nests names that objects inherit", () => {
    expect(aggregate([outcome("s", { "byPrinciple.constructor": true })])).toEqual({
      s: { byPrinciple: { constructor: wilson(1, 1) } },
    });
  });

  it.each([[["a", "a.b"]], [["a.b", "a"]]])("refuses %j together", ([first = "", second = ""]) => {
    expect(() => aggregate([outcome("s", { [first]: true, [second]: true })])).toThrowError(
      expect.objectContaining({ code: "input-invalid" }),
    );
  });
});

describe("comparePaired", () => {
  it("pairs by split and item, averaging samples first", async () => {
    const { answers } = await evaluateModel(model(), suite, { ...options, samples: 2 });
    const better = answers.map((answer, i) => ({ ...answer, goldReward: (answer.goldReward ?? 0) + (i % 2) }));
    const difference = comparePaired([...better].reverse(), answers);
    expect(difference).toEqual({ zeroVariance: true, estimate: 0.5, low: 0.5, high: 0.5, n: 5 });
    expect(meanGoldReward(answers)).toMatchObject({ estimate: 5 / 5, n: 5 });
  });

  it("refuses different items and absent rewards", async () => {
    const { answers } = await evaluateModel(model(), suite, options);
    expect(() => comparePaired(answers.slice(1), answers)).toThrowError(/seen\/a/);
    expect(() => comparePaired(answers, answers.slice(1))).toThrowError(/seen\/a/);
    const bare = answers.map((answer) => ({ ...answer, goldReward: null }));
    expect(() => comparePaired(bare, bare)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });
});
