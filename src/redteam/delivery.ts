import type { Render } from "../evaluation/index.ts";
import type { GenerationOptions, LanguageModel } from "../language-model.ts";

/** The target as an attacker meets it, and what the model itself had said. */
export interface Delivery {
  readonly model: LanguageModel;
  /** What the model said to a request before a guard read it; undefined where it was not asked. */
  takeRaw(id: string): string | undefined;
}

/** A dialogue is put to the model as it reads one; a guard, if any, stands around that. */
export function deliver(
  model: LanguageModel,
  render?: Render | undefined,
  guard?: ((model: LanguageModel) => LanguageModel) | undefined,
): Delivery {
  const said = new Map<string, string>();
  const inner: LanguageModel = {
    id: model.id,
    capabilities: model.capabilities,
    choose: (requests, options) => model.choose(requests, options),
    score: (requests, options) =>
      model.score(
        requests.map((request) => {
          if (render === undefined || typeof request.prompt === "string") return request;
          return { ...request, prompt: render(request.prompt).prompt };
        }),
        options,
      ),
    async *generate(requests, options) {
      const rendered = requests.map((request) => {
        if (render === undefined || typeof request.prompt === "string")
          return { request, stop: [], maxTokens: undefined };
        const { prompt, stop, maxTokens } = render(request.prompt);
        return { request: { ...request, prompt }, stop, maxTokens };
      });
      const [first] = rendered;
      if (first === undefined) return;
      const maxTokens = Math.min(options.maxTokens, first.maxTokens ?? options.maxTokens);
      const settings: GenerationOptions = { ...options, maxTokens, stop: [...(options.stop ?? []), ...first.stop] };
      const generations = model.generate(
        rendered.map(({ request }) => request),
        settings,
      );
      for await (const generation of generations) {
        said.set(generation.id, generation.text);
        yield generation;
      }
    },
  };
  return {
    model: guard === undefined ? inner : guard(inner),
    takeRaw(id) {
      const text = said.get(id);
      said.delete(id);
      return text;
    },
  };
}
