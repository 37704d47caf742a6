import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "./records.ts";
import { isTrainable } from "./responses.ts";

/** The records of one prompt's chain. */
export type ChainRecord = ResponseRecord | CritiqueRecord | RevisionRecord;

export function isOfChain<R extends { readonly type: string }>(record: R): record is Extract<R, ChainRecord> {
  return record.type === "response" || record.type === "critique" || record.type === "revision";
}

/** What speaks against training on a chain. */
export interface ChainFaults {
  /** Answers and revisions, by id, in which a critique found a breach. */
  readonly breaching: ReadonlySet<string>;
  /** Rounds whose revision puts back words that an earlier round had removed. */
  readonly putBacks: readonly number[];
  /** Whether the last answer is a revision that no critique has read. */
  readonly isUnread: boolean;
  /** The last answer of the chain; undefined where the model gave none. */
  readonly last: ResponseRecord | RevisionRecord | undefined;
}

/** Reads one prompt's chain, with the first of several responses. */
export function findChainFaults(records: readonly ChainRecord[]): ChainFaults {
  const response = records.find((record) => record.type === "response");
  const revisions = records
    .filter((record) => record.type === "revision")
    .filter(({ outcome }) => isTrainable(outcome))
    .sort((a, b) => a.round - b.round);
  const critiques = records.filter((record) => record.type === "critique");
  const texts = [response?.response ?? "", ...revisions.map(({ revision }) => revision)].map(phrasesOf);
  const last = revisions.at(-1) ?? response;
  const read = new Set(critiques.flatMap(({ parents }) => parents.slice(0, 1)));
  return {
    breaching: new Set(critiques.flatMap(({ finding, parents }) => (finding === "breaks" ? parents.slice(0, 1) : []))),
    putBacks: revisions.flatMap(({ round }, index) => (putsBack(texts, index + 1) ? [round] : [])),
    isUnread: last?.type === "revision" && critiques.length > 0 && !read.has(last.id),
    last,
  };
}

/** Whether text `at` has a phrase that the one before lacks and an earlier one had. */
function putsBack(texts: readonly ReadonlySet<string>[], at: number): boolean {
  const before = texts[at - 1];
  const earlier = texts.slice(0, at - 1);
  return [...(texts[at] ?? [])].some((phrase) => !before?.has(phrase) && earlier.some((text) => text.has(phrase)));
}

/** Every run of three words: two alone come together by chance. */
function phrasesOf(text: string): ReadonlySet<string> {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  return new Set(words.slice(2).map((_, index) => words.slice(index, index + 3).join(" ")));
}
