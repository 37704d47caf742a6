import { type ChainPart, findChainFaults, type PutBack } from "../../feedback/index.ts";
import {
  type Item,
  isRecord,
  type Listing,
  listIn,
  namesIn,
  type RawRecord,
  tallyKey,
  textIn,
} from "../segments/listing.ts";
import { shareChanged } from "./share-changed.ts";

/** Share of changed words from which a chain is worth a look. */
export const muchChanged = 0.6;

/** Chains of SL-CAI: all records of a prompt that was answered. */
export const chainListing: Listing = {
  columns: ["changed", "rounds", "breaches"],
  groupOf: (record) => textIn(record, "promptId"),
  derive: deriveChain,
};

function deriveChain(records: readonly RawRecord[]): Item | undefined {
  const response = records.find((record) => record["type"] === "response");
  if (response === undefined) return undefined;
  const revisions = records.filter((record) => record["type"] === "revision");
  const critiques = records.filter((record) => record["type"] === "critique");
  const examples = records.filter((record) => record["type"] === "sl-example");
  const { breaching, isUnread, putBacks, last } = findChainFaults(records.flatMap(partOf));
  const changed =
    last?.type === "revision" ? shareChanged(textIn(response, "response") ?? "", last.revision) : Number.NaN;
  const patterns = [
    ...(putBacks.length > 0 ? ["put-back"] : []),
    ...(last !== undefined && breaching.has(last.id) ? ["still-breaking"] : []),
    ...(isUnread ? ["not-rechecked"] : []),
    ...(changed > muchChanged ? ["changed"] : []),
  ];
  const found = critiques.filter((critique) => critique["finding"] === "breaks");
  return {
    facets: {
      principle: valuesOf(revisions, "principleId"),
      found: valuesOf(found, "principleId"),
      pattern: patterns,
      rounds: [String(revisions.length)],
      kind: valuesOf([response], "kind"),
      source: examples.length === 0 ? ["none"] : valuesOf(examples, "source"),
      outcome: valuesOf(revisions, "outcome"),
    },
    columns: { changed, rounds: revisions.length, breaches: found.length },
    texts: [
      ...records.filter((record) => record["type"] === "response").flatMap(textsOfResponse),
      ...critiques.map((critique) => textIn(critique, "critique") ?? ""),
      ...revisions.map((revision) => textIn(revision, "revision") ?? ""),
    ],
    tally: tallyOf({ revisions, critiques, examples, putBacks }),
    marked: new Set(
      revisions
        .filter(({ round }) => putBacks.some((putBack) => putBack.round === round))
        .map((revision) => textIn(revision, "id") ?? ""),
    ),
  };
}

interface Parts {
  readonly revisions: readonly RawRecord[];
  readonly critiques: readonly RawRecord[];
  readonly examples: readonly RawRecord[];
  readonly putBacks: readonly PutBack[];
}

/** What each principle did in a chain. */
function tallyOf({ revisions, critiques, examples, putBacks }: Parts): Record<string, number> {
  const tally: Record<string, number> = {};
  const count = (what: string, ...principles: readonly (string | undefined)[]): void => {
    if (principles.some((one) => one === undefined)) return;
    const key = tallyKey(what, ...principles.filter((one) => one !== undefined));
    tally[key] = (tally[key] ?? 0) + 1;
  };
  const nameOf = (record: RawRecord | undefined): string | undefined =>
    record === undefined ? undefined : textIn(record, "principleId");
  for (const critique of critiques) {
    if (critique["finding"] !== "unclear") count("critique", nameOf(critique));
    if (critique["finding"] === "breaks") count("breaks", nameOf(critique));
  }
  for (const revision of revisions) {
    count("revision", nameOf(revision));
    if (revision["outcome"] === "usable") count("usable", nameOf(revision));
  }
  const usable = revisions.filter(({ outcome }) => outcome === "usable");
  for (const example of examples) {
    const shaping = usable.filter(({ round }) => Number(round) <= Number(example["round"]));
    for (const name of new Set([...shaping.map(nameOf), nameOf(example)])) count("row", name);
    count("shaped last", nameOf(example));
  }
  const at = (wanted: number): string | undefined => nameOf(revisions.find(({ round }) => round === wanted));
  const sides = putBacks.map(({ round, ofRound }) => [at(round), at(ofRound)] as const);
  for (const [by, of] of sides) if (by !== of) count("undoes", by, of);
  const last = [...usable].sort((a, b) => Number(a["round"]) - Number(b["round"])).at(-1);
  for (const side of new Set(sides.filter(([by, of]) => by !== of).flat())) {
    count("side", side);
    if (side !== undefined && side === nameOf(last)) count("last word", side);
  }
  return tally;
}

function textsOfResponse(response: RawRecord): string[] {
  const messages = listIn(response, "messages").filter(isRecord);
  return [...messages.map((message) => textIn(message, "content") ?? ""), textIn(response, "response") ?? ""];
}

function valuesOf(records: readonly RawRecord[], field: string): string[] {
  return [...new Set(records.flatMap((record) => textIn(record, field) ?? []))];
}

const findings = ["breaks", "keeps", "unclear"] as const;
const outcomes = ["usable", "unchanged", "empty", "meta-text", "copy", "incomplete", "bare-refusal"] as const;

/** What the faults of a chain are read from, as far as the record has it: an index reads what no schema has checked. */
function partOf(record: RawRecord): ChainPart[] {
  const id = textIn(record, "id") ?? "";
  if (record["type"] === "response") return [{ type: "response", id, response: textIn(record, "response") ?? "" }];
  if (record["type"] === "critique") {
    const finding = findings.find((one) => one === record["finding"]) ?? "unclear";
    return [{ type: "critique", finding, parents: namesIn(record, "parents") }];
  }
  if (record["type"] !== "revision") return [];
  const outcome = outcomes.find((one) => one === record["outcome"]) ?? "incomplete";
  const round = typeof record["round"] === "number" ? record["round"] : 0;
  return [{ type: "revision", id, round, outcome, revision: textIn(record, "revision") ?? "" }];
}
