import { isPassedOver } from "./grounds.ts";
import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "./records.ts";
import { isTrainable } from "./responses.ts";

/** The records of one prompt's chain. */
export type ChainRecord = ResponseRecord | CritiqueRecord | RevisionRecord;

export function isOfChain<R extends { readonly type: string }>(record: R): record is Extract<R, ChainRecord> {
  return record.type === "response" || record.type === "critique" || record.type === "revision";
}

/** What is read of them here. */
export type ChainPart =
  | Pick<ResponseRecord, "type" | "id" | "response">
  | Pick<CritiqueRecord, "type" | "finding" | "parents" | "grounds">
  | Pick<RevisionRecord, "type" | "id" | "round" | "outcome" | "revision">;

/** What speaks against training on a chain. */
export interface ChainFaults {
  /** Answers and revisions, by id, in which a critique found a breach. */
  readonly breaching: ReadonlySet<string>;
  /** Revisions that put back words which an earlier round had removed. */
  readonly putBacks: readonly PutBack[];
  /** Whether the last answer is a revision that no critique has read. */
  readonly isUnread: boolean;
  /** The last answer of the chain; undefined where the model gave none. */
  readonly last: Exclude<ChainPart, { readonly type: "critique" }> | undefined;
}

/** A revision that undoes a part of an earlier one. */
export interface PutBack {
  readonly round: number;
  /** The round that had removed most of what is back. */
  readonly ofRound: number;
  /** Words that are back, of those that that round had removed. */
  readonly words: number;
}

/** Reads one prompt's chain, with the first of several responses. */
export function findChainFaults(records: readonly ChainPart[]): ChainFaults {
  const response = records.find((record) => record.type === "response");
  const revisions = records
    .filter((record) => record.type === "revision")
    .filter(({ outcome }) => isTrainable(outcome))
    .sort((a, b) => a.round - b.round);
  const critiques = records.filter((record) => record.type === "critique").filter((record) => !isPassedOver(record));
  const texts = [response?.response ?? "", ...revisions.map(({ revision }) => revision)].map(phrasesOf);
  const held = texts.map((phrases) => new Set(phrases));
  const last = revisions.at(-1) ?? response;
  const read = new Set(critiques.flatMap(({ parents }) => parents.slice(0, 1)));
  return {
    breaching: new Set(critiques.flatMap(({ finding, parents }) => (finding === "breaks" ? parents.slice(0, 1) : []))),
    putBacks: revisions.flatMap(({ round }, index) => {
      const undone = findUndone(texts[index + 1] ?? [], held.slice(0, index + 1));
      return undone === undefined
        ? []
        : [{ round, ofRound: revisions[undone.by - 1]?.round ?? 0, words: undone.words }];
    }),
    isUnread: last?.type === "revision" && critiques.length > 0 && !read.has(last.id),
    last,
  };
}

/** Which text had removed phrases that stand here again, though the one before lacks them, and how many words they are. */
function findUndone(
  phrases: readonly string[],
  before: readonly ReadonlySet<string>[],
): { readonly by: number; readonly words: number } | undefined {
  const back = new Map<number, Set<number>>();
  for (const [start, phrase] of phrases.entries()) {
    const had = before.findLastIndex((earlier) => earlier.has(phrase));
    if (had < 0 || had === before.length - 1) continue;
    const places = back.get(had + 1) ?? new Set();
    back.set(had + 1, places);
    for (let place = start; place < start + phraseLength; place++) places.add(place);
  }
  const [most] = [...back].sort(([, a], [, b]) => b.size - a.size);
  return most === undefined ? undefined : { by: most[0], words: most[1].size };
}

/** Two words alone come together by chance. */
const phraseLength = 3;

/** Every run of so many words, in order. */
function phrasesOf(text: string): string[] {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  return words.slice(phraseLength - 1).map((_, start) => words.slice(start, start + phraseLength).join(" "));
}
