import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import type { Query } from "../query/index.ts";
import type { SharedItem, SharedList } from "./shared.ts";
import { SharedLister } from "./shared-lister.ts";

const words = ["bread", "rope", "well", "dye", "港", "港の朝", "émile"];
const colours = ["red", "green", "blue"];
const sizes = ["big", "small"];

interface Made {
  readonly list: SharedList;
  readonly texts: ReadonlyMap<string, string>;
}

function makeList(seed: number, n: number): Made {
  const r = rng(seed, "shared list");
  const texts = new Map<string, string>();
  const items = Array.from({ length: n }, (_, i): SharedItem => {
    const id = `item-${i}`;
    texts.set(id, Array.from({ length: 4 }, () => r.pick(words)).join(" "));
    return {
      row: { id },
      values: { colour: colours.filter(() => r.next() < 0.4), size: [r.pick(sizes)] },
      columns: { weight: r.next() < 0.2 ? null : Math.floor(5 * r.next()) },
    };
  });
  const facets = [
    { id: "colour", title: "Colour", values: colours.map((value) => ({ value, label: value })) },
    { id: "size", title: "Size", values: sizes.map((value) => ({ value, label: value })) },
  ];
  return { list: { facets, items }, texts };
}

/** The same by looping over all items. */
function filterNaively({ list, texts }: Made, query: Query, skipped?: string): string[] {
  return list.items
    .filter(({ row, values }) => {
      const fits = Object.entries(query.facets).every(
        ([facet, wanted]) => facet === skipped || wanted.some((value) => values[facet]?.includes(value)),
      );
      const text = ` ${texts.get(row.id)} `;
      const typed = query.words?.replaceAll('"', "");
      return fits && (typed === undefined || text.includes(` ${typed} `));
    })
    .map(({ row }) => row.id);
}

test.each([1, 2, 3, 4])("a shared list says what a loop over its items says: seed %d", (seed) => {
  const made = makeList(seed, 120);
  const lister = new SharedLister(made.list, (id) => ({ messages: [{ role: "user", content: made.texts.get(id) }] }));
  const queries: Query[] = [
    { facets: {} },
    { facets: { colour: ["red"] } },
    { facets: { colour: ["red", "blue"], size: ["big"] } },
    { facets: { size: ["none such"] } },
    { facets: { colour: ["green"] }, words: '"rope"' },
    { facets: {}, words: '"bread rope"' },
  ];
  for (const query of queries) {
    const expected = filterNaively(made, query);
    const page = lister.select(query, { from: 0, n: 200 });
    expect(page.rows.map(({ id }) => id)).toEqual(expected);
    expect(page).toMatchObject({ total: 120, matching: expected.length, isExact: true, position: null });
    for (const { id, values } of page.facets) {
      const besides = new Set(filterNaively(made, query, id));
      for (const { value, count } of values) {
        const having = made.list.items.filter(
          ({ row, values: own }) => besides.has(row.id) && own[id]?.includes(value),
        );
        expect(count).toBe(having.length);
      }
    }
  }
});

test("a list is ordered by a column, items without a number at the end, and opens around an item", () => {
  const { list } = makeList(5, 40);
  const lister = new SharedLister(list, () => null);
  const weights = (sort: string): (number | null | undefined)[] =>
    lister
      .select({ facets: {}, sort }, { from: 0, n: 40 })
      .rows.map(({ id }) => list.items.find(({ row }) => row.id === id)?.columns["weight"]);
  const known = list.items.flatMap(({ columns }) => columns["weight"] ?? []).sort((a, b) => a - b);
  const missing = Array.from({ length: 40 - known.length }, () => null);
  expect(weights("weight")).toEqual([...known, ...missing]);
  expect(weights("-weight")).toEqual([...known.toReversed(), ...missing]);
  const page = lister.select({ facets: {} }, { from: 0, n: 10, at: "item-23" });
  expect([page.from, page.position, page.rows[3]?.id]).toEqual([20, 23, "item-23"]);
  expect(lister.select({ facets: { colour: ["none"] } }, { from: 0, n: 10, at: "item-23" }).position).toBeNull();
});
