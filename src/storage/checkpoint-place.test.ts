import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkpointPlace } from "./checkpoint-place.ts";

test("a stage's checkpoint, one that its training kept on the way, and what is neither", () => {
  const run = join(mkdtempSync(join(tmpdir(), "precept-place-")), "demo");
  for (const name of ["sl-cai/checkpoint", "sl-cai/checkpoint-20", "sl-cai/without-replay/checkpoint-40"])
    mkdirSync(join(run, name), { recursive: true });
  writeFileSync(join(run, "manifest.json"), "{}");
  expect(checkpointPlace(`${run}@sl-cai`)).toBe(join(run, "sl-cai", "checkpoint"));
  expect(checkpointPlace(`${run}@sl-cai/checkpoint-20`)).toBe(join(run, "sl-cai", "checkpoint-20"));
  expect(checkpointPlace(`${run}@sl-cai/without-replay/checkpoint-40`)).toBe(
    join(run, "sl-cai", "without-replay", "checkpoint-40"),
  );
  expect(() => checkpointPlace(`${run}@sl-cai/checkpoint-30`)).toThrow(/none of a stage sl-cai\/checkpoint-30/);
  expect(checkpointPlace("some/folder")).toBe("some/folder");
});
