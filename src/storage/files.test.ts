import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PreceptError } from "../errors.ts";
import { asFileError, makeFolder, removeTemporaries, writeOutput, writeWhole } from "./files.ts";

test("temporary files go, and nothing else", () => {
  const folder = temporaryFolder();
  for (const name of ["a.tmp", "records.jsonl", "tmp", "b.tmp.txt"]) writeFileSync(join(folder, name), "x");
  mkdirSync(join(folder, "folder.tmp"));
  removeTemporaries(folder);
  expect(readdirSync(folder).sort()).toEqual(["b.tmp.txt", "folder.tmp", "records.jsonl", "tmp"]);
});

test("a file is written whole, in folders that are made, and leaves nothing beside it", () => {
  const folder = temporaryFolder();
  const path = join(folder, "one", "two", "file.txt");
  writeOutput(path, "ä".repeat(100_000));
  writeOutput(path, "second");
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(readdirSync(join(folder, "one", "two"))).toEqual(["file.txt"]);
  makeFolder(join(folder, "one", "two"));
  expect(existsSync(path)).toBe(true);
});

test("a file that cannot be written is told, and what stood there stays", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "taken"));
  expect(() => writeWhole(join(folder, "taken"), "x")).toThrow(/Writing .*taken/);
  expect(readdirSync(folder)).toEqual(["taken"]);
  expect(() => writeWhole(join(folder, "none", "file"), "x")).toThrow(/no such file/);
});

test.each([
  ["ENOSPC", "disk"],
  ["EDQUOT", "disk"],
  ["EACCES", "permission"],
  ["EPERM", "permission"],
  ["EROFS", "permission"],
  ["ENOENT", "run-invalid"],
  ["EEXIST", "run-invalid"],
  ["EIO", "disk"],
  ["EMFILE", "disk"],
])("%s is a fault of %s", (errno, code) => {
  const error = Object.assign(new Error("as told"), { code: errno });
  expect(asFileError(error, "Writing it")).toMatchObject({ code, details: { attempted: "Writing it", cause: error } });
});

test("other errors stay what they are", () => {
  const own = new PreceptError("usage", { attempted: "Asking", found: "nothing" });
  for (const error of [own, new Error("x"), "x", undefined]) expect(asFileError(error, "Writing it")).toBe(error);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
