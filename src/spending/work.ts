import type { Price } from "./prices.ts";

/** From the least that is likely to the most that is possible. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface RolePlan {
  readonly role: string;
  readonly model: string;
  readonly calls: Range;
  readonly promptTokens: Range;
  readonly completionTokens: Range;
  /** US dollars; absent where no price is known. */
  readonly cost?: Range | undefined;
  readonly seconds: Range;
}

export interface WorkInputs {
  readonly model: string;
  /** Share by which counts of tokens may be wrong, either way. */
  readonly slack: number;
  readonly price?: Price | undefined;
}

export const zero: Range = { low: 0, high: 0 };
export const constant = (n: number): Range => ({ low: n, high: n });
export const scaled = (n: number, { low, high }: Range): Range => ({ low: n * low, high: n * high });
export const sum = (a: Range, b: Range): Range => ({ low: a.low + b.low, high: a.high + b.high });
const product = (a: Range, b: Range): Range => ({ low: a.low * b.low, high: a.high * b.high });

/** What one role is asked for, added up before it is. */
export class Work {
  #calls = zero;
  #prompt = zero;
  #completion = zero;

  add(calls: Range, prompt: Range, completion: Range): void {
    this.#calls = sum(this.#calls, calls);
    this.#prompt = sum(this.#prompt, product(calls, prompt));
    this.#completion = sum(this.#completion, product(calls, completion));
  }

  plan(role: string, { model, slack, price }: WorkInputs, latency: Range, concurrency: number): RolePlan {
    const promptTokens = { low: this.#prompt.low * (1 - slack), high: this.#prompt.high * (1 + slack) };
    const completionTokens = this.#completion;
    const cost =
      price === undefined
        ? undefined
        : {
            low: (promptTokens.low * price.input + completionTokens.low * price.output) / 1e6,
            high: (promptTokens.high * price.input + completionTokens.high * price.output) / 1e6,
          };
    const seconds = product(this.#calls, { low: latency.low / concurrency, high: latency.high / concurrency });
    return {
      role,
      model,
      calls: this.#calls,
      promptTokens,
      completionTokens,
      cost,
      seconds,
    };
  }
}

/** All roles together; the cost where every one that is asked has a price. */
export function totalOf(plans: readonly RolePlan[]): Omit<RolePlan, "role" | "model"> {
  const all = (pick: (plan: RolePlan) => Range): Range => plans.map(pick).reduce(sum, zero);
  const priced = plans.filter(({ calls }) => calls.high > 0);
  const isPriced = priced.every(({ cost }) => cost !== undefined);
  return {
    calls: all(({ calls }) => calls),
    promptTokens: all(({ promptTokens }) => promptTokens),
    completionTokens: all(({ completionTokens }) => completionTokens),
    ...(isPriced ? { cost: all(({ cost }) => cost ?? zero) } : {}),
    seconds: all(({ seconds }) => seconds),
  };
}
