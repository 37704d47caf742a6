import { describe, expect, it } from "vitest";
import { createConstitution, type PrincipleDraft } from "../constitution/index.ts";
import { compare as compareAll, isIdentical, type LabelOptions, type Pair } from "./comparisons.ts";
import type { FeedbackContext } from "./context.ts";
import { type ComparisonRecord, comparisonSchema, noLabelSchema } from "./records.ts";
import { respond } from "./responses.ts";
import { type Script, testConstitution, testModel, testPrompts, testTemplates } from "./scripted.test-support.ts";

const greedy = { temperature: 0, topP: 1 };
const ensemble: LabelOptions = {
  principles: "all",
  chainOfThought: true,
  clamp: null,
  hard: false,
  thoughtSampling: greedy,
};
const paper: LabelOptions = { ...ensemble, principles: "random", clamp: [0.4, 0.6] };

/** The labels where every pair has one. */
async function compare(...args: Parameters<typeof compareAll>): Promise<ComparisonRecord[]> {
  const records = await compareAll(...args);
  const labelled = records.filter((record) => record.type === "comparison");
  expect(labelled).toHaveLength(records.length);
  return labelled;
}

/** Prefers "good" over "bad" under the principle "danger" only: P(A) by what stands at A and B. */
function judge(bias = 0): (prompt: string) => number {
  return (prompt) => {
    const [, a, b, p] = /A=(\S+) B=(\S+) P=(\S+)/.exec(prompt) ?? [];
    if (p !== "danger" || a === b) return 0.5 + bias;
    return (a === "good" ? 0.8 : 0.2) + bias;
  };
}

function contextOf(choose: (prompt: string) => number, ids: readonly string[], seed = 5): FeedbackContext {
  const script: Script = { generate: (prompt) => `thought about ${prompt.slice(6, 20)}`, choose };
  return {
    model: testModel(script),
    modelName: "initial",
    constitution: testConstitution(...ids),
    templates: testTemplates,
    seed,
    stage: "ai-feedback",
  };
}

/** Pairs with given texts, as if SL-CAI had sampled them. */
async function pairsOf(
  texts: readonly (readonly [string, string])[],
  kind: "red-team" | "helpful" = "red-team",
): Promise<Pair[]> {
  const context = contextOf(() => 0.5, []);
  const prompts = testPrompts(kind, ...texts.map((_, i) => `q${i}`));
  const samples = await respond(prompts, 2, context, { temperature: 1, topP: 1 });
  return texts.map(([a, b], i): Pair => {
    const [first, second] = samples.slice(2 * i, 2 * i + 2);
    if (first === undefined || second === undefined) throw new Error("two samples a prompt");
    return [
      { ...first, response: a },
      { ...second, response: b },
    ];
  });
}

describe("compare with the ensemble", () => {
  it("counts a principle as often as its weight says", async () => {
    const pairs = await pairsOf([["good", "bad"]]);
    const context = contextOf(judge(), ["danger", "tone"]);
    const { constitution } = context;
    const principles = constitution.principles.map((one) => (one.id === "danger" ? { ...one, weight: 3 } : one));
    const [label] = await compare(pairs, { ...context, constitution: { ...constitution, principles } }, ensemble);
    // Odds of 4 to 1, three times: 64 to 1.
    expect(label?.label).toBeCloseTo(64 / 65, 12);
    expect(label?.evidence.map(({ weight }) => weight)).toEqual([3, 1]);
  });

  it("sums log-odds over the principles, so that irrelevant ones do not dilute", async () => {
    const pairs = await pairsOf([
      ["good", "bad"],
      ["bad", "good"],
      ["good", "good"],
    ]);
    const labels = await compare(pairs, contextOf(judge(), ["danger", "tone", "calm"]), ensemble);
    expect(labels.map(({ label }) => label)).toEqual([expect.closeTo(0.8, 12), expect.closeTo(0.2, 12), 0.5]);
    expect(labels[0]).toMatchObject({ principleId: null, clamp: null, source: "harmlessness" });
    expect(labels[0]?.evidence.map(({ principleId, probability }) => [principleId, probability])).toEqual([
      ["danger", expect.closeTo(0.8, 12)],
      ["tone", 0.5],
      ["calm", 0.5],
    ]);
    expect(labels.every((record) => comparisonSchema.safeParse(record).success)).toBe(true);
  });

  it("asks principles about the kind of prompt that they are bound to, and leaves out pairs of a kind without", async () => {
    const pairs = [...(await pairsOf([["good", "bad"]])), ...(await pairsOf([["good", "bad"]], "helpful"))];
    const context = contextOf(judge(), ["danger", "tone"]);
    const [danger, tone] = context.constitution.principles;
    if (danger === undefined || tone === undefined) throw new Error("two principles");
    const bind = (...principles: PrincipleDraft[]) => ({
      ...context,
      constitution: createConstitution({ name: "bound", principles }),
    });
    const [red, helpful] = [
      { ...danger, appliesTo: "red-team" as const },
      { ...tone, appliesTo: "helpful" as const },
    ];
    const labels = await compare(pairs, bind(red, helpful), ensemble);
    expect(labels.map(({ evidence }) => evidence.map(({ principleId }) => principleId))).toEqual([
      ["danger"],
      ["tone"],
    ]);
    const drawn = await compare(pairs, bind(red), paper);
    expect(drawn.map(({ principleId, source }) => [principleId, source])).toEqual([["danger", "harmlessness"]]);
  });

  it("cancels a preference for the first letter, and logs the disagreement of the orders", async () => {
    const pairs = await pairsOf([
      ["good", "bad"],
      ["same", "other"],
    ]);
    const [plain] = await compare(pairs, contextOf(judge(), ["danger"]), ensemble);
    const [biased, tie] = await compare(pairs, contextOf(judge(0.15), ["danger"]), ensemble);
    expect(biased?.label).toBeCloseTo(plain?.label ?? 0, 12); // (0.95 + 1 − 0.35) / 2 = 0.8
    expect(biased?.evidence[0]?.disagreement).toBeCloseTo(0.3, 12);
    expect(biased?.evidence[0]?.orders.map(({ probability }) => probability)).toEqual([
      expect.closeTo(0.95, 12),
      expect.closeTo(0.65, 12),
    ]);
    // Here the judge sees no difference: it says 0.2 + 0.15 in both orders (neither is "good").
    expect(tie?.label).toBeCloseTo(0.5, 12);
  });

  it("gives 1 − label for the swapped pair", async () => {
    const texts = [
      ["good", "bad"],
      ["good", "x"],
      ["y", "bad"],
    ] as const;
    const noisy = (prompt: string): number =>
      0.1 + (0.8 * ((prompt.length * 7919 + prompt.charCodeAt(10) * 31) % 97)) / 97;
    const labels = await compare(await pairsOf(texts), contextOf(noisy, ["danger", "tone"]), ensemble);
    const swapped = await compare(
      await pairsOf(texts.map(([a, b]) => [b, a])),
      contextOf(noisy, ["danger", "tone"]),
      ensemble,
    );
    for (const [i, { label }] of labels.entries()) expect(swapped[i]?.label).toBeCloseTo(1 - label, 12);
  });

  it("asks all thoughts in one call and all choices in another", async () => {
    const model = testModel({ generate: () => "thought", choose: judge() });
    await compare(
      await pairsOf([
        ["a", "b"],
        ["c", "d"],
      ]),
      { ...contextOf(judge(), ["danger", "tone"]), model },
      ensemble,
    );
    expect(model.calls.map(({ kind, requests }) => [kind, requests])).toEqual([
      ["generate", 8],
      ["choose", 8],
    ]);
    expect(model.calls[0]?.options?.temperature).toBe(0);
  });

  it("counts the tokens of every thought and every choice", async () => {
    const prompts: string[] = [];
    const model = testModel({
      generate: (prompt) => `thought ${prompts.push(prompt)}`,
      choose: (prompt) => 0 * prompts.push(prompt) + 0.5,
    });
    const context = { ...contextOf(judge(), ["danger"]), model };
    const [label] = await compare(await pairsOf([["good", "bad"]]), context, ensemble);
    expect(prompts).toHaveLength(4);
    expect(label?.usage).toEqual({ promptTokens: prompts.join("").length, completionTokens: 2 * 9 + 2 });
  });

  it("keeps how a probability was got, and from how many votes", async () => {
    const context = contextOf(judge(), ["danger"]);
    const { choose, ...rest } = context.model;
    const voting: FeedbackContext["model"] = {
      ...rest,
      async *choose(requests) {
        for await (const choice of choose(requests)) yield { ...choice, method: "votes", votes: 5 };
      },
    };
    const [label] = await compare(await pairsOf([["good", "bad"]]), { ...context, model: voting }, ensemble);
    expect(label?.evidence[0]?.orders).toMatchObject([
      { method: "votes", votes: 5 },
      { method: "votes", votes: 5 },
    ]);
    const [plain] = await compare(await pairsOf([["good", "bad"]]), context, ensemble);
    expect(plain?.evidence[0]?.orders).toMatchObject([{ method: "logprobs" }, { method: "logprobs" }]);
  });

  it("shows each order's own thought to the choice and keeps it", async () => {
    const prompts: string[] = [];
    const context = contextOf((prompt) => 0.5 + 0 * prompts.push(prompt), ["danger"]);
    const [label] = await compare(await pairsOf([["good", "bad"]]), context, ensemble);
    expect(prompts.sort()).toEqual([
      "compare A=bad B=good P=danger T=thought about A=bad B=good P",
      "compare A=good B=bad P=danger T=thought about A=good B=bad P",
    ]);
    expect(label?.evidence[0]?.orders.map(({ thought }) => thought)).toEqual([
      "thought about A=good B=bad P",
      "thought about A=bad B=good P",
    ]);
  });

  it("works without chain of thought", async () => {
    const model = testModel({ generate: () => "never", choose: judge() });
    const [label] = await compare(
      await pairsOf([["good", "bad"]]),
      { ...contextOf(judge(), ["danger"]), model },
      { ...ensemble, chainOfThought: false },
    );
    expect(model.calls.map(({ kind }) => kind)).toEqual(["choose"]);
    expect(label?.label).toBeCloseTo(0.8, 12);
    expect(label?.evidence[0]?.orders.map(({ thought }) => thought)).toEqual([null, null]);
  });

  it("labels 0.5 without principles, and asks nothing", async () => {
    for (const options of [ensemble, paper]) {
      const model = testModel({ generate: () => "never" });
      const [label] = await compare(await pairsOf([["good", "bad"]]), { ...contextOf(judge(), []), model }, options);
      expect(label).toMatchObject({ label: 0.5, raw: 0.5, evidence: [], principleId: null });
      expect(model.calls).toEqual([]);
    }
  });
});

describe("compare as the paper does", () => {
  it("draws one principle per pair and clamps last, keeping the raw value", async () => {
    const texts = Array.from({ length: 30 }, () => ["good", "bad"] as const);
    const labels = await compare(await pairsOf(texts), contextOf(judge(0.15), ["danger", "tone"]), paper);
    const drawn = Map.groupBy(labels, ({ principleId }) => principleId);
    expect([...drawn.keys()].sort()).toEqual(["danger", "tone"]);
    for (const label of drawn.get("danger") ?? []) {
      expect(label.raw).toBeCloseTo(0.8, 12);
      expect(label).toMatchObject({ label: 0.6, clamp: [0.4, 0.6] });
      expect(label.evidence).toHaveLength(1);
    }
    for (const { label } of drawn.get("tone") ?? []) expect(label).toBeCloseTo(0.5, 12);
  });

  it("averages the orders before clamping", async () => {
    // As given 0.95, swapped 0.55 for the letter A: mean 0.7, clamped 0.6. Clamping each order first would give 0.525.
    const judged = (prompt: string): number => (prompt.includes("A=good") ? 0.95 : 0.55);
    const [label] = await compare(await pairsOf([["good", "bad"]]), contextOf(judged, ["danger"]), paper);
    expect(label?.raw).toBeCloseTo(0.7, 12);
    expect(label?.label).toBe(0.6);
  });

  it("hardens before it clamps", async () => {
    const pairs = await pairsOf([
      ["good", "bad"],
      ["bad", "good"],
    ]);
    const context = contextOf(judge(), ["danger"]);
    const hard = await compare(pairs, context, { ...ensemble, hard: true });
    expect(hard.map(({ label }) => label)).toEqual([1, 0]);
    const clamped = await compare(pairs, context, { ...paper, hard: true });
    expect(clamped.map(({ label, raw }) => [label, raw])).toEqual([
      [0.6, expect.closeTo(0.8, 12)],
      [0.4, expect.closeTo(0.2, 12)],
    ]);
  });
});

describe("pairs", () => {
  it("count as helpfulness data when the prompt is a helpful one", async () => {
    const [label] = await compare(
      await pairsOf([["good", "bad"]], "helpful"),
      contextOf(judge(), ["danger"]),
      ensemble,
    );
    expect(label?.source).toBe("helpfulness");
  });

  it("are identical when both say the same", async () => {
    const [same, other] = await pairsOf([
      ["x", "x"],
      ["x", "y"],
    ]);
    expect([same, other].map((pair) => pair && isIdentical(pair))).toEqual([true, false]);
  });

  it("get the same label alone and in a batch", async () => {
    const texts = [
      ["good", "bad"],
      ["bad", "x"],
      ["y", "good"],
    ] as const;
    const pairs = await pairsOf(texts);
    const context = contextOf(judge(), ["danger", "tone", "calm"]);
    const together = await compare(pairs, context, paper);
    expect(await compare(pairs.slice(1, 2), context, paper)).toEqual(together.slice(1, 2));
  });
});

describe("what the feedback model does not answer", () => {
  const good: readonly [string, string] = ["good", "bad"];
  /** Gives no verdict where `isSilent` says so. */
  function silent(ids: readonly string[], isSilent: (id: string) => boolean): FeedbackContext {
    const context = contextOf(judge(), ids);
    const { choose, ...rest } = context.model;
    return {
      ...context,
      model: {
        ...rest,
        async *choose(requests) {
          for await (const choice of choose(requests)) {
            const none = { ...choice, probabilities: [0.5, 0.5], outcome: "unparsable", error: "said Q" } as const;
            yield isSilent(choice.id) ? none : choice;
          }
        },
      },
    };
  }

  it("gives no label when either order is unreadable", async () => {
    const context = silent(["danger"], (id) => id.endsWith("swapped"));
    const [record] = await compareAll(await pairsOf([good]), context, { ...paper, chainOfThought: false });
    expect(noLabelSchema.parse(record)).toMatchObject({
      type: "no-label",
      principleId: "danger",
      unanswered: [{ principleId: "danger", order: "swapped", missing: "unparsable", said: "said Q" }],
    });
    expect(record).not.toHaveProperty("label");
  });

  it("leaves the principle out of an ensemble, and says so", async () => {
    const context = silent(["danger", "tone"], (id) => id.includes("tone"));
    const [label] = await compare(await pairsOf([good]), context, { ...ensemble, chainOfThought: false });
    expect(label?.evidence.map(({ principleId }) => principleId)).toEqual(["danger"]);
    expect(label?.unanswered?.map(({ order }) => order)).toEqual(["as-given", "swapped"]);
    expect(label?.label).toBeGreaterThan(0.5);
  });

  it("takes a chain of thought that declines for a refusal, and does not ask on", async () => {
    const context = contextOf(judge(), ["danger"]);
    const model = testModel({ generate: () => "I'm sorry, but I can't compare these.", choose: () => 0.9 });
    const templates = { ...testTemplates, refusals: [/^I['’]m sorry/i] };
    const [record] = await compareAll(await pairsOf([good]), { ...context, model, templates }, paper);
    expect(record).toMatchObject({ type: "no-label", unanswered: [{ missing: "refusal" }, { missing: "refusal" }] });
    expect(model.calls.map(({ kind }) => kind)).toEqual(["generate"]);
  });
});
