import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/cli.ts";
import { readOveroptimisation } from "../../../oversight/index.ts";
import { silentProgress } from "../../../progress/index.ts";
import { overoptimise } from "./overoptimise.ts";

test("gold is measured along both pressures of every preference model, and once: the same command reads what was kept", async () => {
  const folder = join(temporaryFolder(), "run");
  const push = (comparisons: readonly number[]) =>
    overoptimise({
      ...{ folder, seed: 1, command: "scaling overoptimise", progress: silentProgress, env: {}, isSmoke: true },
      ...{ widths: [16, 24], comparisons, signal: new AbortController().signal },
    });
  const found = await push([4, 8]);
  expect(found.courses.map(({ size, comparisons, pressure }) => [size, comparisons, pressure])).toEqual(
    ["best-of-n", "rl"].flatMap((pressure) =>
      ["0.03M", "0.05M"].flatMap((size) => [4, 8].map((comparisons) => [size, comparisons, pressure])),
    ),
  );
  for (const { points, pressure } of found.courses) {
    expect(points[0]).toMatchObject({ d: 0, gold: { estimate: 0 }, proxy: { estimate: 0 } });
    expect(points.length).toBe(3);
    // The proxy's best is never below its mean.
    if (pressure === "best-of-n") expect(points[2]!.proxy.estimate).toBeGreaterThanOrEqual(points[1]!.proxy.estimate);
  }
  const kept = join(folder, "overoptimisation", "0.03M-4", "rl.json");
  const before = readFileSync(kept, "utf8");
  expect((await push([4, 8])).courses).toEqual(found.courses);
  expect(readFileSync(kept, "utf8")).toBe(before);
  // A course of another seed, policy or preference model is measured anew.
  writeFileSync(kept, before.replace(/"key":"[0-9a-f]+"/u, '"key":"other"').replace(/"gold":\[\[[^,]+/u, '"gold":[[9'));
  await push([4, 8]);
  expect(readFileSync(kept, "utf8")).toBe(before);
  expect(readOveroptimisation(folder)?.courses.length).toBe(8);
  expect(existsSync(join(folder, "rl-cai"))).toBe(false);
}, 600_000);
