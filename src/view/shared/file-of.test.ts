import { expect, test } from "vitest";
import { fileOf } from "./file-of.ts";

test("names differ where file systems do not tell capitals from small letters, and lead nowhere else", () => {
  const addresses = ["runs/A/chains/p-1", "runs/a/chains/p-1", "runs/a/chains/P-1", "runs/a/chains/~50-1"];
  const names = addresses.map((address) => fileOf(address, "answer"));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4);
  expect(names[1]).toBe("runs/a/chains/p-1.answer.json");
  for (const address of ["runs/..%2f..%2fetc", "runs/../x", "runs/%2e%2e/x", "runs/a%00b", "runs/a b:c*?"]) {
    expect(fileOf(address, "answer")).toMatch(/^[a-z0-9_~/-]+\.answer\.json$/u);
  }
  expect(fileOf("runs/con/records/nul", "answer")).toBe("runs/~63on/records/~6eul.answer.json");
});

test("a name is never too long for a file system, and still its own", () => {
  const long = (end: string): string => fileOf(`runs/a/chains/${encodeURIComponent("é".repeat(400))}${end}`, "list");
  expect(
    Math.max(
      ...long("x")
        .split("/")
        .map((part) => part.length),
    ),
  ).toBeLessThan(255);
  expect(long("x")).not.toBe(long("y"));
});
