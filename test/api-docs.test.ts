import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pagesOf } from "../benchmarks/api-docs/pages.ts";
import { readEntries } from "../benchmarks/api-docs/read-entries.ts";

const folder = new URL("../docs/api/", import.meta.url);
const entries = readEntries();
const packageFile = new URL("../package.json", import.meta.url);

test("docs/api is what npm run docs writes, a page for each public entry of the package", () => {
  const { exports } = JSON.parse(readFileSync(packageFile, "utf8")) as { exports: Record<string, string> };
  expect(entries.map(({ name }) => name)).toEqual(
    Object.keys(exports).flatMap((path) => (path === "./package.json" ? [] : [path.replace(".", "precept")])),
  );
  for (const { name, comment, exported } of entries) {
    expect(comment, `${name} says what it is for`).not.toBe("");
    expect(exported.length, name).toBeGreaterThan(0);
  }
  const pages = pagesOf(entries);
  expect(readdirSync(folder).toSorted()).toEqual(pages.map(({ file }) => file).toSorted());
  for (const { file, text } of pages) {
    const differ = `docs/api/${file} is not what the doc comments say now: npm run docs`;
    expect(readFileSync(new URL(file, folder), "utf8") === text, differ).toBe(true);
  }
});

test("a page shows how a name is used: no bodies, nothing private, the types that were inferred", () => {
  const find = (entry: string, name: string): string =>
    entries
      .find((one) => one.name === entry)
      ?.exported.find((one) => one.name === name)
      ?.signatures.join("\n") ?? "";
  expect(find("precept/feedback", "sigmoid")).toBe("function sigmoid(x: number): number");
  const run = find("precept/runs", "Run");
  expect(run).toContain("static open(folder: string, options: RunOptions): Promise<Run>;");
  expect(run).not.toMatch(/#|private|return /);
  expect(find("precept/models", "isGgufName")).toBe("const isGgufName: (text: string) => boolean");
  expect(find("precept/models", "defaultVotes")).toBe("const defaultVotes = 5");
});
