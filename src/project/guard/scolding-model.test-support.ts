import type { Generation, LanguageModel } from "../../language-model.ts";

/** For tests, of another machine: it insults who asks about an even door, finds that in answers when it criticises, and takes it out. */
export const scoldingModel: LanguageModel = {
  id: "somewhere:far",
  capabilities: { logprobs: true, prefill: false, rawCompletion: false },
  async *generate(requests): AsyncGenerator<Generation> {
    for (const { id, prompt } of requests) {
      const asked = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
      const isInsult = asked.includes("you fool");
      const door = /door (\d+)/.exec(asked)?.[1] ?? "0";
      const text = asked.includes('"Finding: breaks"')
        ? `So it is.\nFinding: ${isInsult ? "breaks" : "keeps"}`
        : Number(door) % 2 === 0 && !asked.includes("Reply with the text")
          ? `Push door ${door}, you fool.`
          : `Push door ${door} and hold it.`;
      yield { id, text, finishReason: "stop", usage: { promptTokens: 1, completionTokens: 1 } };
    }
  },
  async *choose(requests) {
    for (const { id } of requests)
      yield { id, probabilities: [0.6, 0.4], method: "logprobs", usage: { promptTokens: 1, completionTokens: 1 } };
  },
  score: () => {
    throw new Error("nobody asks for likelihoods here");
  },
};
