import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../../../test/support/model-server/server.ts";
import { defaultSettings } from "../../../test/support/model-server/settings.ts";
import { optionLogprob, spoken } from "../../../test/support/model-server/toy-model.ts";
import type { Message } from "../../language-model.ts";
import { openModel } from "../open.ts";
import type { ModelEvent, OpenOptions } from "../options.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const ask = (content: string): Message[] => [{ role: "user", content }];
let server: ModelServer;
const folder = mkdtempSync(join(tmpdir(), "precept-hosted-"));

beforeAll(async () => {
  server = await startModelServer();
});
afterEach(() => server.configure(defaultSettings));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (options: OpenOptions = {}) => openModel(server.url, { env: {}, cache: false, ...options });

describe("a server with an OpenAI-compatible interface", () => {
  it("is opened by its address alone, and tells what it can do", async () => {
    const model = await open();
    expect(model.report).toEqual({
      id: "openai-compatible:toy",
      name: `openai-compatible:toy@${server.url}`,
      capabilities: { logprobs: true, prefill: true, rawCompletion: true },
      choice: "echo",
      source: "probed",
      contextLength: 8192,
      endpoints: [server.url],
    });
    server.configure({ can: { completions: false, echo: false, logprobs: false, prefill: false } });
    const chat = await open();
    expect(chat.report).toMatchObject({
      capabilities: { logprobs: false, prefill: false, rawCompletion: false },
      choice: "votes",
    });
  });

  it("answers dialogues and raw text, up to stop strings, with the seed's own words", async () => {
    const model = await open();
    const [answer] = await collect(model.generate([{ id: "a", prompt: ask("hello"), seed: 7 }], { maxTokens: 50 }));
    expect(answer).toMatchObject({ id: "a", text: spoken("user: hello\nassistant:", 7, 12), finishReason: "stop" });
    expect(answer?.usage.completionTokens).toBeGreaterThan(5);
    const [other] = await collect(model.generate([{ id: "a", prompt: ask("hello"), seed: 8 }], { maxTokens: 50 }));
    expect(other?.text).not.toBe(answer?.text);
    const [raw] = await collect(model.generate([{ id: "r", prompt: "Human: hello", seed: 7 }], { maxTokens: 50 }));
    expect(raw?.text).toBe(` ${spoken("Human: hello", 7, 12)}`);
    const stop = ["q", "r", "s", "t", "never", ":"];
    const [cut] = await collect(model.generate([{ id: "c", prompt: ask("hello"), seed: 7 }], { maxTokens: 50, stop }));
    expect(cut?.text).toBe(
      answer?.text.slice(0, Math.min(...stop.map((s) => answer.text.indexOf(s)).filter((n) => n >= 0))),
    );
    const [short] = await collect(model.generate([{ id: "s", prompt: ask("hello"), seed: 7 }], { maxTokens: 3 }));
    expect(short?.finishReason).toBe("length");
  });

  it("continues the beginning of an answer", async () => {
    const model = await open();
    const prompt = ask("Count from 1 to 9");
    const [answer] = await collect(
      model.generate([{ id: "a", prompt, prefill: "1 2 3 4 5", seed: 1 }], { maxTokens: 9 }),
    );
    expect(answer?.text).toBe(" 6 7 8 9");
  });

  const options = [" (A)", " (B)"];
  const truth = (text: string, list: readonly string[]): number[] => {
    const masses = list.map((option) => Math.exp(optionLogprob(text, option)));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return masses.map((mass) => mass / total);
  };

  it.each([
    ["echo", { ...defaultSettings.can }],
    ["next-tokens", { ...defaultSettings.can, echo: false }],
  ])("weighs whole options of several tokens after raw text: %s", async (choice, can) => {
    server.configure({ can });
    const model = await open();
    expect(model.report.choice).toBe(choice);
    const texts = ["Which is better?\nThe answer is:", "Tide or rope. The answer is:", "So the answer is:"];
    const requests = texts.map((prompt, index) => ({ id: `${index}`, prompt, options, seed: 1 }));
    for (const answer of await collect(model.choose(requests))) {
      const expected = truth(texts[Number(answer.id)] ?? "", options);
      expect(answer.method).toBe("logprobs");
      for (const [index, probability] of answer.probabilities.entries()) {
        expect(probability).toBeCloseTo(expected[index] ?? Number.NaN, 6);
      }
    }
  });

  it("weighs options that begin alike and end apart", async () => {
    server.configure({ can: { ...defaultSettings.can, echo: false } });
    const model = await open();
    const list = [" the tide", " the rope", " A"];
    const [answer] = await collect(model.choose([{ id: "x", prompt: "Say", options: list, seed: 1 }]));
    const expected = truth("Say", list);
    for (const [index, probability] of (answer?.probabilities ?? []).entries()) {
      expect(probability).toBeCloseTo(expected[index] ?? Number.NaN, 6);
    }
  });

  it("reads letters at the beginning of a dialogue's answer, or counts votes where they are improbable", async () => {
    const model = await open({ capabilities: { rawCompletion: false } });
    const requests = Array.from({ length: 40 }, (_, index) => ({
      id: `${index}`,
      prompt: ask(`Question ${index}: (A) tide (B) rope ${index % 2 === 0 ? "[letters]" : ""}`),
      options,
      seed: 1,
    }));
    const answers = await collect(model.choose(requests));
    const read = answers.filter(({ method }) => method === "logprobs");
    const counted = answers.filter(({ method }) => method === "votes");
    expect([read.length, counted.length]).toEqual([20, 20]);
    for (const { id, mass, probabilities } of read) {
      expect(mass).toBeGreaterThan(0.5);
      const text = `user: Question ${id}: (A) tide (B) rope [letters]\nassistant:`;
      // Both ways of beginning, with and without a space, say the same letter.
      const masses = ["A", "B"].map((letter) =>
        [` (${letter})`, `(${letter})`].reduce((sum, option) => sum + Math.exp(optionLogprob(text, option)), 0),
      );
      const total = masses.reduce((sum, value) => sum + value, 0);
      expect(probabilities[0]).toBeCloseTo((masses[0] ?? 0) / total, 2);
    }
    for (const { votes, probabilities } of counted) {
      expect(votes).toBe(5);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      for (const p of probabilities) expect(p * 7).toBeCloseTo(Math.round(p * 7), 9);
    }
  });

  it("scores a text token by token", async () => {
    const model = await open();
    const [score] = await collect(model.score([{ id: "s", prompt: "The answer is:", continuation: " (A)" }]));
    expect(score?.logprobs).toHaveLength(3);
    expect(score?.logprobs.reduce((sum, value) => sum + value, 0)).toBeCloseTo(
      optionLogprob("The answer is:", " (A)"),
      6,
    );
  });

  it("tells refusal, filter, silence, overflow and faulty requests from answers, and from each other", async () => {
    server.configure({ contextLength: 30 });
    const model = await open();
    await collect(model.generate([{ id: "warm", prompt: ask("hello"), seed: 1 }], { maxTokens: 9 }));
    const long = "word ".repeat(60);
    const requests = ["[filter]", "[empty]", "[refuse]", "[invalid]", long, "plain"].map((text) => ({
      id: text.trim().slice(0, 9),
      prompt: ask(text),
      seed: 1,
    }));
    const answers = new Map((await collect(model.generate(requests, { maxTokens: 9 }))).map((a) => [a.id, a]));
    expect(answers.get("[filter]")).toMatchObject({
      text: "",
      finishReason: "content-filter",
      outcome: "content-filter",
    });
    expect(answers.get("[empty]")).toMatchObject({ text: "", finishReason: "stop", outcome: "empty" });
    expect(answers.get("[refuse]")).toMatchObject({ outcome: "refusal", text: "I cannot help with that." });
    expect(answers.get("[invalid]")).toMatchObject({ finishReason: "error", outcome: "invalid" });
    expect(answers.get("word word")).toMatchObject({ finishReason: "error", outcome: "context-overflow" });
    expect(answers.get("plain")?.outcome).toBeUndefined();
  });

  it("sends one plain prompt for all first requests that are refused at once, and tells them apart by it", async () => {
    server.configure({ latency: { median: 50, sigma: 0 } });
    const events: ModelEvent[] = [];
    const model = await open({
      capabilities: { logprobs: false, prefill: false, rawCompletion: false },
      probe: "never",
      throughput: { maxConcurrency: 8 },
      onEvent: (event) => void events.push(event),
    });
    const requests = Array.from({ length: 6 }, (_, i) => ({ id: `${i}`, prompt: ask(`[invalid] ${i}`), seed: 1 }));
    const answers = await collect(model.generate(requests, { maxTokens: 9 }));
    expect(answers.map(({ outcome }) => outcome)).toEqual(requests.map(() => "invalid"));
    expect(events.filter((event) => event.type === "call").map(({ kind }) => kind)).toEqual(["probe"]);
  });

  it("makes no label of a refused, filtered, empty or unreadable choice", async () => {
    server.configure({ can: { ...defaultSettings.can, logprobs: false, completions: false } });
    const model = await open();
    const requests = ["[filter]", "[empty]", "[refuse]", "no letters here"].map((text) => ({
      id: text,
      prompt: ask(text),
      options,
      seed: 1,
    }));
    const answers = new Map((await collect(model.choose(requests))).map((a) => [a.id, a]));
    for (const answer of answers.values()) {
      expect(answer).toMatchObject({ method: "votes", votes: 0, probabilities: [0.5, 0.5] });
    }
    expect([...answers].map(([id, { outcome }]) => [id, outcome]).sort()).toEqual([
      ["[empty]", "empty"],
      ["[filter]", "content-filter"],
      ["[refuse]", "refusal"],
      ["no letters here", "unparsable"],
    ]);
  });

  it("asks again after every passing fault, and never gives a wrong, doubled or lost answer", async () => {
    const model = await open();
    server.configure({ faultShare: 0.4, slowMs: 50 });
    const requests = Array.from({ length: 300 }, (_, index) => ({
      id: `${index}`,
      prompt: ask(`item ${index}`),
      seed: index,
    }));
    const answers = await collect(model.generate(requests, { maxTokens: 50 }));
    expect(answers).toHaveLength(300);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(300);
    for (const { id, text } of answers) expect(text).toBe(spoken(`user: item ${id}\nassistant:`, Number(id), 12));
    expect(Object.keys(server.stats.faults).length).toBe(8);
  });

  it("keeps answers, so that a rerun is free and another seed is not", async () => {
    const events: ModelEvent[] = [];
    const cache = join(folder, "kept");
    const model = await open({ cache, onEvent: (event) => events.push(event) });
    const requests = [1, 2, 3].map((seed) => ({ id: `${seed}`, prompt: ask("again"), seed }));
    const first = await collect(model.generate(requests, { maxTokens: 20 }));
    const before = server.stats.received;
    const again = await collect(model.generate(requests, { maxTokens: 20 }));
    expect(server.stats.received).toBe(before);
    expect(again.every(({ isCached }) => isCached === true)).toBe(true);
    const texts = (list: typeof first) => list.map(({ id, text }) => `${id} ${text}`).sort();
    expect(texts(again)).toEqual(texts(first));
    expect(new Set(first.map(({ text }) => text)).size).toBe(3);
    await collect(model.generate([{ id: "4", prompt: ask("again"), seed: 4 }], { maxTokens: 20 }));
    await collect(model.generate(requests.slice(0, 1), { maxTokens: 21 }));
    expect(server.stats.received).toBe(before + 2);
    expect(events.filter((event) => event.type === "call" && event.isCached)).toHaveLength(3);
    const reopened = await open({ cache });
    expect(reopened.report.source).toBe("remembered");
  });

  it("spreads over several endpoints of one model", async () => {
    const second = await startModelServer({ latency: { median: 20, sigma: 0 } });
    server.configure({ latency: { median: 20, sigma: 0 } });
    try {
      const model = await openModel(`vllm:toy@${server.url},${second.url}`, { env: {}, cache: false });
      const before = server.stats.received;
      const requests = Array.from({ length: 60 }, (_, index) => ({ id: `${index}`, prompt: ask(`${index}`), seed: 1 }));
      expect(await collect(model.generate(requests, { maxTokens: 9 }))).toHaveLength(60);
      expect(server.stats.received - before).toBeGreaterThan(10);
      expect(second.stats.received).toBeGreaterThan(10);
      await second.close();
      expect(await collect(model.generate(requests, { maxTokens: 10 }))).toHaveLength(60);
    } finally {
      await second.close().catch(() => undefined);
    }
  });

  it("stops when cancelled", async () => {
    server.configure({ latency: { median: 5000, sigma: 0 } });
    const model = await open({
      capabilities: { logprobs: false, prefill: false, rawCompletion: false },
      probe: "never",
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const requests = [{ id: "a", prompt: ask("slow"), seed: 1 }];
    const answers = collect(model.generate(requests, { maxTokens: 9, signal: controller.signal }));
    await expect(answers).rejects.toMatchObject({ code: "interrupted" });
  });
});
