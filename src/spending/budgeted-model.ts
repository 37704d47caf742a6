import type {
  ChoiceRequest,
  GenerationRequest,
  LanguageModel,
  Prompt,
  Requests,
  StreamingModel,
} from "../language-model.ts";
import type { OpenModel } from "../models/index.ts";
import type { Spending } from "./spending.ts";
import { estimateTokens } from "./token-count.ts";

/**
 * A model that asks the budget before each request. When it says no, what is under way ends, then the error is thrown: the
 * batch is done again later, from the cache where it was answered. An engine in process takes its requests as one batch, of
 * which nothing is begun that does not fit.
 */
export function withBudget(model: OpenModel, role: string, votes: number, spending: Spending): StreamingModel {
  if (model.report.choice === "engine") return withBatchBudget(model, role, spending);
  return {
    id: model.id,
    capabilities: model.capabilities,
    async *generate(requests: Requests<GenerationRequest>, options) {
      const gate = new Gate(spending, role, 1, options.maxTokens);
      yield* gate.through(requests, (admitted) => model.generate(admitted, options));
    },
    async *choose(requests: Requests<ChoiceRequest>, options) {
      const gate = new Gate(spending, role, model.report.choice === "votes" ? votes : 1, 8);
      yield* gate.through(requests, (admitted) => model.choose(admitted, options));
    },
    score: (requests, options) => model.score(requests, options),
    dispose: async () => model.dispose?.(),
  } satisfies LanguageModel;
}

/** For engines in this process, which are fast in large batches only: a batch is asked for whole or not at all. */
function withBatchBudget(model: OpenModel, role: string, spending: Spending): StreamingModel {
  async function* within<Q extends { readonly prompt: Prompt }, A>(
    requests: Requests<Q>,
    maxTokens: number,
    ask: (batch: readonly Q[]) => AsyncIterable<A>,
  ): AsyncGenerator<A, void, undefined> {
    const batch = await Array.fromAsync(requests);
    if (batch.length === 0) return;
    const promptTokens = batch.reduce((sum, { prompt }) => sum + estimateTokens(prompt), 0) / batch.length;
    const tokens = { promptTokens, completionTokens: maxTokens };
    if (!spending.tryReserve(role, batch.length, tokens)) throw spending.limitError();
    try {
      yield* ask(batch);
    } finally {
      spending.release(role, batch.length, tokens);
    }
  }
  return {
    id: model.id,
    capabilities: model.capabilities,
    generate: (requests, options) => within(requests, options.maxTokens, (batch) => model.generate(batch, options)),
    choose: (requests, options) => within(requests, 1, (batch) => model.choose(batch, options)),
    score: (requests, options) => model.score(requests, options),
    dispose: async () => model.dispose?.(),
  };
}

class Gate {
  readonly #held = new Map<string, { readonly promptTokens: number; readonly completionTokens: number }>();
  #isShut = false;
  readonly #spending: Spending;
  readonly #role: string;
  readonly #calls: number;
  readonly #maxTokens: number;

  constructor(spending: Spending, role: string, calls: number, maxTokens: number) {
    this.#spending = spending;
    this.#role = role;
    this.#calls = calls;
    this.#maxTokens = maxTokens;
  }

  async *through<Q extends { readonly id: string; readonly prompt: Prompt }, A extends { readonly id: string }>(
    requests: Requests<Q>,
    ask: (admitted: AsyncIterable<Q>) => AsyncIterable<A>,
  ): AsyncGenerator<A, void, undefined> {
    try {
      for await (const answer of ask(this.#admit(requests))) {
        this.#release(answer.id);
        yield answer;
      }
    } finally {
      for (const id of [...this.#held.keys()]) this.#release(id);
    }
    if (this.#isShut) throw this.#spending.limitError();
  }

  async *#admit<Q extends { readonly id: string; readonly prompt: Prompt }>(
    requests: Requests<Q>,
  ): AsyncGenerator<Q, void, undefined> {
    for await (const request of requests) {
      const tokens = { promptTokens: estimateTokens(request.prompt), completionTokens: this.#maxTokens };
      if (!(await this.#spending.reserve(this.#role, this.#calls, tokens))) {
        this.#isShut = true;
        return;
      }
      this.#held.set(request.id, tokens);
      yield request;
    }
  }

  #release(id: string): void {
    const tokens = this.#held.get(id);
    if (tokens === undefined) return;
    this.#held.delete(id);
    this.#spending.release(this.#role, this.#calls, tokens);
  }
}
