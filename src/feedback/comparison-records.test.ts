import { describe, expect, it } from "vitest";
import { compare, type LabelOptions, type Pair } from "./comparisons.ts";
import type { FeedbackContext } from "./context.ts";
import { respond } from "./responses.ts";
import { type Script, testConstitution, testModel, testPrompts, testTemplates } from "./scripted.test-support.ts";

const greedy = { temperature: 0, topP: 1 };
const drawn: LabelOptions = {
  principles: "random",
  chainOfThought: false,
  clamp: null,
  hard: false,
  thoughtSampling: greedy,
};

const contextOf = (script: Script): FeedbackContext => ({
  model: testModel(script),
  modelName: "initial",
  constitution: testConstitution("danger"),
  templates: { ...testTemplates, refusals: [/^I['’]m sorry/i] },
  seed: 5,
  stage: "ai-feedback",
});

/** What comes of one pair, "good" and "bad", under one principle. */
async function recordOf(script: Script, options: Partial<LabelOptions>) {
  const context = contextOf(script);
  const [first, second] = await respond(testPrompts("red-team", "q"), 2, context, greedy);
  if (first === undefined || second === undefined) throw new Error("two samples a prompt");
  const pair: Pair = [
    { ...first, response: "good" },
    { ...second, response: "bad" },
  ];
  return (await compare([pair], context, { ...drawn, ...options }))[0];
}

describe("the record of a comparison", () => {
  /** P(A) where the response that is meant to win has the probability p. */
  const winning = (p: number): Script => ({
    generate: () => "an answer",
    choose: (prompt) => (prompt.includes("A=good") ? p : 1 - p),
  });

  it("has a label sharpened by a temperature below 1, beside the raw one", async () => {
    // Odds of 3 to 1, squared.
    const sharp = await recordOf(winning(0.75), { temperature: 0.5 });
    expect(sharp).toMatchObject({ raw: 0.75, label: expect.closeTo(0.9, 12) });
    expect(await recordOf(winning(0.75), {})).toMatchObject({ raw: 0.75, label: 0.75 });
  });

  it("keeps a certain loss of the first response, where nothing clamps it", async () => {
    expect(await recordOf(winning(0), {})).toMatchObject({ raw: 0, label: 0 });
    expect(await recordOf(winning(1), {})).toMatchObject({ raw: 1, label: 1 });
  });

  it("says with which words a thought declined: the first 200 letters, without the white space before them", async () => {
    const words = "I'm sorry, but I cannot compare them. ";
    const declining: Script = { generate: () => words + "x".repeat(300) };
    const record = await recordOf(declining, { chainOfThought: true });
    const said = words + "x".repeat(200 - words.length);
    expect(record).toMatchObject({
      type: "no-label",
      unanswered: [
        { missing: "refusal", said },
        { missing: "refusal", said },
      ],
    });
  });
});
