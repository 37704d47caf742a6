import { expect, test } from "vitest";
import { selectionSchema, selectStatements } from "./select.ts";
import { analysisOf, conversationOf } from "./small-town.test-support.ts";

const select = (selection: unknown) =>
  selectStatements(conversationOf(), analysisOf(), selectionSchema.parse(selection), { seed: 1, when: "before" })
    .statements;

test("as CCAI: Polis's group-aware consensus from 0.723 on; statements about the conversation and rejected ones never", () => {
  expect(select({ by: "cutoff" }).map(({ id }) => id)).toEqual(["s1", "s3", "s2"]);
  expect(select({ by: "cutoff", cutoff: 0.74 }).map(({ id }) => id)).toEqual(["s1", "s3"]);
});

test("by the posterior of all groups, the surest first", () => {
  expect(select({ by: "posterior" }).map(({ id }) => id)).toEqual(["s1", "s2", "s3"]);
  expect(select({ by: "posterior", probability: 0.97 }).map(({ id }) => id)).toEqual(["s1", "s2"]);
});

test("a statement that a group rejects says so", () => {
  const [divided] = select({ by: "cutoff", cutoff: 0.2 }).filter(({ id }) => id === "s4");
  expect(divided?.rejectedBy).toEqual([1]);
});

test("a slate of votes that nobody cast is empty", () => {
  expect(select({ by: "slate", size: 2, unseen: "nothing" })).toEqual([]);
});
