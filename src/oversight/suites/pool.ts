import { pairNearDuplicates } from "../../constitution/index.ts";
import { rng } from "../../rng.ts";
import { type StatementRecord, suiteSideOf } from "./records.ts";
import type { CheckedSides, SuiteSide, SuiteTemplates } from "./templates.ts";

/** Two statements are one where these are equal: case, punctuation and spaces do not count. */
export const wordsOf = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** A statement as it was written, and what the check said of it; undefined where it gave no answer. */
export type WrittenStatement = Pick<StatementRecord, "id" | "text" | "asked"> & {
  readonly checked: CheckedSides | undefined;
};

/** The statements that are sure and new so far, by side. */
export class StatementPool {
  readonly #kept: Record<SuiteSide, StatementRecord[]> = { matching: [], notMatching: [] };
  readonly #known = new Set<string>();
  readonly #options: Pick<SuiteTemplates, "asksSide" | "nearDuplicate"> & { readonly confidence: number };

  constructor(options: Pick<SuiteTemplates, "asksSide" | "nearDuplicate"> & { readonly confidence: number }) {
    this.#options = options;
  }

  of(side: SuiteSide): readonly StatementRecord[] {
    return this.#kept[side];
  }

  /** Of a round's statements those that need a check: the first of each that is not known yet. */
  selectFresh<T extends { readonly text: string }>(written: readonly T[]): T[] {
    const seen = new Set<string>();
    return written.filter(({ text }) => {
      const words = wordsOf(text);
      const isFresh = !this.#known.has(words) && !seen.has(words);
      seen.add(words);
      return isFresh;
    });
  }

  /** Says what becomes of a round's statements, and keeps those that are sure, new, and not disputed. */
  takeRound(written: readonly WrittenStatement[]): StatementRecord[] {
    const { asksSide, confidence } = this.#options;
    const records = written.map(({ checked, ...statement }): StatementRecord => {
      const { matching, notMatching } = checked ?? { matching: 0, notMatching: 0 };
      const words = wordsOf(statement.text);
      const isKnown = this.#known.has(words);
      this.#known.add(words);
      const isDisputed = asksSide && suiteSideOf({ matching, notMatching }) !== statement.asked;
      const isSure = Math.max(matching, notMatching) >= confidence;
      const reason = !isSure ? "unsure" : isDisputed ? "disputed" : "kept";
      const outcome = isKnown ? "duplicate" : checked === undefined ? "unchecked" : reason;
      return { type: "suite-statement", ...statement, matching, notMatching, outcome };
    });
    const near = this.#nearDuplicates(records);
    const final = records.map((record) => (near.has(record) ? { ...record, outcome: "duplicate" as const } : record));
    for (const record of final) this.restore(record);
    return final;
  }

  /** Those that say nearly what an earlier one says. Words that all share weigh little, so all are compared at once. */
  #nearDuplicates(records: readonly StatementRecord[]): ReadonlySet<StatementRecord> {
    const { nearDuplicate } = this.#options;
    if (nearDuplicate === undefined) return new Set();
    const fresh = records.filter(({ outcome }) => outcome === "kept");
    const all = [...this.#kept.matching, ...this.#kept.notMatching, ...fresh];
    const earlier = all.length - fresh.length;
    const pairs = pairNearDuplicates(
      all.map(({ text }) => text),
      nearDuplicate,
    );
    const dropped = new Set<number>();
    for (const { first, second } of pairs.toSorted((a, b) => a.second - b.second))
      if (second >= earlier && !dropped.has(first)) dropped.add(second);
    return new Set([...dropped].flatMap((at) => all[at] ?? []));
  }

  /** Puts back what an earlier process took. */
  restore(record: StatementRecord): void {
    this.#known.add(wordsOf(record.text));
    if (record.outcome !== "kept") return;
    this.#kept[suiteSideOf(record)].push(record);
  }
}

/** As many of both sides, the surest of each, in an order that a seed gives. */
export function balance(pool: StatementPool, count: number, seed: number): readonly StatementRecord[] {
  const each = Math.min(Math.floor(count / 2), pool.of("matching").length, pool.of("notMatching").length);
  const surest = (side: SuiteSide) => pool.of(side).toSorted((a, b) => b[side] - a[side] || (a.id < b.id ? -1 : 1));
  const chosen = [...surest("matching").slice(0, each), ...surest("notMatching").slice(0, each)];
  return rng(seed, "suite-order").shuffle(chosen);
}
