import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { draftedTown } from "../../collective/drafting/provenance.test-support.ts";
import { formatCsv } from "./csv.ts";
import type { CollectiveData } from "./data.ts";
import { formatParquet } from "./parquet.ts";
import { unwrittenSection } from "./principles-section.ts";
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
const second = (agree: number, disagree: number): CollectiveData["provenance"] => {
  const drafted = draftedTown({ id: "p1", text: "Be kind." });
  const share = { estimate: agree / (agree + disagree), low: 0, high: 1 };
  const vote = { id: "p1", counts: counts(agree, disagree), groupCounts: [], share, state: "ratified" as const };
  return {
    ...{ schemaVersion: 1, constitution: "sha256:c", version: 1, drafted },
    ratification: { log: "l", from: 0.5, minimum: 1, principles: [vote] },
  };
};

test("the share of a second vote stays empty where fewer answered than may be shown", () => {
  const drafted = draftedTown({ id: "p1", text: "Be kind." });
  const shareOf = (provenance: CollectiveData["provenance"]) =>
    tablesOf({ ...data, drafted, provenance })[1]?.rows[0]?.at(-1);
  expect(shareOf(second(4, 0))).toBeUndefined();
  expect(shareOf(second(4, 1))).toBe(0.8);
});

test("people whom nothing chosen stands for are told of only where there are as many as may be shown", () => {
  const of = (voters: number) => ({
    ...draftedTown({ id: "p1", text: "Be kind." }),
    unrepresented: [{ statement: "s1", voters }],
  });
  expect(unwrittenSection({ ...data, drafted: of(4) })).toBeUndefined();
  expect(String(unwrittenSection({ ...data, drafted: of(5) })?.body)).toContain("nothing that was chosen");
});

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
