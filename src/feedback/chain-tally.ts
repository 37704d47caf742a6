import { type ChainRecord, findChainFaults } from "./chain-faults.ts";
import { textOf } from "./chains.ts";
import type { RevisionRecord } from "./records.ts";

const shownExamples = 3;

/** Chains, and those of them that somebody should look at. */
export interface ChainCounts {
  readonly chains: number;
  /** A revision puts back words that an earlier round had removed. */
  readonly putBacks: number;
  /** A critique found a breach in the last answer, and no usable revision followed. */
  readonly stillBreaking: number;
  /** The last answer is a revision that no critique has read. */
  readonly unread: number;
}
type Fault = Exclude<keyof ChainCounts, "chains">;
export type ChainExamples = Readonly<Record<Fault, readonly { readonly id: string; readonly text: string }[]>>;

/** Counts faults of chains as their records come in id order, in which a prompt's records stand together. */
export class ChainTally {
  readonly #counts = { chains: 0, putBacks: 0, stillBreaking: 0, unread: 0 };
  readonly #examples: Record<Fault, { id: string; text: string }[]> = { putBacks: [], stillBreaking: [], unread: [] };
  readonly #usable: Record<string, number> = {};
  #promptId: string | undefined;
  #chain: ChainRecord[] = [];

  add(record: ChainRecord): void {
    if (record.promptId !== this.#promptId) this.#close();
    this.#promptId = record.promptId;
    this.#chain.push(record);
  }

  /** What was seen, with the first records that show each fault, and chains by their number of usable revisions. */
  result(): ChainCounts & { readonly examples: ChainExamples; readonly byRevisions: Readonly<Record<string, number>> } {
    this.#close();
    return { ...this.#counts, examples: this.#examples, byRevisions: this.#usable };
  }

  #close(): void {
    const records = this.#chain;
    this.#chain = [];
    // Helpful prompts that nobody criticised have no chain.
    if (!records.some((record) => record.type !== "response" || record.kind === "red-team")) return;
    const { breaching, isUnread, putBacks, last } = findChainFaults(records);
    const revisions = records.filter((record): record is RevisionRecord => record.type === "revision");
    const usable = String(revisions.filter(({ outcome }) => outcome === "usable").length);
    this.#usable[usable] = (this.#usable[usable] ?? 0) + 1;
    this.#counts.chains += 1;
    const [first] = putBacks;
    const putBack = revisions.find((revision) => revision.round === first?.round);
    if (putBack !== undefined) this.#count("putBacks", putBack);
    if (last !== undefined && breaching.has(last.id)) this.#count("stillBreaking", last);
    if (last !== undefined && isUnread) this.#count("unread", last);
  }

  #count(fault: Fault, record: Parameters<typeof textOf>[0] & { readonly id: string }): void {
    this.#counts[fault] += 1;
    const shown = this.#examples[fault];
    const text = textOf(record).replace(/\s+/gu, " ").slice(0, 160);
    if (shown.length < shownExamples) shown.push({ id: record.id, text });
  }
}
