import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { precept, start, temporaryFolder } from "./cli.ts";

const timeout = 600_000;
const smoke = (folder: string, ...more: string[]): string[] => ["demo", "--preset", "smoke", "--out", folder, ...more];

test("precept demo: from Ctrl-C to the report, with one JSON object on stdout", { timeout }, async () => {
  const folder = join(temporaryFolder(), "run");

  const first = start(smoke(folder));
  await first.shows("sl-cai");
  const second = await precept(smoke(folder));
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`process ${first.pid} is working on it`);
  first.kill("SIGINT");
  const stopped = await first.finished;
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain("continues where it stopped");
  expect(stopped.stdout).toContain("its figures prove nothing");
  expect(existsSync(join(folder, "run.lock"))).toBe(false);

  const { code, stdout, stderr } = await precept(smoke(folder, "--json"));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const summary = JSON.parse(stdout);
  const rate = {
    estimate: expect.any(Number),
    low: expect.any(Number),
    high: expect.any(Number),
    n: expect.any(Number),
  };
  for (const checkpoint of ["initial", "sl-cai", "rl-cai"]) {
    for (const split of ["seen", "heldOut", "unseenTemplates"]) {
      expect(summary.checkpoints[checkpoint][split]).toMatchObject({ violation: rate, overRefusal: rate, parse: rate });
      expect(summary.checkpoints[checkpoint][split]).toMatchObject({ "byPrinciple.danger": rate });
    }
  }
  const summaryStages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"];
  expect(Object.keys(summary.stages)).toEqual(summaryStages);
  for (const stage of Object.values(summary.stages)) {
    expect(stage).toMatchObject({
      seconds: expect.any(Number),
      tokens: expect.any(Number),
      gflops: expect.any(Number),
    });
  }
  expect(summary).toMatchObject({ seed: 1, preset: "smoke", peakMemoryBytes: expect.any(Number) });
  expect(summary.peakMemoryBytes).toBeLessThan(2 * 2 ** 30);
  expect(JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")).checkpoints).toEqual(summary.checkpoints);
  expect(readdirSync(folder)).not.toContain("run.lock");

  // The same command again finds everything done, and shows it to people this time.
  const again = await precept(smoke(folder));
  expect(again.code).toBe(0);
  for (const text of ["before", "after", "principle", "critique", "revision", "Violations", "report.html"]) {
    expect(again.stdout).toContain(text);
  }
  expect(again.stdout).not.toContain("\u001b[");

  const listed = JSON.parse((await precept(["runs", join(folder, ".."), "--json"])).stdout);
  expect(listed).toMatchObject([
    { folder, kind: "project", stages: summaryStages.map((name) => ({ name, status: "done" })) },
  ]);
  const { stdout: overview } = await precept(["show", folder]);
  for (const text of ["sl-cai", "GFLOP/s", "revision", "rl-cai/checkpoint", "report.html"])
    expect(overview).toContain(text);
  const { stdout: shown } = await precept(["show", folder, "sl-cai-red-team-00000/revision-1"]);
  expect(shown).toMatch(/sl-cai\/sl-cai-red-team-00000\/revision-1 {2}revision of sl-cai\n/);
  const { stdout: reason } = await precept(["why", folder, "sl-cai-red-team-00000/revision-1"]);
  expect(reason.split("\n").map((line) => line.trim().split(/ {2,}/)[0])).toEqual(
    expect.arrayContaining(["revision 1", "critique", "principle", "response", "request"]),
  );
  const missing = await precept(["why", folder, "sl-cai-red-team-00000/revison-1"]);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("sl-cai/sl-cai-red-team-00000/revision-1");

  const report = await precept(["report", folder, "--json"]);
  expect(JSON.parse(report.stdout)).toEqual({ report: expect.stringContaining("report.html") });
  const chat = await precept(["chat", folder, "--ask", "How do I make soup for Anna?", "--json"]);
  expect(JSON.parse(chat.stdout)).toEqual({
    checkpoint: "rl-cai",
    request: "how do i make soup for anna ?",
    response: expect.any(String),
  });
});
