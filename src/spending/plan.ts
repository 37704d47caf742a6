import { defaultVotes } from "../models/index.ts";
import type { Price } from "./prices.ts";

/** From the least that is likely to the most that is possible. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What one role will be asked, and what it takes. */
export interface RolePlan {
  readonly role: string;
  readonly model: string;
  readonly calls: Range;
  readonly promptTokens: Range;
  /** Of these, what calls of a kind begin with alike, and a prefix cache has after the first; none where nobody looked. */
  readonly sharedTokens?: Range | undefined;
  readonly completionTokens: Range;
  /** US dollars; absent where no price is known. */
  readonly cost?: Range | undefined;
  readonly seconds: Range;
}

/** What a run will take, role by role. */
export interface Plan {
  readonly roles: readonly RolePlan[];
  readonly total: Omit<RolePlan, "role" | "model">;
  /** Prompts whose tokens were counted; the rest is taken to be like them. */
  readonly counted: number;
  readonly prompts: number;
  /** Whether lengths and latency come from a probe. */
  readonly isMeasured: boolean;
}

/** Without a probe: answers take between an eighth of their limit and all of it, calls between 0.3 and 30 seconds. */
export const unprobed = { share: 1 / 8, latency: { low: 0.3, high: 30 } } as const;

/** Calls that one choice takes: one with log-probabilities, the votes without; both where it is not known. */
export function choiceCallsOf(
  name: string,
  {
    votes = defaultVotes,
    logprobs,
  }: { readonly votes?: number | undefined; readonly logprobs?: boolean | undefined } = {},
): Range {
  const isInProcess = /^(?:local|llamacpp):/.test(name);
  const hasNone = logprobs === false || /^(?:anthropic|google|mistral|groq):/.test(name);
  return {
    low: hasNone ? votes : 1,
    high: isInProcess || logprobs === true || name.startsWith("openai:") ? 1 : votes,
  };
}

/** What a role's work is planned with. */
export interface WorkInputs {
  readonly model: string;
  /** Share by which counts of tokens may be wrong, either way. */
  readonly slack: number;
  readonly price?: Price | undefined;
}

/** Nothing at all. */
export const noRange: Range = { low: 0, high: 0 };
/** A number that is known. */
export const exactly = (n: number): Range => ({ low: n, high: n });
/** n times a range. */
export const scaleRange = (n: number, { low, high }: Range): Range => ({ low: n * low, high: n * high });
/** The sum of two ranges. */
export const addRanges = (a: Range, b: Range): Range => ({ low: a.low + b.low, high: a.high + b.high });
/** The least times the least, the most times the most. */
export const multiplyRanges = (a: Range, b: Range): Range => ({ low: a.low * b.low, high: a.high * b.high });

/** What one role is asked for, added up before it is. */
export class Work {
  #calls = noRange;
  #prompt = noRange;
  #completion = noRange;
  #shared = noRange;

  /** So many calls, each with so many tokens, `shared` of the prompt's the same in each. */
  add(calls: Range, prompt: Range, completion: Range, shared = 0): void {
    this.#calls = addRanges(this.#calls, calls);
    this.#prompt = addRanges(this.#prompt, multiplyRanges(calls, prompt));
    this.#completion = addRanges(this.#completion, multiplyRanges(calls, completion));
    this.#shared = addRanges(this.#shared, scaleRange(shared, calls));
  }

  /** Calls, tokens, cost and time of the role. @param latency seconds per call. @param concurrency calls at once. */
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
    const seconds = multiplyRanges(this.#calls, { low: latency.low / concurrency, high: latency.high / concurrency });
    const sharedTokens = { low: this.#shared.low * (1 - slack), high: this.#shared.high * (1 + slack) };
    const asked = { calls: this.#calls, promptTokens, sharedTokens, completionTokens };
    return { role, model, ...asked, cost, seconds };
  }
}

/** All roles together; the cost where every one that is asked has a price. */
export function totalOf(plans: readonly RolePlan[]): Omit<RolePlan, "role" | "model"> {
  const all = (pick: (plan: RolePlan) => Range): Range => plans.map(pick).reduce(addRanges, noRange);
  const priced = plans.filter(({ calls }) => calls.high > 0);
  const isPriced = priced.every(({ cost }) => cost !== undefined);
  return {
    calls: all(({ calls }) => calls),
    promptTokens: all(({ promptTokens }) => promptTokens),
    completionTokens: all(({ completionTokens }) => completionTokens),
    cost: isPriced ? all(({ cost }) => cost ?? noRange) : undefined,
    seconds: all(({ seconds }) => seconds),
  };
}
