import { type Constitution, createConstitution } from "../constitution/index.ts";
import type { Choice, Generation, GenerationOptions, LanguageModel, Prompt } from "../language-model.ts";
import type { PromptItem } from "../records/index.ts";
import type { FeedbackTemplates } from "./templates.ts";

/** For tests of feedback and stages: answers are functions of the prompt. */
export interface Script {
  readonly generate: (prompt: string, seed: number, options: GenerationOptions) => string;
  /** P(first option). */
  readonly choose?: (prompt: string) => number;
}

export interface Call {
  readonly kind: "generate" | "choose";
  readonly requests: number;
  readonly options?: GenerationOptions;
}

export function testModel(script: Script, id = "test:model"): LanguageModel & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const usage = (prompt: Prompt, text: string) => ({
    promptTokens: String(prompt).length,
    completionTokens: text.length,
  });
  return {
    id,
    calls,
    capabilities: { logprobs: true, prefill: true, rawCompletion: true },
    async *generate(requests, options): AsyncGenerator<Generation> {
      calls.push({ kind: "generate", requests: requests.length, options });
      // Reversed: results may come in any order.
      for (const { id, prompt, seed } of [...requests].reverse()) {
        const text = script.generate(String(prompt), seed, options);
        const finishReason = text.endsWith("…") ? "length" : "stop";
        yield { id, text: ` ${text}`, finishReason, usage: usage(prompt, text) };
      }
    },
    async *choose(requests): AsyncGenerator<Choice> {
      calls.push({ kind: "choose", requests: requests.length });
      for (const { id, prompt } of [...requests].reverse()) {
        const first = script.choose?.(String(prompt)) ?? 0.5;
        yield { id, probabilities: [first, 1 - first], method: "logprobs", usage: usage(prompt, "A") };
      }
    },
    score: () => {
      throw new Error("the test model does not score");
    },
  };
}

/** Q → R; Q, R, P → critique; Q, R, P, C → revision: all on one line, so that scripts can read prompts. */
export const testTemplates: FeedbackTemplates = {
  version: "test-1",
  response: (messages) => rendered(`respond Q=${messages.at(-1)?.content}`),
  critique: ({ messages, response, principle }) =>
    rendered(`critique Q=${messages.at(-1)?.content} R=${response} P=${principle.id}`),
  revision: ({ messages, response, principle, critique }) =>
    rendered(`revise Q=${messages.at(-1)?.content} R=${response} P=${principle.id} C=${critique ?? "(none)"}`),
  comparison: ({ responses: [a, b], principle }) => ({ prompt: `compare A=${a} B=${b} P=${principle.id}`, options }),
  thought: ({ responses: [a, b], principle }) => rendered(`think A=${a} B=${b} P=${principle.id}`),
  comparisonAfter: ({ responses: [a, b], principle }, thought) => ({
    prompt: `compare A=${a} B=${b} P=${principle.id} T=${thought}`,
    options,
  }),
  finding: (critique) => (critique.includes("breaks") ? "breaks" : critique.includes("keeps") ? "keeps" : "unclear"),
  metaText: [/revised answer/],
};

const options = [" A", " B"] as const;

function rendered(prompt: string) {
  return { prompt, stop: ["\n"], maxTokens: 32 };
}

export function testConstitution(...ids: string[]): Constitution {
  return createConstitution({ name: "test", principles: ids.map((id) => ({ id, text: `keep ${id}` })) });
}

export function testPrompts(kind: PromptItem["kind"], ...questions: string[]): PromptItem[] {
  return questions.map((content) => ({ id: `${kind}-${content}`, kind, messages: [{ role: "user", content }] }));
}
