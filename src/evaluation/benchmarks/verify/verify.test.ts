import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isEqual, verifications } from "./index.ts";

const data = process.env["PRECEPT_DATA"] ?? join(import.meta.dirname, "../../../../shared/data");
const isHere = existsSync(join(data, "bbq-unifiedqa-golden"));

describe.skipIf(!isHere)(`published figures, scored again from ${data} (skipped without it)`, () => {
  it.each(Object.keys(verifications))("%s: every figure", { timeout: 120_000 }, async (name) => {
    const table = await verifications[name]?.(data);
    expect(table?.checks.filter((check) => !isEqual(check))).toEqual([]);
    expect(table?.checks.length).toBeGreaterThan(15);
  });
});

describe("a check", () => {
  it("allows its tolerance and no more", () => {
    const check = { name: "x", published: 48.94, ours: 48.99, tolerance: 0.05 };
    expect(isEqual(check)).toBe(true);
    expect(isEqual({ ...check, ours: 48.991 })).toBe(false);
    expect(isEqual({ ...check, ours: Number.POSITIVE_INFINITY })).toBe(false);
  });
});
