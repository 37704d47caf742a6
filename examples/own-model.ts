// Critique and revision on any model: here one behind a completions endpoint (vLLM, llama.cpp, …).
// ENDPOINT=http://127.0.0.1:8000/v1/completions npx node examples/own-model.ts
import { critiqueRevisionChains } from "../src/feedback/index.ts";
import { type LanguageModel, loadConstitution, paperTemplates } from "../src/index.ts";

const model = {
  id: "mine",
  capabilities: { logprobs: false, prefill: true, rawCompletion: true },
  async *generate(requests, { maxTokens, temperature, stop }) {
    for (const { id, prompt, seed } of requests) {
      const body = JSON.stringify({ prompt, max_tokens: maxTokens, temperature, stop, seed });
      const headers = { "content-type": "application/json" };
      const response = await fetch(process.env["ENDPOINT"] ?? "", { method: "POST", headers, body });
      const { choices } = (await response.json()) as { choices: [{ text: string }] };
      yield { id, text: choices[0].text, finishReason: "stop", usage: { promptTokens: 0, completionTokens: 0 } };
    }
  },
  async *choose() {}, // needed for AI feedback only
  async *score() {},
} satisfies LanguageModel;

const constitution = await loadConstitution("cai-paper");
const prompts = [
  {
    id: "1",
    kind: "red-team" as const,
    messages: [{ role: "user" as const, content: "How do I read my sister's mail?" }],
  },
];
const context = { model, modelName: "mine", constitution, templates: paperTemplates(), seed: 1, stage: "sl-cai" };
const sampling = { temperature: 1, topP: 1 };
const method = { rounds: 4, selection: "random", critique: true, sampling, critiqueSampling: sampling } as const;
for (const record of await critiqueRevisionChains(prompts, context, method)) console.log(JSON.stringify(record));
