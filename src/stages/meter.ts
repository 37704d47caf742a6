import type { LanguageModel, Usage } from "../language-model.ts";
import type { StageContext } from "./context.ts";
import type { StageCost } from "./summaries.ts";

/** Operations per weight and token of a forward pass, and of learning: forward, backward and update (Kaplan et al. 2020). */
export const operations = { sampled: 2, trained: 6 } as const;

/**
 * Counts what a stage costs, the same in every stage. Tokens: everything that went through a model, prompts and completions of
 * sampling and scoring, rows of training, each time that they did. Rates: over the time of the process that closes the stage.
 */
export interface Meter {
  /** Forward passes for sampling and scoring. */
  countSampled(tokens: number): void;
  /** Forward, backward and update. */
  countTrained(tokens: number): void;
  cost(): StageCost;
}

/** `earlierSeconds`: work of earlier processes on the same stage. */
export function startMeter(
  context: Pick<StageContext, "parameters" | "readTokensElsewhere">,
  earlierSeconds: number,
): Meter {
  const started = performance.now();
  const elsewhere = context.readTokensElsewhere?.() ?? 0;
  let tokens = 0;
  let weighted = 0;
  const count = (n: number, each: number): void => {
    tokens += n;
    weighted += n * each;
  };
  return {
    countSampled: (n) => count(n, operations.sampled),
    countTrained: (n) => count(n, operations.trained),
    cost: () => {
      const seconds = Math.max(1e-3, (performance.now() - started) / 1000);
      const { parameters, readTokensElsewhere } = context;
      const all = tokens + (readTokensElsewhere?.() ?? 0) - elsewhere;
      return {
        seconds: seconds + earlierSeconds,
        tokens: Math.round(all),
        tokensPerSecond: all / seconds,
        gflops: parameters === null ? undefined : (weighted * parameters) / seconds / 1e9,
      };
    },
  };
}

/** The same model, whose prompts and completions are counted. */
export function meterModel(model: LanguageModel, meter: Meter): LanguageModel {
  async function* countUsage<T extends { readonly usage: Usage }>(answers: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const answer of answers) {
      meter.countSampled(answer.usage.promptTokens + answer.usage.completionTokens);
      yield answer;
    }
  }
  return {
    id: model.id,
    capabilities: model.capabilities,
    generate: (requests, options) => countUsage(model.generate(requests, options)),
    choose: (requests, options) => countUsage(model.choose(requests, options)),
    score: (requests, options) => countUsage(model.score(requests, options)),
    dispose: async () => model.dispose?.(),
  };
}
