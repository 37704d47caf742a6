import { expect, test } from "vitest";
import { everything, formatQuery, isFiltered, parseQuery, parseRange, toggleValue } from "./query.ts";

test("a query stands in the URL and comes back", () => {
  const query = {
    facets: { principle: ["a&b", "help"], pattern: ["put-back"] },
    words: '"the quay" 港',
    sort: "-changed",
  };
  expect(parseQuery(formatQuery(query))).toEqual(query);
  expect(formatQuery({ ...query, facets: { pattern: ["put-back"], principle: ["help", "a&b"] } })).toBe(
    formatQuery(query),
  );
  expect(formatQuery(everything)).toBe("");
  expect(parseQuery("?principle=help&principle=help&from=3&n=2&at=x&q=+&kind=").facets).toEqual({
    principle: ["help"],
  });
  expect(isFiltered(parseQuery("sort=changed&from=3"))).toBe(false);
  expect(isFiltered(parseQuery("q=quay"))).toBe(true);
  expect(Object.keys(parseQuery("__proto__=x").facets)).toEqual(["__proto__"]);
});

test("a value is chosen and taken back", () => {
  const chosen = toggleValue(everything, "kind", "red-team");
  expect(chosen.facets).toEqual({ kind: ["red-team"] });
  expect(toggleValue(chosen, "kind", "helpful").facets).toEqual({ kind: ["red-team", "helpful"] });
  expect(toggleValue(chosen, "kind", "red-team")).toEqual(everything);
});

test.each([
  ["", { from: 0, n: 50 }],
  ["from=100&n=20", { from: 100, n: 20 }],
  ["from=-1&n=1e3", { from: 0, n: 50 }],
  ["n=5000", { from: 0, n: 200 }],
  ["n=0", { from: 0, n: 1 }],
  ["at=a%2Fb&n=20", { from: 0, n: 20, at: "a/b" }],
])("the range %j", (text, range) => {
  expect(parseRange(text)).toEqual(range);
});
