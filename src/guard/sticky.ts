import type { Constitution } from "../constitution/index.ts";
import { hashText } from "../storage/index.ts";
import { ANY } from "./heads/head-file.ts";
import { type Policy, thresholdsOf } from "./policy.ts";

/** Conversations that are remembered; of more, those that were silent longest are forgotten. */
const MOST = 10_000;

/** In which conversations something was found lately, and for how many further turns each is judged more strictly. */
export class StickyTurns {
  readonly #turns: number;
  readonly #most: number;
  readonly #left = new Map<string, number>();

  constructor(turns: number, most = MOST) {
    this.#turns = turns;
    this.#most = most;
  }

  /** Begins a turn of a conversation: whether it is judged more strictly. */
  begin(conversationId: string): boolean {
    const key = hashText(conversationId);
    const left = this.#left.get(key) ?? 0;
    this.#left.delete(key);
    if (left > 1) this.#left.set(key, left - 1);
    return left > 0;
  }

  /** Remembers that something was found. */
  note(conversationId: string): void {
    const key = hashText(conversationId);
    this.#left.delete(key);
    this.#left.set(key, this.#turns);
    if (this.#left.size <= this.#most) return;
    const [oldest] = this.#left.keys();
    if (oldest !== undefined) this.#left.delete(oldest);
  }
}

/** A policy that acts sooner: from halfway between `pass` and `act` on, for every principle, of answers and of input. */
export function tightenPolicy(policy: Policy, { principles }: Constitution): Policy {
  const ids = new Set([ANY, ...Object.keys(policy.principles), ...principles.map(({ id }) => id)]);
  const tightened = [...ids].map((id) => {
    const input = tightenBand(thresholdsOf(policy, id, "input"));
    return [id, { ...policy.principles[id], ...tightenBand(thresholdsOf(policy, id)), input }] as const;
  });
  return { ...policy, principles: Object.fromEntries(tightened) };
}

/** Only the two thresholds: what else a principle's policy holds stays. */
const tightenBand = ({ pass, act }: { readonly pass: number; readonly act: number }) => ({
  pass,
  act: (pass + act) / 2,
});
