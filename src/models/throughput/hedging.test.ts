import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../../../test/support/model-server/server.ts";
import type { Generation, GenerationRequest } from "../../language-model.ts";
import { openModel } from "../open.ts";
import type { ModelEvent, ThroughputOptions } from "../options.ts";

const SLOW_MS = 3000;
let server: ModelServer;
let events: ModelEvent[];

beforeEach(async () => {
  server = await startModelServer({ latency: { median: 20, sigma: 0.2 }, slowMs: SLOW_MS });
  events = [];
});
afterEach(() => server.close());

const requests = (count: number, name: string): GenerationRequest[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${name}-${i}`,
    prompt: [{ role: "user", content: `${name} ${i}` }],
    seed: i,
  }));

/** A model that knows the endpoint's latencies; from then on some first attempts are slow, and no second one is. */
async function hedging(throughput: ThroughputOptions, faultShare = 0.05) {
  const model = await openModel(server.url, {
    env: {},
    cache: false,
    throughput,
    onEvent: (event) => events.push(event),
  });
  await Array.fromAsync(model.generate(requests(100, "before"), { maxTokens: 20 }));
  server.configure({ faultShare, faults: ["slow"] });
  events = [];
  return model;
}

const calls = () => events.filter((event) => event.type === "call");
const tokens = (list: readonly Pick<Generation, "usage">[]): number =>
  list.reduce((sum, { usage }) => sum + usage.completionTokens, 0);

describe("hedging", () => {
  it("answers in the time of the second attempt, each request once, and tells both attempts' cost", async () => {
    const model = await hedging({ hedgeQuantile: 0.95 });
    const before = server.stats;
    const since = performance.now();
    const answers = await Array.fromAsync(model.generate(requests(200, "item"), { maxTokens: 20 }));
    expect(performance.now() - since).toBeLessThan(SLOW_MS);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(200);
    expect(answers.length).toBe(200);
    const after = server.stats;
    expect((after.faults["slow"] ?? 0) - (before.faults["slow"] ?? 0)).toBeGreaterThan(2);
    const sent = after.received - before.received;
    expect(sent).toBeGreaterThan(200);
    // One that is cut off before it has left is told too: too much rather than too little.
    expect(calls().length).toBeGreaterThanOrEqual(sent);
    expect(calls().length).toBeLessThan(sent + 50);
    expect(calls().reduce((sum, { attempts }) => sum + attempts, 0)).toBe(calls().length);
    expect(tokens(calls())).toBeGreaterThan(tokens(answers));
  });

  it("gives the words that an undisturbed endpoint gives", async () => {
    const model = await hedging({ hedgeQuantile: 0.95 });
    const hedged = await Array.fromAsync(model.generate(requests(60, "item"), { maxTokens: 20 }));
    server.configure({ faultShare: 0 });
    const plain = await Array.fromAsync(model.generate(requests(60, "item"), { maxTokens: 20 }));
    const words = (list: readonly Generation[]) => Object.fromEntries(list.map(({ id, text }) => [id, text]));
    expect(words(hedged)).toEqual(words(plain));
  });

  it("is not done unless it is asked for", async () => {
    const model = await hedging({});
    const { received } = server.stats;
    const since = performance.now();
    await Array.fromAsync(model.generate(requests(100, "item"), { maxTokens: 20 }));
    expect(performance.now() - since).toBeGreaterThan(SLOW_MS);
    expect(server.stats.received - received).toBe(100);
    expect(calls().length).toBe(100);
  });

  it("waits for the other attempt when one of the two fails", async () => {
    const model = await hedging({ hedgeQuantile: 0.5 }, 0);
    server.configure({ faultShare: 0.3, faults: ["500", "reset"] });
    const answers = await Array.fromAsync(model.generate(requests(200, "item"), { maxTokens: 20 }));
    expect(answers.every(({ text, outcome }) => text !== "" && outcome === undefined)).toBe(true);
    expect(answers.length).toBe(200);
  });

  it("ends both attempts when the caller cancels", async () => {
    const model = await hedging({ hedgeQuantile: 0.95 }, 1);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 300);
    const since = performance.now();
    const answers = Array.fromAsync(model.generate(requests(20, "item"), { maxTokens: 20, signal: cancel.signal }));
    await expect(answers).rejects.toMatchObject({ code: "interrupted" });
    expect(performance.now() - since).toBeLessThan(SLOW_MS);
    const { received } = server.stats;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.stats.received).toBe(received);
  });
});
