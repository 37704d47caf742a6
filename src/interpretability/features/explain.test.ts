import { expect, test } from "vitest";
import type { Choice, ChoiceRequest, Generation, GenerationRequest, LanguageModel } from "../../language-model.ts";
import { explainFeature } from "./explain.ts";
import type { FeaturePage } from "./page.ts";

const usage = { promptTokens: 1, completionTokens: 1 };
const contentOf = ({ prompt }: GenerationRequest | ChoiceRequest): string =>
  typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");

/** Names the first marked word, and says yes to texts that have it. */
const reader = (answers: (word: string, text: string) => number | undefined): LanguageModel => ({
  id: "reader",
  capabilities: { logprobs: true, prefill: false, rawCompletion: false },
  async *generate(requests): AsyncGenerator<Generation> {
    for (const request of requests)
      yield { id: request.id, text: ` ${/«(\S+)»/.exec(contentOf(request))?.[1]} `, finishReason: "stop", usage };
  },
  async *choose(requests): AsyncGenerator<Choice> {
    for (const request of requests) {
      const [, word = "", text = ""] = /in texts: (\S+)[\s\S]*Text: (.*)/.exec(contentOf(request)) ?? [];
      const yes = answers(word, text);
      const common = { id: request.id, method: "logprobs", usage } as const;
      if (yes === undefined) yield { ...common, probabilities: [0.5, 0.5], outcome: "unparsable" };
      else yield { ...common, probabilities: [yes, 1 - yes] };
    }
  },
  async *score() {},
});

const page: FeaturePage = {
  ...{ feature: 0, tokens: 40, density: 0.2, max: 2, mean: 1, histogram: [], active: [0] },
  examples: Array.from({ length: 8 }, (_, text) => ({
    ...{ interval: "top", text, tokens: ["the", "soup", "is", String(text)], activations: [0, 2, 0.5, 0] },
    ...{ effects: [0, 0, 0, 0], peak: 1 },
  })),
  logits: { up: [], down: [] },
  neurons: [],
};
const without = ["the bread is 1", "the stew is 2", "the cake is 3", "the pie is 4", "the jam is 5"];

test("an explanation that tells is scored as one, on texts that it was not made from", async () => {
  const model = reader((word, text) => (text.includes(word) ? 0.9 : 0.2));
  const { text, score, undetermined } = await explainFeature(model, page, without, { seed: 1 });
  expect([text, undetermined]).toEqual(["soup", 0]);
  expect(score).toMatchObject({ estimate: 1, n: 8 });
});

test("one that fits everything is at chance, and texts without a verdict are neither right nor wrong", async () => {
  expect(
    (
      await explainFeature(
        reader(() => 0.9),
        page,
        without,
        { seed: 1 },
      )
    ).score?.estimate,
  ).toBe(0.5);
  const silent = await explainFeature(
    reader((_, text) => (text.includes("soup") ? 0.9 : undefined)),
    page,
    without,
    { seed: 1 },
  );
  expect(silent).toMatchObject({ undetermined: 4, score: { estimate: 1, n: 4 } });
  expect(
    (
      await explainFeature(
        reader(() => undefined),
        page,
        without,
        { seed: 1 },
      )
    ).score,
  ).toBeUndefined();
});
