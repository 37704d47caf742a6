import type { Usage } from "../../language-model.ts";
import type { OpenModel } from "../open-model.ts";
import type { ModelEvent } from "../options.ts";

type Kind = Extract<ModelEvent, { readonly type: "call" }>["kind"];

/** The same model, whose answers are told as calls, as those of hosted models are: latencies add up to the time that it took. */
export function tellCalls(model: OpenModel, onEvent: ((event: ModelEvent) => void) | undefined): OpenModel {
  if (onEvent === undefined) return model;
  async function* tell<A extends { readonly usage: Usage; readonly isCached?: boolean }>(
    kind: Kind,
    answers: AsyncIterable<A>,
  ): AsyncGenerator<A> {
    let since = performance.now();
    for await (const answer of answers) {
      const now = performance.now();
      const latencyMs = now - since;
      since = now;
      const { usage, isCached = false } = answer;
      onEvent?.({ type: "call", kind, usage, latencyMs, attempts: isCached ? 0 : 1, isCached });
      yield answer;
    }
  }
  return {
    id: model.id,
    capabilities: model.capabilities,
    report: model.report,
    generate: (requests, options) => tell("generate", model.generate(requests, options)),
    choose: (requests, options) => tell("choose", model.choose(requests, options)),
    score: (requests, options) => tell("score", model.score(requests, options)),
    dispose: async () => model.dispose?.(),
  };
}
