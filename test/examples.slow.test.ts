import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runExample } from "./support/run-example.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("run-project: the whole method on harbor, and the report", async () => {
  const run = join(folder, "run");
  const output = await runExample("run-project", [run]);
  expect(output).toContain("SL-CAI");
  expect(output.match(/% violations \(n = 14\)/g)).toHaveLength(3);
  expect(existsSync(join(run, "report.html"))).toBe(true);
});
