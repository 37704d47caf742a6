import { expect, it } from "vitest";
import type { LanguageModel } from "../../../language-model.ts";
import { measureRoles } from "./measure.ts";

const usage = { promptTokens: 300, completionTokens: 0 };
const speaking: LanguageModel = {
  id: "test",
  capabilities: { logprobs: true, prefill: true, rawCompletion: true },
  async *generate(requests) {
    for (const { id } of requests) yield { id, text: "", finishReason: "stop", usage };
  },
  async *choose(requests) {
    for (const { id } of requests) yield { id, probabilities: [0.9, 0.1], method: "logprobs", usage };
  },
  async *score() {},
};
const measured = (model: Partial<LanguageModel>) => measureRoles({ ...speaking, ...model }, { seed: 1, perRow: 1 });

it("counts wrong words as wrong, but refuses to count what is no answer", async () => {
  const outcomes = await measured({});
  expect(outcomes.filter(({ role }) => role === "critic").every(({ right }) => !right)).toBe(true);
  const error = "a prompt of 300 tokens for a context of 256";
  await expect(
    measured({
      async *generate(requests) {
        for (const { id } of requests)
          yield { id, text: "", finishReason: "error", outcome: "context-overflow", error, usage };
      },
    }),
  ).rejects.toMatchObject({ code: "model-failed", details: { found: `no answer to critic-seen-0: ${error}` } });
  await expect(
    measured({
      async *choose(requests) {
        for (const { id } of requests)
          yield { id, probabilities: [0.5, 0.5], method: "logprobs", outcome: "context-overflow", usage };
      },
    }),
  ).rejects.toMatchObject({ details: { found: "no answer to comparer-seen-0-ab: context-overflow" } });
});
