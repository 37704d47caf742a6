import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { formatCsv } from "./csv.ts";
import type { CollectiveData } from "./data.ts";
import { formatParquet } from "./parquet.ts";
import { type Table, tablesOf } from "./tables.ts";

const counts = (agree: number, disagree: number) => ({ agree, pass: 0, disagree });
const data: CollectiveData = {
  title: "town",
  seed: 1,
  opinion: {
    ...{ question: "?", smallestCell: 5, flagged: { people: 2, isLeftOut: true } },
    texts: [
      { id: "s1", text: '=HYPERLINK("x"), "quoted"\nand more' },
      { id: "s2", text: "שלום, be kind" },
    ],
    published: {
      ...{ people: 20, votes: 40, hashes: { log: "a", configuration: "b" }, state: "groups", cells: [], reach: 1 },
      groups: [null, null],
      statements: [
        {
          ...{ id: "s1", all: counts(12, 3), groups: [counts(10, 1), null] },
          ...{ agreement: "needs more votes", rejection: "no", consensus: null },
        },
        {
          ...{ id: "s2", all: counts(14, 2), groups: [counts(9, 1), counts(5, 1)] },
          ...{ agreement: "yes", rejection: "no", consensus: { estimate: 0.875, lower: 0.75, upper: 0.96 } },
        },
      ],
    },
  },
};
const [statements, principles] = tablesOf(data) as [Table, Table];

test("cells of few people stay empty, quotes are doubled, and no spreadsheet runs a statement", () => {
  expect(formatCsv(statements).split("\r\n").slice(0, 2)).toEqual([
    "statement,text,agreement,rejection,consensus,lower,upper,all-agree,all-pass,all-disagree,group-1-agree,group-1-pass,group-1-disagree,group-2-agree,group-2-pass,group-2-disagree",
    `s1,"'=HYPERLINK(""x""), ""quoted""\nand more",needs more votes,no,,,,12,0,3,10,0,1,,,`,
  ]);
  expect(formatCsv(principles)).toBe("principle,text,weight,statements,second-vote,share-agreeing\r\n");
});

test("Parquet is read back with every text word for word, its types, and null where nothing is shown", async () => {
  const bytes = await formatParquet(statements);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const read = await parquetReadObjects({ file });
  expect(read.map((row) => statements.columns.map(({ name }) => row[name]))).toEqual(
    statements.rows.map((row) => row.map((cell) => cell ?? null)),
  );
  const kinds = new Map(parquetMetadata(file).schema.map(({ name, type }) => [name, type]));
  expect(["text", "consensus", "group-2-pass"].map((name) => kinds.get(name))).toEqual([
    "BYTE_ARRAY",
    "DOUBLE",
    "INT32",
  ]);
  const none = await formatParquet(principles);
  expect(await parquetReadObjects({ file: none.buffer as ArrayBuffer })).toEqual([]);
});
