import { describe, expect, it } from "vitest";
import { scriptedModel } from "../../models/index.ts";
import { ask } from "./ask.ts";

describe("ask", () => {
  it("keeps what is no answer apart from answers, for every kind of question", async () => {
    const model = scriptedModel({
      generate: ({ id }) => `said ${id}`,
      choose: ({ options }) => options.map((_, i) => i + 1),
      score: ({ continuation }) =>
        continuation
          .trim()
          .split(" ")
          .map(() => -1),
    });
    const replies = await ask(
      model,
      [
        { id: "a", seed: 1, question: { ask: "generate", messages: [{ role: "user", content: "x" }], maxTokens: 9 } },
        {
          id: "b",
          seed: 1,
          question: { ask: "choose", messages: [{ role: "user", content: "x" }], options: [" (A)", " (B)"] },
        },
        { id: "c", seed: 1, question: { ask: "score", prompt: "x", continuations: [" one", " one two"] } },
      ],
      { temperature: 0 },
    );
    expect(replies.map(({ reply }) => reply)).toEqual([
      { ask: "generate", text: "said a", finishReason: "stop" },
      { ask: "choose", probabilities: [1 / 3, 2 / 3], method: "logprobs" },
      { ask: "score", logLikelihoods: [-1, -2] },
    ]);
  });
});
