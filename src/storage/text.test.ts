import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { omitUndefined } from "../omit-undefined.ts";
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

test("what shares bytes with the mark of UTF-32 is none", async () => {
  // In UTF-16 with its mark: bytes of 0 and 0xff in the first letter.
  for (const letters of ["Ā", "！", "a"])
    expect(await linesIn(Buffer.from(`\ufeff${letters}`, "utf16le"))).toEqual([[letters, ""]]);
  for (const letters of ["ÿ", "\ufeff", "a"])
    expect(await linesIn(swapBytes(`\ufeff${letters}`))).toEqual([[letters, ""]]);
  for (const bytes of [
    [0xff, 0, 0, 0],
    [0, 0xfe, 0, 0],
    [0, 1, 0xfe, 0xff],
    [1, 0, 0xfe, 0xff],
    [0, 0, 1, 0xff],
  ]) {
    await expect(linesIn(Buffer.from(bytes)), bytes.join()).rejects.toThrow("not UTF-8");
  }
});

test("a line without an end in sight is refused before it fills the memory", async () => {
  let given = 0;
  async function* endless() {
    for (const piece = new Uint8Array(2 ** 22).fill(0x61); given < 2 ** 28; given += piece.length) yield piece;
  }
  await expect(Array.fromAsync(readLines("f", { stream: endless() }))).rejects.toThrow(
    /f:1: a line of more than 64 MiB/,
  );
  expect(given).toBeLessThan(2 ** 27);
});

test("a line may have 64 MiB, counted from where it begins, and not one byte more", async () => {
  let given = 0;
  async function* pieces() {
    for (const piece of ["b\nc", new Uint8Array(64 * 2 ** 20 - 1).fill(0x61), "d"]) {
      given++;
      yield piece;
    }
  }
  await expect(Array.fromAsync(readLines("f", { stream: pieces() }))).rejects.toThrow(
    /f:2: a line of more than 64 MiB/,
  );
  expect(given).toBe(3);
});

test("a fault is told as the caller asks, with the file's name as shown and the line", async () => {
  const bytes = Buffer.from("a\nb\xe9", "latin1");
  const read = (options: object) => Array.fromAsync(readLines("f", { stream: cutInPieces(bytes, 9), ...options }));
  await expect(read({})).rejects.toMatchObject({
    line: 2,
    details: {
      attempted: "Reading f:2",
      found: "bytes that are not UTF-8 (Latin-1, perhaps)",
      remedy: "save it as UTF-8",
    },
  });
  await expect(read({ attempted: "Importing", shown: "mine", code: "run-invalid" })).rejects.toMatchObject({
    code: "run-invalid",
    details: { attempted: "Importing", found: "mine:2: bytes that are not UTF-8 (Latin-1, perhaps)" },
  });
});

test("what the system says of a file is told with what to do", async () => {
  const read = (code: string | undefined) => {
    const error = Object.assign(new Error("as told"), omitUndefined({ code }));
    const stream = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
    return Array.fromAsync(readLines("f", { stream }));
  };
  for (const code of ["EACCES", "EPERM"]) {
    await expect(read(code)).rejects.toMatchObject({ code: "permission", details: { remedy: "chmod +r f" } });
  }
  await expect(read("ENOENT")).rejects.toMatchObject({ code: "usage", details: { remedy: "check the path" } });
  await expect(read("EIO")).rejects.toMatchObject({ code: "input-invalid", details: { found: "as told" } });
  await expect(read("Z_DATA_ERROR")).rejects.toMatchObject({ details: { found: "broken gzip (as told)" } });
  await expect(read(undefined)).rejects.toThrow(/^as told$/);
});

test("a text that is held whole has a bound", async () => {
  const bytes = new Uint8Array(256 * 2 ** 20 + 1);
  expect(() => decodeText(bytes, "f")).toThrow(/f[\s\S]*more than 256 MiB/);
  expect(await readText("f", { stream: cutInPieces(Buffer.from("a\r\nb"), 2) })).toBe("a\r\nb");
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
  const text = '{"a":"x\u2028y\u2029z"}\r\n \t\r\n\ufeff{"b":1}\r{"c"\n"d"';
  expect(await Array.fromAsync(readJsonLines("f", { stream: cutInPieces(Buffer.from(text), 3) }))).toEqual([
    { number: 1, value: { a: "x\u2028y\u2029z" } },
    { number: 3, value: { b: 1 } },
    { number: 4, fault: 'not JSON: {"c"' },
    { number: 5, value: "d" },
  ]);
});

test("a broken line is shown whole up to 60 letters, else its first 60", async () => {
  const broken = `{${"a".repeat(60)}`;
  const read = readJsonLines("f", { stream: cutInPieces(Buffer.from(`${broken.slice(0, 60)}\n${broken}`), 100) });
  expect(await Array.fromAsync(read)).toEqual([
    { number: 1, fault: `not JSON: ${broken.slice(0, 60)}` },
    { number: 2, fault: `not JSON: ${broken.slice(0, 60)}…` },
  ]);
});

test("ids and names of any script keep apart; ordinary ones stay as they are", () => {
  for (const id of ["7", "a-b_c.d", "問一", "प्रश्न"]) expect(escapeId(id)).toBe(id);
  const ids = ["a/b", "a b", "a_b", "a%2Fb", "a\u200bb", "問/一", "ä", "a\u0308", "🙂", "🙃", "", "?"];
  expect(new Set(ids.map(escapeId)).size).toBe(ids.length);
  expect(escapeId("a/b")).toBe("a%2Fb");
  expect(ids.map(escapeId).join("")).not.toContain("/");
  expect(toFileName("openai:gpt-4@http://127.0.0.1:9/v1")).toBe("openai-gpt-4-http-127.0.0.1-9-v1");
  // 200 bytes and 201, of fewer than 80 signs.
  expect(toFileName(`${"模".repeat(66)}ab`)).toBe(`${"模".repeat(66)}ab`);
  expect(toFileName(`${"模".repeat(66)}abc`)).toMatch(/^模{48}-[0-9a-f]{8}$/u);
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
