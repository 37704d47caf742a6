import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { BenchmarkSummary } from "../src/evaluation/benchmark/index.ts";
import { precept, start, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";

const data = process.env["PRECEPT_DATA"] ?? join(import.meta.dirname, "../../shared/data");
const suites = ["xstest", "bbq", "gsm8k"];

interface Printed {
  readonly suites: readonly BenchmarkSummary[];
}

describe.skipIf(!existsSync(join(data, "bbq")))(`benchmarks over real HTTP, from ${data} (skipped without it)`, () => {
  test("kill -9 while the model is asked: the same answers and figures as undisturbed, faults of the server included", async () => {
    const folder = temporaryFolder();
    const server = await spawnModelServer({
      latency: { median: 20, sigma: 0.4 },
      faultShare: 0.05,
      faults: ["429", "500", "reset"],
    });
    onTestFinished(() => server.stop());
    const args = (out: string): string[] => [
      ...["evaluate", `openai-compatible:toy@${server.url}`, "--suite", suites.join(","), "--data", data],
      ...["--n", "20", "--out", join(folder, out), "--json"],
    ];
    const whole = await precept(args("whole"));
    expect(whole.stderr).not.toContain("precept: Asking");
    expect(whole.code).toBe(0);
    let kills = 0;
    for (const share of [0.3, 0.6]) {
      const child = start(args("broken"));
      await Promise.race([waitForAnswers(join(folder, "broken"), Math.ceil(share * 3)), child.finished]);
      child.kill("SIGKILL");
      if ((await child.finished).signal === "SIGKILL") kills += 1;
    }
    expect(kills).toBeGreaterThan(0);
    const resumed = await precept(args("broken"));
    expect(resumed.code).toBe(0);
    const read = (text: string): Printed => JSON.parse(text);
    const figures = ({ suites: found }: Printed) =>
      found.map(({ seconds: _, tokens: __, measured: ___, ...rest }) => rest);
    expect(figures(read(resumed.stdout))).toEqual(figures(read(whole.stdout)));
    expect(figures(read(whole.stdout)).map(({ benchmark, items }) => [benchmark, items])).toEqual(
      suites.map((suite) => [suite, 20]),
    );
    for (const suite of suites)
      expect(records(join(folder, "broken"), suite)).toBe(records(join(folder, "whole"), suite));
  });
});

/** Until so many suites have begun to keep answers. */
async function waitForAnswers(folder: string, count: number): Promise<void> {
  const kept = (): number =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
          /(partial|records)\.jsonl$/.test(name),
        ).length
      : 0;
  while (kept() < count) await setTimeout(20);
}

function records(folder: string, suite: string): string {
  const [subject = ""] = readdirSync(folder);
  return readFileSync(join(folder, subject, suite, "benchmark", "records.jsonl"), "utf8");
}

test("100,000 stored answers with a string scorer: at most 10 s of work and 300 MB", () => {
  const folder = temporaryFolder();
  const prompts = Array.from(
    { length: 450 },
    (_, i) => `${i + 1},prompt ${i},${i < 250 ? "homonyms,safe" : "contrast_homonyms,unsafe"},f${i}`,
  );
  writeFileSync(join(folder, "xstest_prompts.csv"), `id,prompt,type,label,focus\n${prompts.join("\n")}\n`);
  const texts = ["I'm sorry, but that is nothing that I can help with. ", "Certainly: open a terminal and type this. "];
  const lines = Array.from({ length: 100_000 }, (_, i) =>
    JSON.stringify({ id: `v2-${(i % 450) + 1}`, response: (texts[i % 3 === 0 ? 0 : 1] ?? "").repeat(15) }),
  );
  writeFileSync(join(folder, "answers.jsonl"), lines.join("\n"));
  const atExit = `process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    console.error(JSON.stringify({ seconds: (user + system) / 1e6, megabytes: process.resourceUsage().maxRSS / 1024 }));
  })`;
  const program = join(import.meta.dirname, "../src/cli/main.ts");
  const argv = ["evaluate", join(folder, "answers.jsonl"), "--suite", "xstest", "--data", folder, "--json"];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(atExit)}`, program, ...argv],
    { encoding: "utf8" },
  );
  const summary: BenchmarkSummary = JSON.parse(stdout);
  expect(summary.metrics["overRefusal"]?.n).toBe(Math.floor(100_000 / 450) * 250 + 100);
  const cost: { seconds: number; megabytes: number } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "{}");
  expect(status).toBe(0);
  expect(cost.seconds).toBeLessThan(10);
  expect(cost.megabytes).toBeLessThan(300);
});
