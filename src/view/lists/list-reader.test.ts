import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Rng, rng } from "../../rng.ts";
import { canonicalJson, tryJson } from "../../storage/index.ts";
import { chainFacets } from "../chains/facets.ts";
import { chainListing } from "../chains/listing.ts";
import type { Query } from "../query/index.ts";
import { principles, randomChain, vocabulary } from "../random-chains.test-support.ts";
import { isRecord, type RawRecord } from "../segments/listing.ts";
import { segmentsOf } from "../segments/read-file.ts";
import { Segment } from "../segments/segment.ts";
import { ListReader, type Place } from "./list-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-list-"));
afterAll(() => rmSync(folder, { recursive: true }));

const chains = Array.from({ length: 400 }, (_, i) => randomChain(i, 5));
const path = join(folder, "records.jsonl");
const text = chains
  .flat()
  .map((record) => `${canonicalJson(record)}\n`)
  .join("");
writeFileSync(path, text);
const bytes = Buffer.from(text);

const segments: Segment[] = [];
for (const built of segmentsOf({
  path,
  isPartial: false,
  listing: chainListing,
  bytes: { first: 9000, largest: 80_000 },
})) {
  const first = segments.reduce((sum, { n }) => sum + n, 0);
  segments.push(new Segment(built.resident, first, (from, to) => built.postings.subarray(from, to)));
}

function recordsOf({ segment, item }: Place): RawRecord[] {
  const { first, n } = segment.rowsOf(item);
  return Array.from({ length: n }, (_, i) => segment.row(first + i))
    .map(({ at, length }) => tryJson(bytes.subarray(at, at + length).toString()))
    .filter(isRecord);
}
const reader = new ListReader(
  { segments, version: 1, items: chains.length },
  (place) => chainListing.derive(recordsOf(place))?.texts ?? [],
);
const definitions = chainFacets(principles);

const remembered = new Map<readonly RawRecord[], Map<string, readonly unknown[]>>();

/** What an item's records say, read one by one, without any index. */
const naive = {
  values(chain: readonly RawRecord[], facet: string): readonly unknown[] {
    const own = remembered.get(chain) ?? new Map<string, readonly unknown[]>();
    remembered.set(chain, own);
    const values = own.get(facet) ?? this.read(chain, facet);
    own.set(facet, values);
    return values;
  },
  read(chain: readonly RawRecord[], facet: string): readonly unknown[] {
    const of = (type: string) => chain.filter((record) => record["type"] === type);
    switch (facet) {
      case "principle":
        return of("revision").map(({ principleId }) => principleId);
      case "found":
        return of("critique").flatMap(({ finding, principleId }) => (finding === "breaks" ? [principleId] : []));
      case "rounds":
        return [String(of("revision").length)];
      case "kind":
        return of("response").map(({ kind }) => kind);
      case "source":
        return of("sl-example").length === 0 ? ["none"] : of("sl-example").map(({ source }) => source);
      case "outcome":
        return of("revision").map(({ outcome }) => outcome);
      default:
        return chainListing.derive(chain)?.facets[facet] ?? [];
    }
  },
  /** Each word by itself, and phrases between spaces. */
  holds(chain: readonly RawRecord[], typed: string): boolean {
    const texts = chain.flatMap((record): string[] => {
      const { type, messages, response, critique, revision } = record;
      if (type === "response") return [(messages as { content: string }[])[0]?.content ?? "", String(response)];
      return type === "critique" ? [String(critique)] : type === "revision" ? [String(revision)] : [];
    });
    const [, phrase] = /^"(.*)"$/u.exec(typed) ?? [];
    if (phrase !== undefined) return texts.some((one) => ` ${one} `.includes(` ${phrase} `));
    const words = typed.split(" ").filter((word) => word !== "");
    return words.every((word, i) =>
      texts.some((one) => one.split(" ").some((own) => (i === words.length - 1 ? own.startsWith(word) : own === word))),
    );
  },
  fits(chain: readonly RawRecord[], { facets, words }: Query, without?: string): boolean {
    const isIn = ([facet, wanted]: readonly [string, readonly string[]]): boolean =>
      facet === without || wanted.some((value) => this.values(chain, facet).includes(value));
    return Object.entries(facets).every(isIn) && (words === undefined || this.holds(chain, words));
  },
};

function randomQuery(random: Rng): Query {
  const facets: Record<string, string[]> = {};
  const offered: readonly (readonly [string, readonly string[]])[] = [
    ["principle", principles],
    ["found", principles],
    ["kind", ["red-team", "helpful"]],
    ["rounds", ["0", "1", "2", "3"]],
    ["source", ["none", "revision", "helpful"]],
    ["outcome", ["usable", "copy"]],
    ["pattern", ["put-back", "changed", "still-breaking", "not-rechecked"]],
  ];
  for (const [facet, values] of offered) {
    if (random.next() > 0.3) continue;
    facets[facet] = values.filter(() => random.next() < 0.5);
    if (facets[facet]?.length === 0) facets[facet] = [random.pick(values)];
  }
  const word = (): string => random.pick(vocabulary);
  const words = random.pick([
    undefined,
    undefined,
    word(),
    `${word()} ${word()}`,
    `"${word()} ${word()}"`,
    word().slice(0, 2),
  ]);
  return { facets, words, sort: random.pick([undefined, "rounds", "-changed", "-breaches"]) };
}

/** Until every candidate of a phrase is read. */
function select(query: Query, from = 0, n = 200) {
  for (;;) {
    const selection = reader.select(query, { from, n }, definitions);
    if (selection.isExact) return selection;
  }
}

const promptOf = (place: Place): unknown => recordsOf(place)[0]?.["promptId"];

describe("the index says what reading everything says", () => {
  test.each(Array.from({ length: 50 }, (_, seed) => seed))("query %i", (seed) => {
    const query = randomQuery(rng(seed, "query"));
    const fitting = chains.filter((chain) => naive.fits(chain, query));
    const { matching, facets } = select(query);
    expect([query, matching]).toEqual([query, fitting.length]);
    for (const { id, values } of facets) {
      const others = chains.filter((chain) => naive.fits(chain, query, id));
      for (const { value, count } of values) {
        const counted = others.filter((chain) => naive.values(chain, id).includes(value)).length;
        expect([query, id, value, count]).toEqual([query, id, value, counted]);
      }
    }
    const found = [0, 200].flatMap((from) => select(query, from).places);
    expect(found.map(promptOf).sort()).toEqual(fitting.map(([record]) => record?.["promptId"]).sort());
    const [column = "", sign] = query.sort?.startsWith("-") ? [query.sort.slice(1), -1] : [query.sort, 1];
    if (query.sort !== undefined) {
      const keys = found
        .map(({ segment, item }) => sign * segment.column(column, item))
        .filter((key) => !Number.isNaN(key));
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
    } else expect(found.map(promptOf)).toEqual(found.map(promptOf).sort());
    expect([...reader.all(query)].map(promptOf)).toEqual(found.map(promptOf));
  });
});

test("a list is ordered by its own columns alone, whatever is asked for", () => {
  for (const sort of ["anything", "-anything", "-", "--changed", "__proto__"]) {
    expect(() => select({ facets: {}, sort })).toThrow(/sort=[\s\S]*changed, -changed/u);
  }
});

test("of a phrase the count is what it is at most until its candidates are read", () => {
  const fresh = new ListReader({ segments, version: 2, items: chains.length }, (place) => {
    // Slow enough that a request reads some of them only.
    const end = performance.now() + 3;
    while (performance.now() < end);
    return chainListing.derive(recordsOf(place))?.texts ?? [];
  });
  const query = { facets: {}, words: '"quay boat"' };
  const exact = chains.filter((chain) => naive.holds(chain, '"quay boat"')).length;
  const first = fresh.select(query, { from: 0, n: 5 }, definitions);
  expect(first.isExact).toBe(false);
  expect(first.matching).toBeGreaterThan(exact);
  for (const place of first.places) expect(naive.holds(recordsOf(place), '"quay boat"')).toBe(true);
  let [last, asked] = [first, 1];
  for (; !last.isExact && asked < 500; asked++) last = fresh.select(query, { from: 0, n: 5 }, definitions);
  expect(last.matching).toBe(exact);
});
