import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { readJsonLines } from "./json-lines.ts";
import { escapeId, toFileName } from "./names.ts";
import { decodeText, readLines, readText } from "./text.ts";

async function* cutInPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const linesIn = async (bytes: Uint8Array, size = 1000) =>
  (await Array.fromAsync(readLines("f", { stream: cutInPieces(bytes, size) }))).map(({ text, end }) => [text, end]);

const swapBytes = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();

test("the same lines from every encoding and every size of pieces", async () => {
  const text = "one\u2028still one\r\nähnlich\rthree \u{1f600}\n\n\r\r\nlast";
  const lines = [
    ["one\u2028still one", "\r\n"],
    ["ähnlich", "\r"],
    ["three \u{1f600}", "\n"],
    ["", "\n"],
    ["", "\r"],
    ["", "\r\n"],
    ["last", ""],
  ];
  const marked = `\ufeff${text}`;
  for (const bytes of [Buffer.from(text), Buffer.from(marked), Buffer.from(marked, "utf16le"), swapBytes(marked)]) {
    for (const size of [1, 2, 3, 5, 7, 1000]) expect(await linesIn(bytes, size)).toEqual(lines);
    expect(decodeText(bytes, "f")).toBe(text);
  }
  expect(await linesIn(Buffer.from("a\r"), 1)).toEqual([["a", "\r"]]);
  expect(await linesIn(Buffer.from(""))).toEqual([]);
  expect(await linesIn(Buffer.from("\ufeff"))).toEqual([]);
});

test.each([
  ["Latin-1", Buffer.from("a\nb\ncaf\xe9\n", "latin1"), "f:3", "not UTF-8"],
  ["a character cut in two", Buffer.from("a\né").subarray(0, 3), "f:2", "not UTF-8"],
  ["UTF-16 without its mark", Buffer.from("ab", "utf16le"), "f:1", "zero bytes"],
  ["half a character of UTF-16", Buffer.from("\ufeffab", "utf16le").subarray(0, 5), "f:1", "UTF-16"],
  ["half a pair of UTF-16", Buffer.from("\ufeffa\n\ud83d", "utf16le"), "f:", "UTF-16"],
  ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), "f", "UTF-32"],
  ["gzip under another name", gzipSync("a"), "f", "gzip"],
])("%s is refused with its place", async (_, bytes, place, found) => {
  for (const size of [1, 1000]) {
    const read = linesIn(bytes, size);
    await expect(read).rejects.toThrow(place);
    await expect(read).rejects.toThrow(found);
    await expect(read).rejects.toMatchObject({ code: "input-invalid" });
  }
});

test("a line without an end in sight is refused before it fills the memory", async () => {
  let given = 0;
  async function* endless() {
    for (const piece = new Uint8Array(2 ** 22).fill(0x61); ; given += piece.length) yield piece;
  }
  await expect(Array.fromAsync(readLines("f", { stream: endless() }))).rejects.toThrow(
    /f:1: a line of more than 64 MiB/,
  );
  expect(given).toBeLessThan(2 ** 27);
});

test("files: gzipped, cut off, missing, folders", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-text-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "a.txt.gz");
  writeFileSync(path, gzipSync("a\r\nb"));
  expect(await readText(path)).toBe("a\r\nb");
  writeFileSync(path, gzipSync("a".repeat(1000)).subarray(0, 20));
  await expect(readText(path)).rejects.toThrow(/a\.txt\.gz: broken gzip/);
  for (const read of [readText, (place: string) => Array.fromAsync(readLines(place))]) {
    await expect(read(join(folder, "none"))).rejects.toMatchObject({
      code: "usage",
      details: { found: "no such file" },
    });
    await expect(read(folder)).rejects.toMatchObject({ code: "usage", details: { found: "a folder" } });
  }
});

test("JSON lines: separators of lines inside of texts are text, broken lines keep their numbers", async () => {
  const text = '{"a":"x\u2028y\u2029z"}\r\n\r\n\ufeff{"b":1}\r{"c"\n"d"';
  expect(await Array.fromAsync(readJsonLines("f", { stream: cutInPieces(Buffer.from(text), 3) }))).toEqual([
    { number: 1, value: { a: "x\u2028y\u2029z" } },
    { number: 3, value: { b: 1 } },
    { number: 4, fault: 'not JSON: {"c"' },
    { number: 5, value: "d" },
  ]);
});

test("ids and names of any script keep apart; ordinary ones stay as they are", () => {
  for (const id of ["7", "a-b_c.d", "問一", "प्रश्न"]) expect(escapeId(id)).toBe(id);
  const ids = ["a/b", "a b", "a_b", "a%2Fb", "a\u200bb", "問/一", "ä", "a\u0308", "🙂", "🙃", "", "?"];
  expect(new Set(ids.map(escapeId)).size).toBe(ids.length);
  expect(escapeId("a/b")).toBe("a%2Fb");
  expect(ids.map(escapeId).join("")).not.toContain("/");
  expect(toFileName("openai:gpt-4@http://127.0.0.1:9/v1")).toBe("openai-gpt-4-http-127.0.0.1-9-v1");
  const names = [
    "openai:模型一",
    "openai:模型二",
    "🙂",
    "🙃",
    `x${"a".repeat(90)}`,
    `x${"a".repeat(91)}`,
    "模".repeat(80),
  ];
  expect(new Set(names.map(toFileName)).size).toBe(names.length);
  for (const name of names) expect(Buffer.byteLength(toFileName(name))).toBeLessThan(220);
});
