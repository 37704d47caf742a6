import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { BenchmarkSummary } from "../src/evaluation/benchmark/index.ts";
import { precept, start, temporaryFolder } from "./cli.ts";

const suites = ["harbor", "harmlessness", "helpfulness"];
const checkpoints = ["initial", "sl-cai", "rl-cai"];
const env = { PRECEPT_THREADS: "1" };

test("harbor's suites on a run: they finish, and kill -9 on the way changes nothing", async () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  expect((await precept(["demo", "--preset", "smoke", "--out", run], { env })).code).toBe(0);
  const args = (out: string): string[] => [
    ...["evaluate", run, "--suite", suites.join(","), "--n", "200", "--out", join(folder, out), "--json"],
  ];
  const whole = await precept(args("whole"), { env });
  expect(whole.code).toBe(0);
  expect(whole.stdout).not.toContain("NaN");
  const found = summariesOf(whole.stdout);
  expect(found.map(({ benchmark, subject, items }) => [benchmark, subject, items])).toEqual(
    suites.flatMap((suite) => checkpoints.map((subject) => [suite, subject, 200])),
  );
  for (const { seconds, metrics } of found) {
    expect(seconds).toBeGreaterThan(0);
    for (const { estimate, low, high } of Object.values(metrics))
      if (estimate !== null && low !== null && high !== null) expect(low <= estimate && estimate <= high).toBe(true);
  }

  for (const kept of [1, 5]) {
    const child = start(args("broken"), { env });
    await Promise.race([haveBegun(join(folder, "broken"), kept), child.finished]);
    child.kill("SIGKILL");
    expect((await child.finished).signal).toBe("SIGKILL");
  }
  const resumed = await precept(args("broken"), { env });
  expect(resumed.code).toBe(0);
  const plain = ({ seconds: _, tokens: __, measured: ___, ...rest }: BenchmarkSummary) => rest;
  expect(summariesOf(resumed.stdout).map(plain)).toEqual(found.map(plain));
  for (const suite of suites)
    for (const name of checkpoints)
      expect(records(folder, "broken", name, suite)).toBe(records(folder, "whole", name, suite));

  const { code, stdout } = await precept([
    "compare",
    join(folder, "whole", "initial"),
    join(folder, "whole", "rl-cai"),
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/better|worse|cannot tell/);
});

function summariesOf(stdout: string): readonly BenchmarkSummary[] {
  return (JSON.parse(stdout) as { readonly suites: readonly BenchmarkSummary[] }).suites;
}

/** Until so many pairs of checkpoint and suite have begun to keep answers. */
async function haveBegun(folder: string, count: number): Promise<void> {
  const begun = (): number =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
          /(partial|records)\.jsonl$/.test(name),
        ).length
      : 0;
  while (begun() < count) await setTimeout(10);
}

function records(folder: string, out: string, checkpoint: string, suite: string): string {
  return readFileSync(join(folder, out, checkpoint, suite, "benchmark", "records.jsonl"), "utf8");
}
