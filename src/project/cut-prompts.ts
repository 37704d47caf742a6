import type { ModelEvent } from "../models/index.ts";

/** Says once a model, and at once, that its endpoint seems to cut prompts: answers to them are no answers. */
export function cutPromptNotice(say: (text: string) => void): (model: string, event: ModelEvent) => void {
  const said = new Set<string>();
  return (model, event) => {
    if (event.type !== "cut-prompt" || said.has(model)) return;
    said.add(model);
    say(
      `${model} seems to cut prompts: it reports ${event.oddity} (${event.id}). Raise its context (vllm --max-model-len, llama-server -c, OLLAMA_CONTEXT_LENGTH) or shorten the prompts`,
    );
  };
}
