import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { batchesOf, finishBatches } from "./batches.ts";
import { RecordLog } from "./record-log.ts";

test("progress moves within a batch, never beyond it, and comes out whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-batches-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = RecordLog.open(folder, "records", z.object({ id: z.string() }));
  const told: number[] = [];
  const moments: number[] = [];
  const done = (): number => told.reduce((sum, items) => sum + items, 0);
  await finishBatches(
    log,
    batchesOf(
      "b",
      Array.from({ length: 18 }, (_, i) => String(i)),
      10,
    ),
    (items) => void told.push(items),
    async (items, onShare) => {
      const before = done();
      for (const share of [0.05, 0.31, 0.2, 0.999, 1]) {
        onShare(share);
        moments.push(done() - before);
      }
      return items.map((id) => ({ id }));
    },
  );
  expect(moments).toEqual([0, 3, 3, 9, 9, 0, 2, 2, 7, 7]);
  expect(done()).toBe(18);
  expect(told.every((items) => items > 0)).toBe(true);
  // Those that are stored already count at once.
  told.length = 0;
  await finishBatches(
    log,
    batchesOf("b", ["x", "y"], 10),
    (items) => void told.push(items),
    () => Promise.reject(),
  );
  expect(told).toEqual([2]);
});
