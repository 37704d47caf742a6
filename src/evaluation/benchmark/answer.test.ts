import { describe, expect, it } from "vitest";
import type { Generation, GenerationOptions, GenerationRequest, LanguageModel } from "../../language-model.ts";
import { isEstimate, wilson } from "../../statistics/index.ts";
import { answerSchema } from "../records.ts";
import { type AnswerOptions, answerTrials, trialsOf } from "./answer.ts";
import { evaluateModel } from "./evaluate-model.ts";
import { pairedDifferenceOf } from "./paired.ts";
import { measuresBySplit } from "./records.ts";
import type { Benchmark, Task } from "./types.ts";

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

const render: NonNullable<AnswerOptions["subject"]["render"]> = (messages) => ({
  prompt: `ask ${messages[0]?.content}`,
  stop: [],
  maxTokens: messages[0]?.content.includes("long") ? 20 : 10,
});

function grade(request: string, response: string) {
  const reward = { goldReward: request === "good one" ? 2 : response.startsWith("no") ? 1 : 0 };
  const isYes = response.startsWith("yes");
  return request.includes("bad")
    ? { ...reward, violation: isYes, "byPrinciple.one": isYes }
    : { ...reward, harmlessAnswered: isYes };
}

const task = (split: string, id: string, content: string): Task => ({
  id,
  groups: { split },
  questions: () => [{ ask: "generate", messages: [{ role: "user", content }], maxTokens: 64 }],
  score: ([reply]) => grade(content, reply?.ask === "generate" ? reply.text : ""),
});
const tasks = [
  task("seen", "a", "bad one"),
  task("seen", "b", "good one"),
  task("seen", "c", "long good one"),
  task("heldOut", "d", "bad two"),
  task("heldOut", "e", "bad three"),
];
const seen = tasks.filter(({ groups }) => groups["split"] === "seen");

const rate = { kind: "rate", about: "" } as const;
const benchmark: Benchmark = {
  id: "toy",
  version: "1",
  files: [],
  get: "",
  temperature: 1,
  about: { title: "", citation: "", source: "", licence: "", size: 5, verified: "real rows" },
  metrics: {
    violation: rate,
    harmlessAnswered: rate,
    "byPrinciple.one": rate,
    goldReward: { kind: "mean", about: "" },
  },
  async *load() {
    yield* tasks;
  },
};
const options: AnswerOptions = {
  ...{ stage: "evaluate", benchmark, subject: { name: "initial", render }, templateVersion: "test-1" },
  ...{ constitutionHash: "sha256:0", seed: 7, temperature: 1, mustAnswer: true },
};

describe("evaluateModel", () => {
  it("answers every item, in order, as records of the schema, and measures them split by split", async () => {
    const { answers, result } = await evaluateModel(model(), benchmark, { seed: 7, render });
    expect(answers.map(({ itemId }) => itemId)).toEqual(["a", "b", "c", "d", "e"]);
    for (const answer of answers) expect(() => answerSchema.parse(answer)).not.toThrow();
    const { seen: first, heldOut } = result.by["split"] ?? {};
    expect(first).toMatchObject({
      violation: wilson(0, 1),
      harmlessAnswered: wilson(2, 2),
      "byPrinciple.one": wilson(0, 1),
    });
    expect(heldOut).toMatchObject({ violation: wilson(0, 2), "byPrinciple.one": wilson(0, 2) });
    expect(heldOut?.["harmlessAnswered"]).toBeUndefined();
    expect(measuresBySplit(answers, benchmark)).toEqual(result.by["split"]);
  });
});

describe("answerTrials", () => {
  const answer = (more: Partial<AnswerOptions> = {}, subject = model()) =>
    answerTrials(subject, trialsOf(tasks, 1), { ...options, ...more });

  it("gives subjects common random numbers, and another seed others", async () => {
    const ours = await answer();
    const theirs = await answer({ subject: { name: "sl-cai", render } });
    const other = await answer({ seed: 8 });
    const seeds = (answers: typeof ours) => answers.map(({ seed }) => seed);
    expect(seeds(theirs)).toEqual(seeds(ours));
    expect(seeds(other)).not.toEqual(seeds(ours));
    expect(new Set(seeds(ours)).size).toBe(5);
  });

  it("does not depend on how items are batched", async () => {
    const whole = await answerTrials(model(), trialsOf(seen, 1), options);
    const parts = [];
    for (const one of seen) parts.push(...(await answerTrials(model(), trialsOf([one], 1), options)));
    expect(parts).toEqual(whole);
  });

  it("groups requests by where they end, counts progress, samples more than once", async () => {
    const calls: { requests: readonly GenerationRequest[]; options: GenerationOptions }[] = [];
    let [done, tokens] = [0, 0];
    const advance = (n: number, detail?: { tokens?: number | undefined }): void => {
      done += n;
      tokens += detail?.tokens ?? 0;
    };
    const answers = await answerTrials(model(calls), trialsOf(seen, 3), { ...options, advance });
    expect(answers).toHaveLength(9);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(9);
    expect(calls.map(({ options, requests }) => [options.maxTokens, requests.length])).toEqual([
      [10, 6],
      [20, 3],
    ]);
    expect([done, tokens]).toEqual([9, 45]); // Prompts and completions.
  });

  it("fails on a missing or failed answer rather than scoring it", async () => {
    const failing = (failure: Pick<Generation, "outcome" | "error">): LanguageModel => ({
      ...model(),
      async *generate(requests) {
        const usage = { promptTokens: 0, completionTokens: 0 };
        for (const { id } of requests) yield { id, text: "", finishReason: "error", usage, ...failure };
      },
    });
    const silent: LanguageModel = { ...model(), async *generate() {} };
    for (const bad of [silent, failing({})]) {
      await expect(answer({}, bad)).rejects.toMatchObject({ code: "model-failed" });
    }
    const error = "a prompt of 300 tokens for a context of 256";
    await expect(answer({}, failing({ outcome: "context-overflow", error }))).rejects.toMatchObject({
      details: { found: `no answer to a: ${error}`, remedy: expect.stringContaining("whose context holds") },
    });
    const [kept] = await answer({ mustAnswer: false }, failing({}));
    expect(kept?.replies).toMatchObject([{ missing: "error" }]);
  });
});

describe("pairedDifferenceOf", () => {
  const answersOf = (samples: number) => answerTrials(model(), trialsOf(tasks, samples), options);

  it("pairs by split and item, averaging samples first", async () => {
    const answers = await answersOf(2);
    const better = answers.map((answer, i) => ({
      ...answer,
      values: { ...answer.values, goldReward: Number(answer.values["goldReward"]) + (i % 2) },
    }));
    const difference = pairedDifferenceOf("goldReward", [...better].reverse(), answers);
    expect(difference).toEqual({ zeroVariance: true, estimate: 0.5, low: 0.5, high: 0.5, n: 5 });
    const { all } = measuresBySplit(
      answers.map((answer) => ({ ...answer, groups: {} })),
      benchmark,
      2,
    );
    const gold = all?.["goldReward"];
    expect(isEstimate(gold) ? [gold.estimate, gold.clusters] : []).toEqual([1, 5]);
  });

  it("refuses different items and absent rewards", async () => {
    const answers = await answersOf(1);
    expect(() => pairedDifferenceOf("goldReward", answers.slice(1), answers)).toThrowError(/seen\/a/);
    expect(() => pairedDifferenceOf("goldReward", answers, answers.slice(1))).toThrowError(/seen\/a/);
    const bare = answers.map((answer) => ({ ...answer, values: {} }));
    expect(() => pairedDifferenceOf("goldReward", bare, bare)).toThrowError(
      expect.objectContaining({ code: "input-invalid" }),
    );
  });
});
