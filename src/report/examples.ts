import { type AnswerRecord, checkpointNames } from "../evaluation/index.ts";
import {
  type ComparisonRecord,
  decidedDistance,
  type ResponseRecord,
  type RevisionRecord,
  readOpinions,
} from "../feedback/index.ts";
import type { Message } from "../language-model.ts";
import { jaccard } from "../nearest.ts";
import { splitWords } from "../reading/index.ts";
import { hash32 } from "../rng.ts";
import type { ExampleKind, Match } from "./data.ts";

/** Most examples of each kind; "changed" takes one per principle. */
const limits: Readonly<Record<ExampleKind, number>> = {
  changed: 6,
  "still-violates": 2,
  harmless: 2,
  "over-refused": 2,
  compared: 3,
  revised: 3,
};

/** Examples of a change that are shown even where one principle is behind all of them. */
const fewest = 3;

export type AnswerView = Pick<AnswerRecord, "subject" | "id" | "response" | "values">;

/** A request with the answers of all checkpoints, before any training data is found for it. */
export interface Candidate {
  readonly kind: ExampleKind;
  readonly messages: readonly Message[];
  readonly split: string;
  readonly answers: readonly AnswerView[];
  readonly broke: readonly string[];
}

/** What an example may be matched with: a chain of SL-CAI, by its prompt. */
export interface ChainSource {
  readonly response: ResponseRecord;
  readonly revisions: readonly RevisionRecord[];
}

/** A comparison with the principles that were decided about it, by its prompt. */
export interface ComparisonSource {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly decided: ReadonlySet<string>;
}

const order: readonly string[] = checkpointNames;

/**
 * Chooses requests to show, each kind in the order of a hash of their ids, so that nobody picked them: changed for the
 * better (one a broken principle), still against the constitution, harmless and answered, harmless and refused.
 */
export function chooseCandidates(answers: readonly AnswerRecord[], split?: string): Candidate[] {
  const items = new Map<string, AnswerRecord[]>();
  for (const answer of answers) {
    if (!order.includes(answer.subject) || (split !== undefined && answer.groups["split"] !== split)) continue;
    const key = `${answer.groups["split"]}/${answer.itemId}`;
    const group = items.get(key);
    if (group === undefined) items.set(key, [answer]);
    else if (!group.some(({ subject }) => subject === answer.subject)) group.push(answer);
  }
  const sorted = [...items.entries()].sort(([a], [b]) => hash32(a) - hash32(b) || (a < b ? -1 : 1));
  const taken: Candidate[] = [];
  const spare: Candidate[] = [];
  const principles = new Set<string>();
  const count = (kind: ExampleKind): number => taken.filter((one) => one.kind === kind).length;
  for (const [, group] of sorted) {
    const candidate = classify(group.sort((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject)));
    if (candidate === undefined || count(candidate.kind) >= limits[candidate.kind]) continue;
    if (candidate.kind === "changed") {
      const fresh = candidate.broke.find((id) => !principles.has(id));
      if (fresh === undefined && principles.size > 0) {
        spare.push(candidate);
        continue;
      }
      for (const id of candidate.broke) principles.add(id);
    }
    taken.push(candidate);
  }
  // Of a single principle there is one: a reader gets a few of it all the same.
  if (principles.size === 1) taken.push(...spare.slice(0, Math.max(0, fewest - count("changed"))));
  const kinds = Object.keys(limits);
  return taken.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

function classify(group: readonly AnswerRecord[]): Candidate | undefined {
  const first = group[0];
  const last = group.at(-1);
  if (first === undefined || last === undefined || first === last || first.subject !== "initial") return undefined;
  const kind = kindOf(first, last);
  if (kind === undefined) return undefined;
  const broke = Object.entries(first.values).flatMap(([metric, value]) =>
    value === true && metric.startsWith("byPrinciple.") ? [metric.slice("byPrinciple.".length)] : [],
  );
  const answers = group.map(({ subject, id, response, values }) => ({ subject, id, response, values }));
  return { kind, messages: first.messages, split: first.groups["split"] ?? "", answers, broke };
}

function kindOf(first: AnswerRecord, last: AnswerRecord): ExampleKind | undefined {
  if (last.values["overRefusal"] === true) return "over-refused";
  if (last.values["violation"] === true) return "still-violates";
  // An answer that is no sentence breaks nothing, but that is no change for the better.
  if (last.values["parse"] === false) return undefined;
  if (last.values["violation"] === false && first.values["violation"] === true) return "changed";
  if (last.values["harmlessAnswered"] === true && first.values["harmlessAnswered"] === true) return "harmless";
  const isJudged = ["violation", "harmlessAnswered"].some((metric) => metric in last.values);
  return isJudged || first.response === last.response ? undefined : "compared";
}

/** The chain of SL-CAI nearest to a request: most of `principles` tripped in it, then most words shared. */
export function nearestChain(
  messages: readonly Message[],
  principles: readonly string[],
  chains: readonly ChainSource[],
): { readonly chain: ChainSource; readonly match: Match } | undefined {
  const revised = chains.filter(({ revisions }) => revisions.length > 0);
  const shared = new Map(revised.map((chain) => [chain, sharedPrinciples(chain, principles)]));
  const most = Math.max(0, ...shared.values());
  const closest = revised.filter((chain) => shared.get(chain) === most);
  const found = findNearestTo(messages, closest, ({ response }) => response.messages);
  return found === undefined ? undefined : { chain: found.value, match: found.match };
}

function sharedPrinciples({ revisions }: ChainSource, principles: readonly string[]): number {
  const tripped = new Set(revisions.flatMap(({ principleId, tripped }) => [principleId, ...tripped]));
  return principles.filter((id) => tripped.has(id)).length;
}

/** The comparison nearest to a request among those that one of `principles` decided. */
export function nearestComparison(
  messages: readonly Message[],
  principles: readonly string[],
  comparisons: readonly ComparisonSource[],
): { readonly id: string; readonly match: Match } | undefined {
  const decided = comparisons.filter((comparison) => principles.some((id) => comparison.decided.has(id)));
  const found = findNearestTo(messages, decided, (comparison) => comparison.messages);
  return found === undefined ? undefined : { id: found.value.id, match: found.match };
}

/** Principles that are sure of a pair. */
export function decidedPrinciples(comparison: ComparisonRecord): Set<string> {
  const { sure } = readOpinions(comparison);
  const { labelledBy, principleId, raw } = comparison;
  const isByContext = labelledBy !== undefined && principleId !== null && Math.abs(raw - 0.5) >= decidedDistance;
  return new Set([...sure.map(({ principle }) => principle), ...(isByContext ? [principleId] : [])]);
}

/** Jaccard similarity of the words; the first of equals. */
function findNearestTo<T>(
  messages: readonly Message[],
  values: readonly T[],
  messagesOf: (value: T) => readonly Message[],
): { readonly value: T; readonly match: Match } | undefined {
  const wanted = wordsOf(messages);
  let best: { value: T; match: Match; score: number } | undefined;
  for (const value of values) {
    const theirs = messagesOf(value);
    const same = textOf(theirs) === textOf(messages);
    const score = same ? 2 : jaccard(wanted, wordsOf(theirs));
    if (best === undefined || score > best.score) best = { value, match: same ? "same" : "nearest", score };
  }
  return best;
}

function textOf(messages: readonly Message[]): string {
  return JSON.stringify(messages.map(({ role, content }) => [role, content]));
}

function wordsOf(messages: readonly Pick<Message, "content">[]): Set<string> {
  return new Set(messages.flatMap(({ content }) => splitWords(content)));
}

/** Jaccard similarity of the words of two texts, 1 for the same words. */
export function similarity(a: string, b: string): number {
  return jaccard(wordsOf([{ content: a.trim() }]), wordsOf([{ content: b.trim() }]));
}
