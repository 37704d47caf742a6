import { describe, expect, it } from "vitest";
import { benchmarks } from "./registry.ts";

describe("the registry", () => {
  it("has a version, a citation, a licence and a way to get the data for every suite", () => {
    expect(benchmarks.size).toBe(19);
    for (const [id, { about, get, version, metrics }] of benchmarks) {
      expect(id).toMatch(/^[a-z0-9-]+$/);
      for (const text of [about.title, about.citation, about.source, about.licence, get, version])
        expect(text).not.toBe("");
      expect(Object.keys(metrics).length).toBeGreaterThan(0);
    }
  });
});
