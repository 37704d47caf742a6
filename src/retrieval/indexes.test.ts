import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { splitWords } from "../reading/index.ts";
import { chunkDocument, indexDocuments, indexInMemory, indexInSqlite, readDocuments } from "./index.ts";

const handbook = `Preface.

# Returns

${"You may return goods within thirty days of delivery, if they are whole. ".repeat(40)}

# Telephone

Prices are never promised on the telephone.
商品可以在三十天内退货。
`;
const documents = [
  { id: "handbook.md", text: handbook },
  { id: "games.md", text: 'Opened games stay sold. "Quotes" AND NOT (brackets) are no operators: *' },
  { id: "thai.md", text: "สินค้าสามารถคืนได้ภายในสามสิบวัน" },
];

test("words are Unicode's, and pairs of signs where none are written", () => {
  expect(splitWords("It can't be 3.5 — Straße!")).toEqual(["it", "can't", "be", "3.5", "straße"]);
  expect(splitWords("三十天ABC退")).toEqual(["三十", "十天", "abc", "退"]);
  expect(splitWords("")).toEqual([]);
});

test("chunks are whole sentences under one heading, with a sentence of overlap, at their place in the text", () => {
  const chunks = chunkDocument(documents[0] ?? { id: "", text: "" });
  expect(chunks.map(({ title }) => title)).toEqual([
    undefined,
    "Returns",
    "Returns",
    "Returns",
    "Returns",
    "Telephone",
  ]);
  for (const { span, text } of chunks) expect(handbook.slice(...span)).toBe(text);
  const [, first, second] = chunks;
  expect(first?.text.split(/\s+/).length).toBeLessThanOrEqual(180);
  expect((first?.span[1] ?? 0) > (second?.span[0] ?? 0)).toBe(true);
  expect(chunkDocument({ id: "x", text: "word".repeat(100_000) }).length).toBeGreaterThan(300);
  expect(chunkDocument({ id: "x", text: " \n\n " })).toEqual([]);
});

describe("the index", () => {
  test.each([
    ["in memory", indexInMemory],
    ["in SQLite", indexInSqlite],
  ])("%s finds words, Chinese and Thai, and takes no operator", async (_, build) => {
    const tool = await build(documents.flatMap(chunkDocument));
    const first = async (text: string) => (await tool.search({ text, limit: 3 }))[0]?.chunkId;
    expect(await first("prices on the telephone")).toBe("handbook.md#6");
    expect(await first("三十天")).toBe("handbook.md#6");
    expect(await first("คืนได้")).toBe("thai.md#1");
    expect(await first('opened AND "games" NOT (')).toBe("games.md#1");
    expect(await first("zebra")).toBeUndefined();
    expect(await first("***")).toBeUndefined();
  });

  test("refuses two documents with one id", async () => {
    await expect(indexDocuments([...documents, { id: "thai.md", text: "x" }])).rejects.toThrow(
      'two with the id "thai.md"',
    );
  });
});

test("a folder gives its texts and names what it skips", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "deep", "a.md"), "text");
  writeFileSync(join(folder, "empty.txt"), " \n");
  writeFileSync(join(folder, "photo.png"), "no text");
  expect(await readDocuments(folder)).toEqual({
    documents: [{ id: "deep/a.md", text: "text" }],
    skipped: ["empty.txt", "photo.png"],
  });
  expect((await readDocuments(join(folder, "deep", "a.md"))).documents[0]?.id).toBe("a.md");
  await expect(readDocuments(join(folder, "none"))).rejects.toThrow("no folder");
  writeFileSync(join(folder, "nul.md"), "a\0b");
  await expect(readDocuments(folder)).rejects.toThrow("nul.md");
});
