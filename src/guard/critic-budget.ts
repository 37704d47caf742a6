import type { Prompt, Usage } from "../language-model.ts";
import { estimateTokens, type Price, slackOf } from "../spending/index.ts";
import type { Policy } from "./policy.ts";

/** The limit of a policy that kept a check from being made. */
export const LIMITS = ["addedMs", "criticMs", "criticCallsPerMinute", "costPerDay", "maxCharacters"] as const;
export type Limit = (typeof LIMITS)[number];

/** A call that a critic may be asked. */
export interface PlannedCall {
  readonly prompt: Prompt;
  readonly maxTokens: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What a critic may still be asked: calls in the last minute, and dollars since midnight (UTC), as this process counts them. */
export class CriticBudget {
  readonly #limits: Policy["limits"];
  readonly #price: Price;
  #calls: number[] = [];
  #day = 0;
  #spent = 0;
  /** The most that calls under way can cost. */
  #reserved = 0;

  constructor(limits: Policy["limits"], price: Price = { input: 0, output: 0 }) {
    this.#limits = limits;
    this.#price = price;
  }

  /** How many of these calls may be made, the first first, and the limit that keeps the others. */
  take(calls: readonly PlannedCall[]): { readonly sent: number; readonly limit: Limit | undefined } {
    const { criticCallsPerMinute, costPerDay = Number.POSITIVE_INFINITY } = this.#limits;
    const now = Date.now();
    if (Math.floor(now / DAY) !== this.#day) this.#spent = 0;
    this.#day = Math.floor(now / DAY);
    this.#calls = this.#calls.filter((at) => now - at < MINUTE);
    for (const [sent, call] of calls.entries()) {
      if (this.#calls.length >= criticCallsPerMinute) return { sent, limit: "criticCallsPerMinute" };
      const most = this.#mostOf(call);
      if (this.#spent + this.#reserved + most > costPerDay) return { sent, limit: "costPerDay" };
      this.#reserved += most;
      this.#calls.push(now);
    }
    return { sent: calls.length, limit: undefined };
  }

  /** What a call that was taken has cost; one of which nothing is known costs what it can have cost. */
  settle(call: PlannedCall, usage: Usage | undefined): void {
    const most = this.#mostOf(call);
    this.#reserved -= most;
    this.#spent += usage === undefined ? most : this.#costOf(usage);
  }

  #mostOf({ prompt, maxTokens }: PlannedCall): number {
    if (this.#limits.costPerDay === undefined) return 0;
    const promptTokens = estimateTokens(prompt) * (1 + slackOf.others);
    return this.#costOf({ promptTokens, completionTokens: maxTokens });
  }

  #costOf({ promptTokens, completionTokens }: Usage): number {
    return (promptTokens * this.#price.input + completionTokens * this.#price.output) / 1e6;
  }
}
