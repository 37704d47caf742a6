import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { ArenaResult } from "../src/evaluation/index.ts";
import { precept, start, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";

test("an arena goes on after kill -9 and Ctrl-C, and no game is lost or counted twice", async () => {
  const folder = temporaryFolder();
  const servers = [await spawnModelServer(slow), await spawnModelServer({ ...slow, words: 5 })];
  for (const { stop } of servers) onTestFinished(stop);
  const [first = "", second = ""] = servers.map(({ url }) => `openai-compatible:toy@${url}`);
  const prompts = Array.from({ length: 80 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Ask about rope ${i}` }));
  writeFileSync(join(folder, "prompts.jsonl"), prompts.join("\n"));
  const env = (out: string) => ({ cwd: folder, env: { PRECEPT_CACHE: join(folder, `cache-${out}`) } });
  const args = (out: string): string[] => [
    ...["arena", first, second, "--judge", first, "--helpful", "prompts.jsonl", "--harmful", "prompts.jsonl"],
    ...["--run", out, "--json"],
  ];
  const whole = await precept(args("whole"), env("whole"));
  expect(whole.code).toBe(0);
  const { arena } = JSON.parse(whole.stdout) as { readonly arena: readonly ArenaResult[] };
  expect(arena.map(({ aim, prompts: n }) => [aim, n])).toEqual([
    ["helpfulness", 80],
    ["harmlessness", 80],
  ]);
  for (const { pairs } of arena)
    for (const { wins, ties, losses, undetermined } of pairs) expect(wins + ties + losses + undetermined).toBe(80);

  const lines = (name: string): number => {
    const path = join(folder, "broken", "arena", `${name}.partial.jsonl`);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
  };
  for (const [name, count, signal] of [
    ["answers", 2, "SIGKILL"],
    ["games", 1, "SIGKILL"],
    ["games", 3, "SIGINT"],
  ] as const) {
    const child = start(args("broken"), env("broken"));
    while (lines(name) < count) await setTimeout(5);
    child.kill(signal);
    const { code, stderr } = await child.finished;
    if (signal === "SIGINT") {
      expect(code).toBe(130);
      expect(stderr).toMatch(/continues/);
    } else expect(code).toBe(null);
  }
  const resumed = await precept(args("broken"), env("broken"));
  expect(resumed.code).toBe(0);
  expect((JSON.parse(resumed.stdout) as { readonly arena: unknown }).arena).toEqual(arena);
  for (const name of ["answers", "games"])
    expect(readFileSync(join(folder, "broken", "arena", `${name}.jsonl`), "utf8")).toBe(
      readFileSync(join(folder, "whole", "arena", `${name}.jsonl`), "utf8"),
    );
});

const slow = { latency: { median: 30, sigma: 0.3 } };
