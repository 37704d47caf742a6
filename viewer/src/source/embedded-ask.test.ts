import { expect, test } from "vitest";
import type { Shared } from "../../../src/view/shared/index.ts";
import { AskedSource } from "./asked-source.ts";
import { askShared } from "./embedded-ask.ts";

const shared: Shared = {
  answers: {
    runs: { folder: ".", runs: [] },
    "runs/demo": { line: { name: "demo" } },
    "runs/demo/chains/a/b%20c": { messages: [{ role: "user", content: "bread and rope" }] },
    "runs/demo/chains/d": { messages: [{ role: "user", content: "a well" }] },
  },
  lists: {
    "runs/demo/chains": {
      facets: [{ id: "kind", title: "Request", values: [{ value: "helpful", label: "helpful" }] }],
      items: [
        { row: { id: "a/b c" }, values: { kind: ["helpful"] }, columns: {} },
        { row: { id: "d" }, values: {}, columns: {} },
      ],
    },
  },
};

test("a page that was sent answers by itself: what it holds, its lists with filters and words, nothing else", async () => {
  const source = new AskedSource(askShared(shared));
  expect(await source.runs()).toEqual({ folder: ".", runs: [] });
  expect(await source.chain("demo", "a/b c")).toBe(shared.answers["runs/demo/chains/a/b%20c"]);
  const all = await source.chains("demo", { facets: {} }, { from: 0, n: 10 });
  expect([all.total, all.matching, all.facets[0]?.values[0]?.count]).toEqual([2, 2, 1]);
  const found = await source.chains("demo", { facets: {}, words: "rope" }, { from: 0, n: 10, at: "a/b c" });
  expect([found.rows.map(({ id }) => id), found.position]).toEqual([["a/b c"], 0]);
  const kind = await source.chains("demo", { facets: { kind: ["helpful"] } }, { from: 0, n: 10 });
  expect(kind.rows.map(({ id }) => id)).toEqual(["a/b c"]);
  await expect(source.chain("demo", "none")).rejects.toMatchObject({ code: "not-found" });
  await expect(source.record("demo", "constructor")).rejects.toMatchObject({ code: "not-found" });
  await expect(source.mark("demo", [])).rejects.toMatchObject({ code: "failed" });
});
