import type {
  CallOptions,
  Choice,
  ChoiceRequest,
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
  Requests,
  Score,
  ScoreRequest,
} from "../../language-model.ts";
import type { ModelReport, OpenModel } from "../open-model.ts";

/** Requests of a stream that are given to an engine together; engines are fast in large batches only. */
const WINDOW = 1024;

/** A model that takes arrays as one that takes streams too. An array goes through as the one batch it is. */
export function acceptStreams(model: LanguageModel): OpenModel {
  const report: ModelReport = {
    id: model.id,
    name: model.id,
    capabilities: model.capabilities,
    choice: model.capabilities.logprobs ? "engine" : "votes",
    source: "known",
    endpoints: [],
  };
  return {
    id: model.id,
    capabilities: model.capabilities,
    report,
    async *generate(requests: Requests<GenerationRequest>, options: GenerationOptions): AsyncGenerator<Generation> {
      for await (const batch of batches(requests)) yield* model.generate(batch, options);
    },
    async *choose(requests: Requests<ChoiceRequest>, options?: CallOptions): AsyncGenerator<Choice> {
      for await (const batch of batches(requests)) yield* model.choose(batch, options);
    },
    async *score(requests: Requests<ScoreRequest>, options?: CallOptions): AsyncGenerator<Score> {
      for await (const batch of batches(requests)) yield* model.score(batch, options);
    },
    dispose: async () => model.dispose?.(),
  };
}

/** An array whole, anything else in windows. */
async function* batches<T>(requests: Requests<T>): AsyncGenerator<readonly T[]> {
  if (Array.isArray(requests)) {
    yield requests;
    return;
  }
  let batch: T[] = [];
  for await (const request of requests) {
    batch.push(request);
    if (batch.length < WINDOW) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
