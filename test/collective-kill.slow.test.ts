import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killInTheMiddle } from "../benchmarks/collective-site/kills.ts";
import { writeTown } from "../benchmarks/collective-site/served.ts";

test("a site that is killed in the middle of votes loses none that it acknowledged and counts none twice", async () => {
  const root = mkdtempSync(join(tmpdir(), "precept-kill-"));
  await writeTown(root, 200);
  const { kills, acknowledged, unanswered, lost, doubled, faults } = await killInTheMiddle(root, 3, 200);
  expect({ kills, lost, doubled, faults }).toEqual({ kills: 3, lost: 0, doubled: 0, faults: [] });
  // It was killed while votes were under way.
  expect(acknowledged).toBeGreaterThan(100);
  expect(unanswered).toBeGreaterThan(0);
  rmSync(root, { recursive: true });
});
