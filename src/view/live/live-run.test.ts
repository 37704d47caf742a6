import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { readEvents } from "../../../viewer/src/source/events.ts";
import { canonicalJson, takeLock } from "../../storage/index.ts";
import { randomChain, writeRun, writeStages } from "../random-chains.test-support.ts";
import { OpenRun } from "../run/open-run.ts";
import { viewerApp } from "../server/app.ts";
import { tokenHeader } from "../server/guard.ts";
import { RunSource } from "../server/run-source.ts";
import type { LiveRun } from "../source-live.ts";
import { LiveProgress } from "./live-run.ts";

const root = mkdtempSync(join(tmpdir(), "precept-live-"));
const folder = join(root, "own");
const partial = join(folder, "sl-cai", "records.partial.jsonl");
const prompts = 40;
writeRun(folder, [], { status: "running", records: {} });
rmSync(join(folder, "sl-cai", "records.jsonl"));
mkdirSync(join(folder, "prompts"));
writeFileSync(
  join(folder, "prompts", "sl-cai.jsonl"),
  Array.from({ length: prompts }, (_, i) => `{"id":"p-${i}"}\n`).join(""),
);
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, command: "run --max-cost 5" }));

/** As a run writes a batch. */
function writeBatch(from: number, n: number): void {
  const records = Array.from({ length: n }, (_, i) => randomChain(from + i)).flat();
  appendFileSync(partial, `${JSON.stringify({ batch: `b-${from}`, records })}\n`);
}
writeBatch(0, 10);

const token = "a-token-of-this-test";
const source = new RunSource(root);
const app = viewerApp({ source, pages: root, token, hosts: [], onFailure: (error) => expect.fail(String(error)) });
const own = { host: "127.0.0.1:7710", [tokenHeader]: token };
const patience = { timeout: 20_000, interval: 20 };
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

describe("progress", () => {
  test("counts prompts of how many, how fast, how long still, and what is spent of what", async () => {
    const spent = { calls: 7, cached: 0, retries: 0, promptTokens: 1, completionTokens: 1, busySeconds: 1, cost: 1.25 };
    writeFileSync(join(folder, "spending.json"), JSON.stringify({ version: 1, roles: { initial: spent } }));
    const run = new OpenRun(folder);
    const progress = new LiveProgress(run);
    const stageAt = (now: number) => progress.read(now).stages[0];
    await expect.poll(() => stageAt(0)?.done, patience).toBe(10);
    expect(stageAt(0)).toMatchObject({ unit: "prompts", total: prompts, rate: null, secondsLeft: null });
    writeBatch(10, 10);
    await expect.poll(() => stageAt(5000)?.done, patience).toBe(20);
    expect(stageAt(5000)).toMatchObject({ rate: 2, secondsLeft: 10 });
    expect(stageAt(60_000)?.rate).toBeNull();
    expect(progress.read(60_000).spent).toEqual({ calls: 7, cost: 1.25, mostCost: 5, planned: null });
    appendFileSync(join(folder, "sl-cai", "metrics.jsonl"), '{"step":3}\n{"step":4,"loss":1}\n{"st');
    writeBatch(20, 20);
    await expect.poll(() => stageAt(70_000), patience).toMatchObject({ unit: "steps", done: 4, total: null });
    rmSync(join(folder, "sl-cai", "metrics.jsonl"));
    await run.close();
  });
});

test("a prompt that is answered several times is one, and comparisons are counted once all are answered", async () => {
  const own = join(root, "pairs");
  const log = join(own, "ai-feedback", "records.partial.jsonl");
  writeStages(own, { "ai-feedback": [] }, { status: "running", records: {} });
  rmSync(join(own, "ai-feedback", "records.jsonl"));
  const answers = (prompt: number, n: number) =>
    Array.from({ length: n }, (_, sample) => ({
      ...{ type: "response", id: `ai-feedback/p-${prompt}/response-${sample}`, promptId: `p-${prompt}`, parents: [] },
      ...{ schemaVersion: 1, messages: [], response: `answer ${sample}` },
    }));
  const write = (batch: string, records: readonly object[]): void =>
    appendFileSync(log, `${canonicalJson({ batch, records })}\n`);
  const run = new OpenRun(own);
  onTestFinished(() => run.close());
  const progress = new LiveProgress(run);
  const stage = () => progress.read(Date.now()).stages[0];
  write("responses-0000", [...answers(0, 5), ...answers(1, 3)]);
  // The prompts are written after the stage has begun.
  await expect.poll(() => stage()?.done, patience).toBe(8);
  expect(stage()).toMatchObject({ unit: "records", total: null });
  mkdirSync(join(own, "prompts"));
  writeFileSync(join(own, "prompts", "ai-feedback.jsonl"), '{"id":"p-0"}\n{"id":"p-1"}\n{"id":"p-2"}\n');
  expect(stage()).toMatchObject({ unit: "prompts", done: 2, total: 3 });
  write("responses-0001", answers(2, 4));
  await expect.poll(() => stage()?.done, patience).toBe(3);
  const compared = { type: "comparison", id: "ai-feedback/p-0/comparison", promptId: "p-0", parents: [] };
  write("comparisons-0000", [{ ...compared, schemaVersion: 1 }]);
  await expect.poll(stage, patience).toMatchObject({ unit: "comparisons", done: 1, total: null });
});

describe("events", () => {
  const ask = async (headers: Record<string, string> = own, signal?: AbortSignal): Promise<Response> =>
    app.fetch(new Request("http://127.0.0.1:7710/api/runs/own/events", { headers, signal: signal ?? null }));

  test("of a run that nobody works on are one, and an end", async () => {
    const heard: unknown[] = [];
    const { body, headers } = await ask();
    await readEvents(body as ReadableStream<Uint8Array>, (data) => heard.push(data));
    expect([headers.get("content-type"), heard.length, (heard[0] as LiveRun).isRunning]).toEqual([
      "text/event-stream",
      1,
      false,
    ]);
  });

  test("tell what was written since, also to who comes back", async () => {
    const lock = takeLock(folder, "run.lock");
    const heard: LiveRun[] = [];
    const follow = async (signal: AbortSignal): Promise<void> => {
      const { body } = await ask(own, signal);
      await readEvents(body as ReadableStream<Uint8Array>, (data) => heard.push(data as LiveRun));
    };
    const first = new AbortController();
    void follow(first.signal).catch(() => undefined);
    await expect.poll(() => heard.at(-1)?.stages[0]?.done, patience).toBe(40);
    first.abort();
    const before = heard.splice(0).at(-1);
    writeBatch(40, 5);
    const second = follow(new AbortController().signal);
    await expect.poll(() => heard.at(-1)?.stages[0]?.done, patience).toBe(45);
    expect([heard[0]?.isRunning, heard.at(-1)?.version === before?.version]).toEqual([true, false]);
    lock.release();
    await second;
    expect(heard.at(-1)?.isRunning).toBe(false);
  }, 40_000);

  test.each([
    ["without the token", { host: "127.0.0.1:7710" }],
    ["of another page", { ...own, origin: "https://evil.example" }],
  ])("%s are refused", async (_, headers) => {
    expect((await ask(headers as Record<string, string>)).status).toBe(403);
  });
});

test("an event counts once it is whole, wherever it was cut", async () => {
  const text = 'id: 1\nevent: progress\ndata: {"n":"ä"}\n\n: quiet\n\ndata: {"n":2}\n\ndata: {"n":3}';
  const bytes = new TextEncoder().encode(text);
  for (let cut = 1; cut < bytes.length; cut += 3) {
    const heard: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < bytes.length; i += cut) controller.enqueue(bytes.slice(i, i + cut));
        controller.close();
      },
    });
    await readEvents(body, (data) => heard.push(data));
    expect(heard).toEqual([{ n: "ä" }, { n: 2 }]);
  }
});
