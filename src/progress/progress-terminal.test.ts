import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { count, duration, type ProgressStream, terminalProgress } from "./progress-terminal.ts";

test("plain lines: start, quarters with time left, end", () => {
  const { stream, written } = record({ isTTY: false });
  const clock = { ms: 0 };
  const progress = terminalProgress({ stream, env: {}, now: () => clock.ms });
  progress.start("sl-cai", "responses", 800, "prompts");
  for (let i = 0; i < 8; i++) {
    clock.ms += 1000;
    progress.advance(100, { tokens: 2500 });
  }
  progress.message("kept");
  progress.finish();
  expect(written.join("")).toMatchInlineSnapshot(`
    "sl-cai           responses: 800 prompts
    sl-cai           responses: 200/800 prompts  2,500 tokens/s  6 s left
    sl-cai           responses: 400/800 prompts  2,500 tokens/s  4 s left
    sl-cai           responses: 600/800 prompts  2,500 tokens/s  2 s left
    kept
    sl-cai           responses: 800 prompts in 8 s, 2,500 tokens/s
    "
  `);
});

test("a terminal gets one living line, whose bar gives way to the words; what stays unfinished gets no tick", () => {
  const { stream, written } = record({ isTTY: true, columns: 50 });
  const clock = { ms: 0 };
  const progress = terminalProgress({ stream, env: { NO_COLOR: "1" }, now: () => clock.ms });
  progress.start("rl-cai", "PPO", 40, "steps");
  clock.ms += 500;
  progress.advance(20);
  progress.finish();
  expect(written.map((text) => stripVTControlCharacters(text).replace("\r", ""))).toEqual([
    "  rl-cai           ─────────────  PPO  0/40 steps",
    "  rl-cai           ━━━───  PPO  20/40 steps  1 s…",
    "– rl-cai           PPO: 20 of 40 steps in 1 s\n",
  ]);
  expect(written.join("")).not.toMatch(/\u001b\[\d+m/);
});

test("a terminal that was never given a size shows the words all the same", () => {
  const { stream, written } = record({ isTTY: true, columns: 0 });
  const progress = terminalProgress({ stream, env: { NO_COLOR: "1" }, now: () => 0 });
  progress.start("rl-cai", "PPO", 40, "steps");
  expect(stripVTControlCharacters(written.join(""))).toContain("PPO  0/40 steps");
});

test("only what is complete gets a tick", () => {
  for (const isTTY of [true, false]) {
    const { stream, written } = record({ isTTY });
    const progress = terminalProgress({ stream, env: { NO_COLOR: "1" }, now: () => 0 });
    progress.start("sl-cai", "critiques", 2, "prompts");
    progress.advance(1);
    progress.start("ai-feedback", "comparisons", 2, "pairs");
    progress.advance(2);
    progress.finish();
    const [stopped, complete] = written.map(stripVTControlCharacters).filter((line) => line.includes(" in 0 s"));
    expect(stopped).toMatch(isTTY ? /– sl-cai +critiques: 1 of 2 prompts/ : /^sl-cai +critiques: 1 of 2 prompts/);
    expect(complete).toMatch(isTTY ? /✓ ai-feedback +comparisons: 2 pairs/ : /ai-feedback +comparisons: 2 pairs/);
  }
});

test("a log says every half minute how far it is", () => {
  const { stream, written } = record({ isTTY: false });
  const clock = { ms: 0 };
  const progress = terminalProgress({ stream, env: {}, now: () => clock.ms });
  progress.start("sl-cai", "critiques", 1000, "prompts");
  for (let i = 0; i < 100; i++) {
    clock.ms += 1000;
    progress.advance(1);
  }
  expect(written.map((line) => /\d+\/1,000/.exec(line)?.[0])).toEqual([undefined, "30/1,000", "60/1,000", "90/1,000"]);
});

test("colour only where it is wanted", () => {
  const { stream, written } = record({ isTTY: true, columns: 120 });
  const progress = terminalProgress({ stream, env: {}, now: () => 0 });
  progress.start("rl-cai", "PPO", 40, "steps");
  progress.finish();
  expect(written.join("")).toMatch(/\u001b\[\d+m/);
});

test("time left follows the recent speed, so that what a resumed run skips at once does not mislead", () => {
  const { stream, written } = record({ isTTY: false });
  const clock = { ms: 0 };
  const progress = terminalProgress({ stream, env: {}, now: () => clock.ms });
  progress.start("sl-cai", "responses", 1000, "prompts");
  progress.advance(400); // found in the log
  for (let i = 0; i < 40; i++) {
    clock.ms += 1000;
    progress.advance(10);
  }
  // 10 per second over the last half minute, 200 to go.
  expect(written.find((line) => line.includes("750/1,000"))).toContain("25 s left");
  progress.finish();
});

test("time left of a slow model is that of all its answers so far, not of two that came together", () => {
  const { stream, written } = record({ isTTY: false });
  const clock = { ms: 0 };
  const progress = terminalProgress({ stream, env: {}, now: () => clock.ms });
  progress.start("sl-cai", "responses", 12, "prompts");
  clock.ms = 240_000;
  progress.advance(2);
  clock.ms += 1;
  progress.advance(1);
  // 3 in 4 minutes, 9 to go.
  expect(written.at(-1)).toContain("3/12 prompts");
  expect(written.at(-1)).toContain("12:00 min left");
  progress.finish();
});

test("durations and counts for people", () => {
  expect([0.4, 59, 187, 3729].map(duration)).toEqual(["0 s", "59 s", "3:07 min", "1:02:09 h"]);
  expect(count(1234567.8)).toBe("1,234,568");
});

function record(shape: { isTTY: boolean; columns?: number }): { stream: ProgressStream; written: string[] } {
  const written: string[] = [];
  return { stream: { ...shape, write: (text) => written.push(text) }, written };
}
