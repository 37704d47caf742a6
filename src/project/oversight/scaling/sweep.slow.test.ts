import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/cli.ts";
import { fitAll, readSize } from "../../../oversight/index.ts";
import { silentProgress } from "../../../progress/index.ts";
import { sweptTendencies } from "./measure-size.ts";
import { readMeasuredRuns } from "./read-runs.ts";
import { sweepSizes } from "./sweep.ts";

const sweepIn =
  (folder: string) =>
  (only?: readonly number[], signal = new AbortController().signal) =>
    sweepSizes({
      ...{ folder, seed: 1, command: "scaling sweep", progress: silentProgress, env: {}, isSmoke: true },
      ...{ widths: [16, 24, 32], only, signal },
    });

test("a sweep is done size by size, stops cleanly, comes to the same bytes when a size is done again, and is fitted", async () => {
  const folder = temporaryFolder();
  const sweep = sweepIn(folder);
  const first = await sweep([16]);
  expect([first.sizes.length, first.missing.length]).toEqual([1, 2]);
  const file = join(first.folders[0]!, "size.json");
  const before = readFileSync(file, "utf8");

  const stopping = new AbortController();
  stopping.abort();
  await expect(sweep(undefined, stopping.signal)).rejects.toThrow(/stopped/i);
  expect(readFileSync(file, "utf8")).toBe(before);

  const whole = await sweep();
  expect(whole.missing).toEqual([]);
  expect(new Set(whole.sizes.map(({ tokens }) => tokens)).size).toBe(1);
  for (const size of whole.sizes) expect(Object.keys(size.tendencies).toSorted()).toEqual(sweptTendencies.toSorted());

  // Everything but the file of one size is there: it is counted again, not trained again.
  rmSync(file);
  await sweep();
  const { seconds: _, ...again } = readSize(first.folders[0]!)!;
  const { seconds: __, format: ___, kind: ____, ...kept } = JSON.parse(before);
  expect(again).toMatchObject(kept);

  const runs = await readMeasuredRuns(whole.folders, { over: "parameters" });
  const found = fitAll(runs, { over: "parameters", seed: 1, metrics: ["gold-proxy"], resamples: 50 });
  expect(found.tendencies[0]?.points.length).toBe(3);
  expect(existsSync(join(folder, "run.lock"))).toBe(false);
}, 600_000);
