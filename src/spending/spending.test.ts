import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelEvent } from "../models/options.ts";
import { Spending } from "./spending.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-spending-"));
  path = join(folder, "spending.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const call: ModelEvent = {
  type: "call",
  kind: "generate",
  usage: { promptTokens: 1e6, completionTokens: 1e6 },
  latencyMs: 1000,
  attempts: 1,
  isCached: false,
};
const tokens = { promptTokens: 0, completionTokens: 1e6 };

describe("what was spent over several commands", () => {
  test("keeps the price that each call had", () => {
    const first = new Spending(path, {}, { judge: { input: 2, output: 10 } });
    first.note("judge", call);
    first.save();
    const second = new Spending(path, {}, { judge: { input: 0.5, output: 1 } });
    second.note("judge", call);
    expect(second.cost).toBeCloseTo(12 + 1.5, 12);
    expect(second.roles["judge"]?.cost).toBeCloseTo(13.5, 12);
  });

  test("holds a limit against roles that are not asked now", async () => {
    const first = new Spending(path, {}, { judge: { input: 2, output: 10 } });
    first.note("judge", call);
    first.save();
    const second = new Spending(path, { maxCost: 13 }, { target: { input: 1, output: 1 } });
    expect(second.cost).toBeCloseTo(12, 12);
    expect(await second.reserve("target", 1, tokens)).toBe(true);
    second.release("target", 1, tokens);
    expect(await second.reserve("target", 2, tokens)).toBe(false);
  });

  test("prices an old file as today, and refuses a limit on a sum that it does not know", () => {
    const priced = new Spending(path, {}, { judge: { input: 2, output: 10 } });
    priced.note("judge", call);
    priced.save();
    const old = JSON.parse(readFileSync(path, "utf8"));
    delete old.roles.judge.cost;
    writeFileSync(path, JSON.stringify(old));
    expect(new Spending(path, { maxCost: 5 }, { judge: { input: 1, output: 1 } }).cost).toBeCloseTo(2, 12);
    expect(new Spending(path, {}, {}).cost).toBeUndefined();
    expect(() => new Spending(path, { maxCost: 5 }, {})).toThrow(/calls of judge .* price is not known/u);
  });

  test("knows no sum once a call had no price", () => {
    const spending = new Spending(path, {}, { target: { input: 1, output: 1 } });
    spending.note("judge", call);
    spending.note("target", call);
    expect(spending.cost).toBeUndefined();
    expect(spending.roles["target"]?.cost).toBeCloseTo(2, 12);
  });

  test("counts each cut prompt once, and shows the first by name in whatever order they came", () => {
    const noted = (ids: readonly string[]) => {
      const spending = new Spending(path, {}, {});
      for (const id of ids) spending.note("judge", { type: "cut-prompt", id, oddity: `that of ${id}` });
      const { n, ids: [first] = [], oddity } = spending.roles["judge"]?.cutPrompts ?? {};
      return { n, first, oddity };
    };
    const expected = { n: 3, first: "a", oddity: "that of a" };
    expect(noted(["b", "a", "c", "a", "b"])).toEqual(expected);
    expect(noted(["c", "c", "b", "a"])).toEqual(expected);
  });
});

test("what is under way counts against a limit in dollars until it is given back", async () => {
  const spending = new Spending(path, { maxCost: 15 }, { judge: { input: 0, output: 10 } });
  expect(await spending.reserve("judge", 1, tokens)).toBe(true);
  let answer: boolean | undefined;
  const second = spending.reserve("judge", 1, tokens).then((fits) => {
    answer = fits;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answer).toBeUndefined();
  spending.release("judge", 1, tokens);
  await second;
  expect(answer).toBe(true);
});

describe("a budget that clients share", () => {
  const share = (client: number, of: number, maxCalls: number) =>
    new Spending(path, { maxCalls }, {}).shareFor({ client, name: `${client}-of-${of}` }, of).maxCalls;

  test("is dealt to the last call, the first clients having what is left over", () => {
    expect([1, 2, 3, 4].map((client) => share(client, 4, 10))).toEqual([3, 3, 2, 2]);
    expect([1, 2, 3].map((client) => share(client, 3, 3))).toEqual([1, 1, 1]);
  });

  test("is refused where a client would have none of it", () => {
    expect(() => share(4, 4, 3)).toThrow(/between 4 clients: 3 calls.*fewer --shards/su);
    expect([1, 2].map((client) => share(client, 2, 0))).toEqual([0, 0]);
  });
});
