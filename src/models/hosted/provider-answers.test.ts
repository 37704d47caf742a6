import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { PreceptError } from "../../errors.ts";
import type { Generation } from "../../language-model.ts";
import { rng } from "../../rng.ts";
import { openModel } from "../open.ts";
import type { ModelEvent } from "../options.ts";
import { defaultThroughput } from "../options.ts";
import { errorIn } from "../throughput/error-body.ts";
import { failureOf, HttpFailure } from "../throughput/failures.ts";
import { Pool } from "../throughput/pool.ts";
import { finishOf } from "./finish.ts";

let server: Server;
let url: string;
let bodies: string[] = [];

/** Answers with one body after the other, the last one again and again. */
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end((bodies.length > 1 ? bodies.shift() : bodies[0]) ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const choice = (content: unknown, finish: unknown = "stop", extra: object = {}, message: object = {}) => ({
  choices: [{ index: 0, message: { role: "assistant", content, ...message }, finish_reason: finish, ...extra }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
});

async function ask(
  shapes: readonly unknown[],
  name = "vllm:m",
  retries: string[] = [],
): Promise<Generation | undefined> {
  bodies = shapes.map((shape) => (typeof shape === "string" ? shape : JSON.stringify(shape)));
  const onEvent = (event: ModelEvent): void => void (event.type === "retry" && retries.push(event.reason));
  const env = { OPENAI_API_KEY: "test-key-openai" };
  const throughput = { maxAttempts: 2 };
  const model = await openModel(name, { env, cache: false, probe: "never", baseUrls: [url], throughput, onEvent });
  const prompt = [{ role: "user", content: "Hello" }] as const;
  for await (const answer of model.generate([{ id: "a", prompt, seed: 1 }], { maxTokens: 9 })) return answer;
  return undefined;
}

const codeOf = async (shape: unknown, name?: string): Promise<string> =>
  ask([shape], name).then(
    (answer) => answer?.outcome ?? "answered",
    (error: unknown) => (error instanceof PreceptError ? error.code : String(error)),
  );

describe("the end of an answer", () => {
  it.each(["vllm:m", "openai:m"])(
    "is a fault that is named and asked again where nobody knows it: %s",
    async (name) => {
      const retries: string[] = [];
      const answer = await ask([choice("Half an ans", "lost_upstream"), choice("Whole.")], name, retries);
      expect(answer).toMatchObject({ text: "Whole.", finishReason: "stop" });
      expect(retries.join()).toContain("lost_upstream");
      expect(await codeOf(choice("Half", "error"), name)).toBe("model-failed");
    },
  );

  it.each([
    ["stop", "stop"],
    ["eos_token", "stop"],
    ["END_TURN", "stop"],
    [null, "stop"],
    [undefined, "stop"],
    ["max_tokens", "length"],
    ["MAX_TOKENS", "length"],
    ["model_length", "length"],
    ["content-filter", "content-filter"],
    ["SAFETY", "content-filter"],
  ])("%s is %s", (word, finish) => {
    expect(finishOf(word)).toBe(finish);
  });

  it.each(["abort", "error", "constructor", "cancelled"])("%s is none", (word) => {
    expect(() => finishOf(word)).toThrow(`"${word}"`);
  });
});

describe("the content of an answer", () => {
  it("may come as parts, of which reasoning is none", async () => {
    const parts = [
      { type: "thinking", thinking: "hm", text: "secretly" },
      { type: "reasoning", text: "hm" },
      { type: "text", text: "Good " },
      "day",
      { type: "output_text", text: { value: "." } },
    ];
    expect((await ask([choice(parts)]))?.text).toBe("Good day.");
    const refusal = [{ type: "refusal", refusal: "I will not." }];
    expect(await ask([choice(refusal)])).toMatchObject({ text: "I will not.", outcome: "refusal" });
  });

  it("is not the reasoning before it", async () => {
    const reasoned = choice(null, "length", {}, { reasoning_content: "The user says hello" });
    expect(await ask([reasoned])).toMatchObject({ text: "", finishReason: "length", outcome: "empty" });
    expect(await ask([choice("<think>\nhm</think>\n\nHello.")])).toMatchObject({ text: "Hello.", reasoning: "hm" });
  });
});

describe("an error within HTTP 200", () => {
  it.each([
    [{ error: { code: 401, message: "no" } }, "key-rejected"],
    [{ error: { type: "authentication_error", message: "no" } }, "key-rejected"],
    [{ error: { code: "invalid_api_key", message: "no" } }, "key-rejected"],
    [{ error: { code: "insufficient_quota", message: "You exceeded your current quota" } }, "quota-exhausted"],
    [{ error: { status: "NOT_FOUND", code: 404, message: "no such model" } }, "model-unknown"],
    [[{ error: { status: "UNAUTHENTICATED", message: "no" } }], "key-rejected"],
    [{ object: "error", message: "upstream error", code: 502 }, "model-failed"],
    [{ ...choice("x"), error: { code: 403, message: "no" } }, "key-rejected"],
    [choice("Half", "error", { error: { code: 401, message: "no" } }), "key-rejected"],
    [{ ...choice("fine"), error: null }, "answered"],
  ])("keeps its class: %j is %s", async (shape, expected) => {
    expect(await codeOf(shape)).toBe(expected);
  });

  it.each([
    [{ error: { code: 429, message: "slow down" } }, "limited"],
    [{ error: "Rate limit exceeded" }, "limited"],
    [{ error: { status: "RESOURCE_EXHAUSTED", message: "x" } }, "limited"],
    [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "limited"],
    [{ error: { code: "502", message: "upstream lost" } }, "passing"],
    [{ error: { message: "who knows" } }, "passing"],
    [{ error: { code: "context_length_exceeded", message: "maximum context length is 9" } }, "request"],
  ])("%j is %s, with its words", (body, kind) => {
    const failure = failureOf(new HttpFailure(200, {}, JSON.stringify(body)), false);
    expect(failure.kind).toBe(kind);
    expect(failure.reason).toContain(errorIn(body)?.message);
  });

  it("is waited for where it is a limit", async () => {
    const retries: string[] = [];
    expect((await ask([{ error: { code: 429, message: "slow" } }, choice("Later.")], "vllm:m", retries))?.text).toBe(
      "Later.",
    );
    expect(retries).toEqual(["an error 429 within HTTP 200: slow"]);
  });
});

describe("whatever JSON comes", () => {
  const random = rng(3, "answers");
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)] as T;
  const scalars = [null, true, 0, -1, Number.MAX_VALUE, "", "stop", "error", "length", "text", "429", "…", [], {}];
  const names = ["choices", "message", "content", "text", "type", "finish_reason", "error", "code", "usage", "refusal"];
  const tree = (depth: number): unknown => {
    if (depth === 0 || random.next() < 0.3) return pick(scalars);
    const size = random.integer(4);
    if (random.next() < 0.4) return Array.from({ length: size }, () => tree(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [pick(names), tree(depth - 1)]));
  };
  /** An answer of the right outline, one place of which holds anything. */
  const outline = (): unknown => {
    const places = [0, 1, 2, 3, 4, 5, 6].map((at) => at === place);
    const at = <T>(index: number, value: T): unknown => (places[index] === true ? tree(3) : value);
    const message = at(0, { role: at(1, "assistant"), content: at(2, "Fine."), refusal: null });
    const one = { index: 0, message, finish_reason: at(3, "stop"), error: at(4, null) };
    return { choices: at(5, [one]), usage: at(6, { prompt_tokens: 1, completion_tokens: 1 }) };
  };
  let place = 0;

  it("is an answer with a text, or a fault that says what it is", async () => {
    const throughput = { ...defaultThroughput, maxAttempts: 1, maxWaitMs: 0 };
    for (let turn = 0; turn < 300; turn++) {
      place = random.integer(7);
      bodies = [JSON.stringify(outline())];
      const model = await openModel("vllm:m", { env: {}, cache: false, probe: "never", baseUrls: [url], throughput });
      const requests = [{ id: "a", prompt: [{ role: "user", content: "Hello" }] as const, seed: 1 }];
      try {
        for await (const { text, finishReason } of model.generate(requests, { maxTokens: 9 })) {
          expect(typeof text).toBe("string");
          expect(["stop", "length", "content-filter", "error"]).toContain(finishReason);
        }
      } catch (error) {
        expect(error, bodies[0]).toBeInstanceOf(PreceptError);
      }
    }
  });

  it("has an error only where it tells one", () => {
    for (let turn = 0; turn < 2000; turn++) {
      const told = errorIn(tree(4));
      if (told === undefined) continue;
      expect(typeof told.message).toBe("string");
      expect(told.status ?? 400).toSatisfy((status: number) => status >= 400 && status < 600);
    }
  });
});

it("keeps no process alive for requests that were cancelled while the endpoint rests", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const pool = new Pool([{ name: "x", endpoint: 0 }], { ...defaultThroughput, maxWaitMs: 1e9 });
    const controller = new AbortController();
    const limited = new HttpFailure(429, { "retry-after": "3600" }, "{}");
    const run = pool.run(async () => Promise.reject(limited), "x", controller.signal);
    while (pool.limits[0]?.inFlight !== 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = pool.run(async () => Promise.reject(limited), "x", controller.signal);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
