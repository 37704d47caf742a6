import type { Generation, GenerationRequest, LanguageModel, Prompt } from "../../language-model.ts";
import type { Exchange } from "../exchange.ts";
import type { Guard } from "../guard.ts";
import type { Stage } from "../stage.ts";
import { guardText } from "./whole-text.ts";

/**
 * A model behind a guard, as everybody else meets it: what it says is what would have been delivered, so suites, judges and
 * attacks run on it unchanged. Choices and scores hold no text, and pass.
 */
export function guardedModel(model: LanguageModel, guard: Guard): LanguageModel {
  return {
    id: `${model.id}+guard`,
    capabilities: model.capabilities,
    choose: (requests, options) => model.choose(requests, options),
    score: (requests, options) => model.score(requests, options),
    dispose: async () => model.dispose?.(),
    async *generate(requests, options) {
      const open = new Map<string, ReturnType<Guard["begin"]>>();
      const sent: GenerationRequest[] = [];
      for (const request of requests) {
        const guarded = guard.begin(exchangeOf(request), { upstream: model.id });
        const { exchange, say } = await guarded.input();
        if (say === undefined) {
          open.set(request.id, guarded);
          const prefill = guarded.hide(request.prefill);
          sent.push({ ...request, prefill, prompt: promptOf(request.prompt, exchange) });
        } else
          yield { id: request.id, text: say, finishReason: "stop", usage: { promptTokens: 0, completionTokens: 0 } };
      }
      if (sent.length === 0) return;
      for await (const generation of model.generate(sent, options)) {
        const guarded = open.get(generation.id);
        yield guarded === undefined ? generation : await guardGeneration(guarded, generation);
      }
    },
  };
}

async function guardGeneration(guarded: ReturnType<Guard["begin"]>, generation: Generation): Promise<Generation> {
  const read = async (stage: Stage, given: string): Promise<{ text: string; isStopped: boolean }> => {
    const { text, verdict } = await guardText(guarded, stage, given);
    return { text, isStopped: verdict.say !== undefined };
  };
  const thought = generation.reasoning === undefined ? undefined : await read("reasoning", generation.reasoning);
  const { text, isStopped } = thought?.isStopped ? thought : await read("output", generation.text);
  // Tokens tell the text that was not delivered.
  const { tokens: _, logprobs: __, ...rest } = generation;
  const reasoning = isStopped ? undefined : thought?.text;
  return text === generation.text && reasoning === generation.reasoning ? generation : { ...rest, text, reasoning };
}

function exchangeOf({ prompt, prefill }: GenerationRequest): Exchange {
  const asked = typeof prompt === "string" ? [{ role: "user", content: prompt } as const] : prompt;
  const turns = asked.map(({ role, content }) => ({ role, text: content }));
  return { turns: prefill === undefined || prefill === "" ? turns : [...turns, { role: "assistant", text: prefill }] };
}

function promptOf(prompt: Prompt, { turns }: Exchange): Prompt {
  if (typeof prompt === "string") return turns[0]?.text ?? "";
  return prompt.map((message, index) => ({ ...message, content: turns[index]?.text ?? "" }));
}
