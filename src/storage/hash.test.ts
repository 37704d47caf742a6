import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { contentHash, hashFile, hashFolder, hashText } from "./hash.ts";
import { canonicalJson, parseJson, tryJson } from "./json.ts";

test("canonical JSON sorts keys at every depth and leaves out undefined", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: undefined, A: true })).toBe(
    '{"A":true,"b":[1,{"c":"x","d":null}]}',
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1])("canonical JSON refuses %s", (value) => {
  expect(() => canonicalJson({ value })).toThrow(TypeError);
});

test("canonical JSON refuses a cycle, but not the same object twice", () => {
  const shared = { a: 1 };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(() => canonicalJson(cycle)).toThrow("cycle");
  expect(canonicalJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
});

test("JSON is read, or its first lack told in one line", () => {
  const fault = (found: string): Error => new RangeError(found);
  const schema = z.object({ a: z.number(), b: z.object({ c: z.string() }) });
  expect(parseJson('{"a":1,"b":{"c":"x"}}', schema, fault)).toEqual({ a: 1, b: { c: "x" } });
  expect(() => parseJson("{", schema, fault)).toThrow(new RangeError("text that is not JSON"));
  expect(() => parseJson('{"a":1,"b":{"c":2}}', schema, fault)).toThrow(/^b\.c: [^;]*$/);
  expect(() => parseJson("[]", schema, fault)).toThrow(/object/);
  expect([tryJson("null"), tryJson("nul")]).toEqual([null, undefined]);
});

test("JSON that lacks several things has all of them told in one line", () => {
  const schema = z.object({ a: z.number(), b: z.number() });
  const fault = (found: string): Error => new RangeError(found);
  expect(() => parseJson('{"a":"x","b":"y"}', schema, fault)).toThrow(/^a: [^;]*; b: [^;]*$/);
  expect(() => parseJson("3", z.string(), fault)).toThrow(/^(?!:)[^:]*: expected string/);
});

test("canonical JSON has one order of keys whatever order they come in, and null for holes", () => {
  const keys = ["b", "a", "c", "B", "aa", "10", "9"];
  const object = (order: readonly string[]) => Object.fromEntries(order.map((key) => [key, 1]));
  expect(canonicalJson(object(keys))).toBe(canonicalJson(object(keys.toReversed())));
  expect(canonicalJson(object(["b", "a", "c"]))).toBe('{"a":1,"b":1,"c":1}');
  expect(canonicalJson([undefined, null, 0, ""])).toBe('[null,null,0,""]');
});

test("sha256 of known bytes (FIPS 180-4, example B.1)", () => {
  expect(hashText("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("the content hash ignores key order and nothing else", () => {
  expect(contentHash({ a: 1, b: 2 })).toBe(contentHash({ b: 2, a: 1 }));
  expect(contentHash({ a: 1, b: 2 })).not.toBe(contentHash({ a: 2, b: 1 }));
});

test("a folder's hash depends on names and bytes, not on where it stands", async () => {
  const [one, two] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [one, two]) {
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub", "file"), "abc");
  }
  expect(await hashFolder(one)).toBe(await hashFolder(`${two}/`));
  expect(await hashFolder(`./${relative(process.cwd(), one)}`)).toBe(await hashFolder(one));
  expect(await hashFile(join(one, "sub", "file"))).toBe(hashText("abc"));
  writeFileSync(join(two, "sub", "file"), "abd");
  expect(await hashFolder(one)).not.toBe(await hashFolder(two));
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-hash-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
