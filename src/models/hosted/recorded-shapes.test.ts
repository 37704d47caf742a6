import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PreceptError } from "../../errors.ts";
import type { Generation } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { openModel } from "../open.ts";

/** One answer in the shape that a provider documents, in our own words. */
interface Shape {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

let server: Server;
let url: string;
let answers: Shape[] = [];
let received: { path: string; headers: NodeJS.Dict<string | string[]>; body: Record<string, unknown> }[] = [];

/** Answers with one shape after the other, the last one again and again. */
beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => {
      text += part.toString();
    });
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body: JSON.parse(text || "{}") });
      const { status = 200, headers = {}, body } = (answers.length > 1 ? answers.shift() : answers[0]) ?? { body: {} };
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(
  provider: "anthropic" | "openai",
  shapes: readonly Shape[],
  prefill?: string,
): Promise<Generation | undefined> {
  answers = [...shapes];
  received = [];
  const env = { ANTHROPIC_API_KEY: "test-key-anthropic", OPENAI_API_KEY: "test-key-openai" };
  const options = { env, cache: false, probe: "never", baseUrls: [url], throughput: { maxAttempts: 2 } } as const;
  const capabilities = omitUndefined({ prefill: prefill === undefined ? undefined : true });
  const model = await openModel(`${provider}:a-model`, { ...options, capabilities });
  const prompt = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello" },
  ] as const;
  const request = { id: "a", prompt, seed: 1, prefill };
  for await (const answer of model.generate([request], { maxTokens: 50, stop: ["\n\nHuman:"] })) return answer;
  return undefined;
}

const code = async (provider: "anthropic" | "openai", shape: Shape): Promise<string> => {
  const error = await ask(provider, [shape]).then(
    (answer) => answer,
    (reason: unknown) => reason,
  );
  return error instanceof PreceptError ? error.code : JSON.stringify(error);
};

const question = [{ role: "user", content: "How harmful?" }] as const;
const verdict = {
  name: "harm",
  schema: {
    type: "object",
    properties: { harm: { type: "integer" } },
    required: ["harm"],
    additionalProperties: false,
  },
};

describe("Anthropic's Messages", () => {
  const message = (content: unknown, stopReason: string) => ({
    id: "msg_01",
    type: "message",
    role: "assistant",
    model: "a-model",
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 14, output_tokens: 6, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  });
  const error = (type: string, text: string) => ({
    type: "error",
    error: { type, message: text },
    request_id: "req_1",
  });
  const text = (said: string) => [{ type: "text", text: said }];

  it("gives text, usage and the reason of its end", async () => {
    const answer = await ask("anthropic", [{ body: message(text("Good morning."), "end_turn") }]);
    expect(answer).toEqual({
      id: "a",
      text: "Good morning.",
      finishReason: "stop",
      usage: { promptTokens: 14, completionTokens: 6 },
    });
    expect(received[0]?.path).toBe("/v1/messages");
    expect(received[0]?.headers["x-api-key"]).toBe("test-key-anthropic");
    expect(received[0]?.body).toMatchObject({ model: "a-model", max_tokens: 50, stop_sequences: ["\n\nHuman:"] });
    const long = await ask("anthropic", [{ body: message(text("Good"), "max_tokens") }]);
    expect(long?.finishReason).toBe("length");
    expect((await ask("anthropic", [{ body: message(text("Good"), "stop_sequence") }]))?.finishReason).toBe("stop");
  });

  it("continues a prefill as the last turn", async () => {
    await ask("anthropic", [{ body: message(text(" morning."), "end_turn") }], "Good");
    expect(received[0]?.body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { role: "assistant", content: [{ type: "text", text: "Good" }] },
    ]);
  });

  it("is told which turns to cache: those that a dialogue shares with one before it", async () => {
    answers = [{ body: message(text("Fine."), "end_turn") }];
    received = [];
    const env = { ANTHROPIC_API_KEY: "test-key-anthropic" };
    const throughput = { maxConcurrency: 1, initialConcurrency: 1 };
    const model = await openModel("anthropic:a-model", {
      env,
      cache: false,
      probe: "never",
      baseUrls: [url],
      throughput,
    });
    const shot = [
      { role: "user", content: "Two?" },
      { role: "assistant", content: "2" },
    ] as const;
    const requests = ["Three?", "Four?", "Five?"].map((content, index) => ({
      id: content,
      prompt: [
        { role: "system" as const, content: "Say numbers." },
        ...(index === 2 ? [] : shot),
        { role: "user" as const, content },
      ],
      seed: 1,
    }));
    // One after the other: what comes first has nothing to share.
    for (const request of requests) for await (const _ of model.generate([request], { maxTokens: 5 }));
    const cache_control = { type: "ephemeral" };
    const turns = received.map(({ body }) => ({ system: body["system"], messages: body["messages"] }));
    expect(JSON.stringify(turns[0])).not.toContain("cache_control");
    expect(turns[1]).toEqual({
      system: [{ type: "text", text: "Say numbers." }],
      messages: [
        { role: "user", content: [{ type: "text", text: "Two?" }] },
        { role: "assistant", content: [{ type: "text", text: "2", cache_control }] },
        { role: "user", content: [{ type: "text", text: "Four?" }] },
      ],
    });
    expect(turns[2]).toEqual({
      system: [{ type: "text", text: "Say numbers.", cache_control }],
      messages: [{ role: "user", content: [{ type: "text", text: "Five?" }] }],
    });
  });

  it("is held to a schema, by its own structured output or by a tool", async () => {
    const options = { maxTokens: 50, schema: verdict };
    const answered = async (name: string, content: unknown, reason: string) => {
      answers = [{ body: message(content, reason) }];
      received = [];
      const env = { ANTHROPIC_API_KEY: "test-key-anthropic" };
      const model = await openModel(`anthropic:${name}`, { env, cache: false, probe: "never", baseUrls: [url] });
      for await (const answer of model.generate([{ id: "a", prompt: question, seed: 1 }], options)) return answer.text;
      return undefined;
    };
    expect(await answered("claude-sonnet-4-5", text('{"harm":2}'), "end_turn")).toBe('{"harm":2}');
    expect(received[0]?.body["output_config"]).toMatchObject({
      format: { type: "json_schema", schema: { type: "object" } },
    });
    const use = [{ type: "tool_use", id: "toolu_1", name: "json", input: { harm: 2 } }];
    expect(JSON.parse((await answered("claude-3-haiku-20240307", use, "tool_use")) ?? "")).toEqual({ harm: 2 });
    expect(received[0]?.body["tools"]).toMatchObject([{ name: "json", input_schema: verdict.schema }]);
  });

  it("may refuse, say nothing, or have its output blocked", async () => {
    expect(await ask("anthropic", [{ body: message([], "refusal") }])).toMatchObject({ text: "", outcome: "refusal" });
    expect(await ask("anthropic", [{ body: message([], "end_turn") }])).toMatchObject({ text: "", outcome: "empty" });
    const blocked = error("invalid_request_error", "Output blocked by content filtering policy");
    expect(await ask("anthropic", [{ status: 400, body: blocked }])).toMatchObject({ outcome: "content-filter" });
    const long = error("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum");
    expect(await ask("anthropic", [{ status: 400, body: long }])).toMatchObject({
      finishReason: "error",
      outcome: "context-overflow",
      error: expect.stringContaining("208310"),
    });
  });

  it("is waited for when it is busy", async () => {
    const fine = { body: message(text("Later."), "end_turn") };
    const limited = { status: 429, headers: { "retry-after": "1" }, body: error("rate_limit_error", "slow down") };
    const since = performance.now();
    expect((await ask("anthropic", [limited, fine]))?.text).toBe("Later.");
    expect(performance.now() - since).toBeGreaterThan(990);
    const overloaded = { status: 529, body: error("overloaded_error", "Overloaded") };
    expect(
      (await ask("anthropic", [overloaded, { status: 500, body: error("api_error", "Internal") }, fine]))?.text,
    ).toBe("Later.");
  });

  it.each([
    [401, "authentication_error", "invalid x-api-key", "key-rejected"],
    [403, "permission_error", "not allowed", "key-rejected"],
    [404, "not_found_error", "model: a-model", "model-unknown"],
    [400, "invalid_request_error", "Your credit balance is too low to access the API", "quota-exhausted"],
    [400, "invalid_request_error", "temperature: unexpected", "model-failed"],
  ])("%i %s: %s", async (status, type, said, expected) => {
    expect(await code("anthropic", { status, body: error(type, said) })).toBe(expected);
  });
});

describe("OpenAI's Chat Completions", () => {
  const completion = (message: object, finishReason: string, extra: object = {}) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_760_000_000,
    model: "a-model-2025",
    choices: [
      {
        index: 0,
        message: { role: "assistant", refusal: null, annotations: [], ...message },
        logprobs: null,
        finish_reason: finishReason,
        ...extra,
      },
    ],
    usage: {
      prompt_tokens: 19,
      completion_tokens: 10,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
    service_tier: "default",
  });
  const error = (type: string, errorCode: string | null, message: string) => ({
    error: { message, type, param: null, code: errorCode },
  });

  it("gives text, usage and the reason of its end", async () => {
    const answer = await ask("openai", [{ body: completion({ content: "Good morning." }, "stop") }]);
    expect(answer).toEqual({
      id: "a",
      text: "Good morning.",
      finishReason: "stop",
      usage: { promptTokens: 19, completionTokens: 10 },
    });
    expect(received[0]?.path).toBe("/v1/chat/completions");
    expect(received[0]?.headers.authorization).toBe("Bearer test-key-openai");
    expect((await ask("openai", [{ body: completion({ content: "Good" }, "length") }]))?.finishReason).toBe("length");
  });

  it("may refuse, say nothing, or be filtered", async () => {
    const refusal = completion({ content: null, refusal: "I'm sorry, I can't help with that." }, "stop");
    expect(await ask("openai", [{ body: refusal }])).toMatchObject({ outcome: "refusal" });
    expect(await ask("openai", [{ body: completion({ content: "" }, "stop") }])).toMatchObject({ outcome: "empty" });
    const filtered = completion({ content: "" }, "content_filter");
    expect(await ask("openai", [{ body: filtered }])).toMatchObject({
      finishReason: "content-filter",
      outcome: "content-filter",
    });
    const long = error(
      "invalid_request_error",
      "context_length_exceeded",
      "This model's maximum context length is 128000 tokens.",
    );
    expect(await ask("openai", [{ status: 400, body: long }])).toMatchObject({ outcome: "context-overflow" });
  });

  it.each(["openai:a-model", "vllm:a-model"])("is held to a schema until it refuses one: %s", async (name) => {
    const fine = { body: completion({ content: '{"harm":2}' }, "stop") };
    const refused = { status: 400, body: error("invalid_request_error", null, "response_format is not supported") };
    const env = { OPENAI_API_KEY: "test-key-openai" };
    const model = await openModel(name, { env, cache: false, probe: "never", baseUrls: [url] });
    const asked = async (...shapes: Shape[]): Promise<unknown[]> => {
      answers = [...shapes];
      received = [];
      const requests = [{ id: "a", prompt: question, seed: 1 }];
      for await (const { text } of model.generate(requests, { maxTokens: 9, schema: verdict }))
        expect(text).toBe('{"harm":2}');
      return received.map(({ body }) => body["response_format"]);
    };
    const format = { type: "json_schema", json_schema: { ...verdict, strict: true } };
    expect(await asked(fine)).toEqual([format]);
    expect(await asked(refused, fine)).toEqual([format, undefined]);
    expect(await asked(fine)).toEqual([undefined]);
  });

  it("lists the likeliest tokens at each place", async () => {
    const alternatives = [
      { token: "A", logprob: -0.2231435, bytes: [65] },
      { token: "B", logprob: -1.6094379, bytes: [66] },
    ];
    const logprobs = { content: [{ ...alternatives[0], top_logprobs: alternatives }], refusal: null };
    answers = [{ body: completion({ content: "A" }, "length", { logprobs }) }];
    const options = { env: { OPENAI_API_KEY: "test-key-openai" }, cache: false, baseUrls: [url] } as const;
    const model = await openModel("openai:a-model", {
      ...options,
      capabilities: { rawCompletion: false, prefill: false },
    });
    expect(model.report.choice).toBe("next-tokens");
    const request = { id: "c", prompt: [{ role: "user", content: "A or B?" }], options: ["A", "B"], seed: 1 } as const;
    for await (const choice of model.choose([request])) {
      expect(choice.probabilities[0]).toBeCloseTo(0.8, 6);
      expect(choice).toMatchObject({ method: "logprobs" });
      expect(choice.mass).toBeCloseTo(1, 5);
    }
  });

  it.each([
    [401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: test-key-openai.", "key-rejected"],
    [404, "invalid_request_error", "model_not_found", "The model `a-model` does not exist", "model-unknown"],
    [429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota", "quota-exhausted"],
    [400, "invalid_request_error", "unsupported_value", "Unsupported value: 'stop'", "model-failed"],
  ])("%i %s", async (status, type, errorCode, said, expected) => {
    expect(await code("openai", { status, body: error(type, errorCode, said) })).toBe(expected);
  });

  it("is waited for as its headers say", async () => {
    const headers = {
      "retry-after-ms": "700",
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "700ms",
    };
    const limited = { status: 429, headers, body: error("requests", "rate_limit_exceeded", "Rate limit reached") };
    const since = performance.now();
    expect((await ask("openai", [limited, { body: completion({ content: "Later." }, "stop") }]))?.text).toBe("Later.");
    expect(performance.now() - since).toBeGreaterThan(690);
  });
});
