import { expect, test } from "vitest";
import { writeTables } from "./csv.ts";
import type { CollectiveData } from "./data.ts";

const counts = (agree: number, disagree: number) => ({ agree, pass: 0, disagree });
const data: CollectiveData = {
  title: "town",
  question: "?",
  published: {
    ...{ people: 20, votes: 40, hashes: { log: "a", configuration: "b" }, state: "groups", cells: [] },
    groups: [null, null],
    statements: [
      {
        ...{ id: "s1", all: counts(12, 3), groups: [counts(10, 1), null] },
        ...{ agreement: "needs more votes", rejection: "no", consensus: null },
      },
    ],
  },
  texts: new Map([["s1", '=HYPERLINK("x"), "quoted"\nand more']]),
  smallestCell: 5,
  seed: 1,
};

test("cells of few people stay empty, quotes are doubled, and no spreadsheet runs a statement", () => {
  expect(writeTables(data)["statements.csv"]?.split("\r\n").slice(0, 2)).toEqual([
    "statement,text,agreement,rejection,consensus,lower,upper,all-agree,all-pass,all-disagree,group-1-agree,group-1-pass,group-1-disagree,group-2-agree,group-2-pass,group-2-disagree",
    `s1,"'=HYPERLINK(""x""), ""quoted""\nand more",needs more votes,no,,,,12,0,3,10,0,1,,,`,
  ]);
  expect(writeTables(data)["principles.csv"]).toBe("principle,text,weight,statements,second-vote,share-agreeing\r\n");
});
