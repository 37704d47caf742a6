import type { Draft } from "../store/index.ts";
import type { Vote } from "../votes.ts";

/** The second vote: on the rewritten principles. */
export class Ballot {
  drafts: readonly Draft[] = [];
  /** Moves with every draft and every vote. */
  changes = 0;
  /** By principle, the latest vote of everybody. */
  readonly #votes = new Map<string, Map<string, Vote>>();

  /** New drafts; votes on a principle whose text stays are kept. */
  put(drafts: readonly Draft[]): void {
    this.changes += 1;
    const before = new Map(this.drafts.map(({ id, text }) => [id, text]));
    this.drafts = drafts;
    const kept = new Set(drafts.filter(({ id, text }) => before.get(id) === text).map(({ id }) => id));
    for (const id of this.#votes.keys()) if (!kept.has(id)) this.#votes.delete(id);
  }

  vote(participant: string, principle: string, vote: Vote): void {
    if (!this.drafts.some(({ id }) => id === principle)) return;
    this.changes += 1;
    const votes = this.#votes.get(principle) ?? new Map<string, Vote>();
    this.#votes.set(principle, votes.set(participant, vote));
  }

  voteOf(participant: string, principle: string): Vote | undefined {
    return this.#votes.get(principle)?.get(participant);
  }

  countsOf(principle: string): Record<Vote, number> {
    const counts = { agree: 0, pass: 0, disagree: 0 };
    for (const vote of this.#votes.get(principle)?.values() ?? []) counts[vote] += 1;
    return counts;
  }

  /** The latest vote of everybody on every principle. */
  votes(): { readonly participant: string; readonly principle: string; readonly vote: Vote }[] {
    return [...this.#votes].flatMap(([principle, votes]) =>
      [...votes].map(([participant, vote]) => ({ participant, principle, vote })),
    );
  }

  /** How many people voted on any principle. */
  get people(): number {
    return new Set([...this.#votes.values()].flatMap((votes) => [...votes.keys()])).size;
  }
}
