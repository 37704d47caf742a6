import { z } from "zod";
import { comparisonSchema, decidedDistance, noLabelSchema, readOpinions } from "../../feedback/index.ts";
import { type Item, isRecord, type Listing, listIn, type RawRecord, tallyKey, textIn } from "../segments/listing.ts";

/** A label so near to one half prefers neither answer. */
const nearTie = 0.05;
/** Orders so far apart on two sides of one half are no chance of a near tie. */
const turnsFrom = 0.1;

/** What lists read of a comparison, or of a pair without a label. */
const pairSchema = z.discriminatedUnion("type", [
  comparisonSchema.pick({
    ...{ type: true, id: true, source: true, principleId: true, responses: true, label: true, raw: true },
    ...{ labelledBy: true, evidence: true, unanswered: true },
  }),
  noLabelSchema.pick({ type: true, id: true, source: true, principleId: true, responses: true, unanswered: true }),
]);
export type ReadPair = z.infer<typeof pairSchema>;

/** Comparisons of AI feedback: the records of a prompt whose two answers were compared. */
export const comparisonListing: Listing = {
  columns: ["sure", "flips", "judged", "given", "swapped"],
  groupOf: (record) => textIn(record, "promptId"),
  derive: deriveComparison,
};

/** What the preference model says of each comparison. */
export const preferenceListing: Listing = {
  columns: ["probability", "label"],
  groupOf: (record) => textIn(record, "id"),
  derive([record]) {
    if (record?.["type"] !== "preference") return undefined;
    const { probability, raw } = record;
    if (typeof probability !== "number" || typeof raw !== "number") return undefined;
    return { facets: {}, columns: { probability, label: raw }, texts: [], marked: new Set() };
  },
};

export function readPair(records: readonly RawRecord[]): ReadPair | undefined {
  const found = records.find(({ type }) => type === "comparison" || type === "no-label");
  return found === undefined ? undefined : pairSchema.safeParse(found).data;
}

/** Whether a verdict turns with the order in which the answers were shown. */
export function isTurned([given, swapped]: readonly [number, number]): boolean {
  return given > 0.5 !== swapped > 0.5 && Math.abs(given - swapped) >= turnsFrom;
}

/** Principles that were asked, and of them those whose verdict turns. */
export function countTurns(pair: ReadPair): { readonly asked: number; readonly flips: number } {
  const evidence = pair.type === "comparison" ? pair.evidence : [];
  const silent = new Set((pair.unanswered ?? []).map(({ principleId }) => principleId));
  for (const { principleId } of evidence) silent.delete(principleId);
  return { asked: evidence.length + silent.size, flips: evidence.filter((one) => isTurned(sidesOf(one))).length };
}

type OneEvidence = Extract<ReadPair, { readonly type: "comparison" }>["evidence"][number];

export function sidesOf({ orders: [given, swapped] }: OneEvidence): readonly [number, number] {
  return [given.probability, swapped.probability];
}

function deriveComparison(records: readonly RawRecord[]): Item | undefined {
  const pair = readPair(records);
  if (pair === undefined) return undefined;
  const isLabelled = pair.type === "comparison";
  const evidence = isLabelled ? pair.evidence : [];
  const { sure, pairs } = readOpinions({ evidence, raw: isLabelled ? pair.raw : 0.5 });
  const { flips } = countTurns(pair);
  const sides = evidence.map(sidesOf);
  const byContext =
    isLabelled && pair.labelledBy !== undefined && Math.abs(pair.raw - 0.5) >= decidedDistance
      ? pair.principleId
      : null;
  const tally: Record<string, number> = {};
  const examples: Record<string, { readonly score: number; readonly id: string }> = {};
  const count = (...key: string[]): void => {
    tally[tallyKey(...key)] = (tally[tallyKey(...key)] ?? 0) + 1;
  };
  for (const { principleId } of evidence) count("asked", principleId);
  for (const { principle, isFollowed } of sure) {
    count("sure", principle);
    if (isFollowed) count("sided", principle);
  }
  for (const { principles, isOpposed, distance } of pairs) {
    if (!isOpposed) continue;
    count("opposed", ...principles);
    examples[tallyKey("opposed", ...principles)] = { score: distance, id: pair.id };
  }
  return {
    facets: {
      principle: [...new Set([...sure.map(({ principle }) => principle), ...(byContext === null ? [] : [byContext])])],
      asked: pair.principleId === null ? [] : [pair.principleId],
      source: [pair.source],
      pattern: [
        ...(isLabelled && Math.abs(pair.raw - 0.5) < nearTie ? ["near-tie"] : []),
        ...(flips > 0 ? ["flips"] : []),
        ...((pair.unanswered ?? []).length > 0 ? ["unanswered"] : []),
      ],
    },
    columns: {
      ...(isLabelled ? { sure: Math.abs(pair.raw - 0.5) } : {}),
      flips,
      judged: sides.length,
      given: sides.reduce((sum, [given]) => sum + given, 0),
      swapped: sides.reduce((sum, [, swapped]) => sum + swapped, 0),
    },
    texts: textsOf(records, pair.responses, evidence),
    marked: new Set(),
    tally,
    examples,
  };
}

function textsOf(
  records: readonly RawRecord[],
  answers: readonly string[],
  evidence: readonly OneEvidence[],
): string[] {
  const response = records.find(({ type }) => type === "response");
  const messages = response === undefined ? [] : listIn(response, "messages").filter(isRecord);
  const thoughts = evidence.flatMap(({ orders }) => orders.map(({ thought }) => thought ?? ""));
  return [...new Set([...messages.map((message) => textIn(message, "content") ?? ""), ...answers, ...thoughts])];
}
