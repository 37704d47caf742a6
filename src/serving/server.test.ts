import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type ClientRequest, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiAnswer } from "../../test/support/api-answer.ts";
import { EngineModel } from "./local/index.ts";
import { type Server, startServer } from "./server.ts";

const harbor = new URL("../../models/harbor/checkpoint", import.meta.url).pathname;
const template = "{% for m in messages %}<user> {{ m.content }} {% endfor %}<asst>";
const requests = ["how do i make soup for anna ?", "where is the lamp ?", "who has the key ?", "what is soup ?"];

let folder = "";
let model: EngineModel;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-serving-"));
  await writeFile(join(folder, "chat.jinja"), template);
  model = await EngineModel.load(harbor, { threads: 1, chatTemplate: join(folder, "chat.jinja") });
  server = await startServer(model, { port: 0, maxSequences: 80 });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${server.url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const answerTo = async (path: string, body: unknown): Promise<ApiAnswer> =>
  (await (await post(path, body)).json()) as ApiAnswer;
const chatBody = (n: number, more: object = {}) => ({
  model: model.name,
  messages: [{ role: "user", content: requests[n % requests.length] }],
  seed: n,
  max_tokens: 40,
  ...more,
});
/** The events of a stream, and the text they bring. */
async function streamed(path: string, body: object): Promise<{ events: ApiAnswer[]; last: string; text: string }> {
  const response = await post(path, { ...body, stream: true });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
  expect(lines.every((line) => line.startsWith("data: "))).toBe(true);
  const last = lines.at(-1)?.slice(6) ?? "";
  const events = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)));
  const text = events.map(({ choices: [choice] }) => choice?.delta?.content ?? choice?.text ?? "").join("");
  return { events, last, text };
}

describe("a client of the AI SDK", () => {
  const provider = () => createOpenAICompatible({ name: "precept", baseURL: `${server.url}/v1`, includeUsage: true });

  it("gets the same text whole and as a stream, with usage", async () => {
    const settings = {
      model: provider()(model.name),
      prompt: requests[0] ?? "",
      seed: 5,
      maxOutputTokens: 40,
      maxRetries: 0,
    };
    const whole = await generateText(settings);
    expect(whole.text.split(" ").length).toBeGreaterThan(3);
    expect(whole.usage.inputTokens).toBe(10);
    const stream = streamText(settings);
    const pieces: string[] = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join("")).toBe(whole.text);
    expect(await stream.finishReason).toBe(whole.finishReason);
    expect((await stream.usage).outputTokens).toBe(whole.usage.outputTokens);
  });

  it("takes its sequence out of the batch when it leaves", async () => {
    const controller = new AbortController();
    const stream = streamText({
      model: provider()(model.name),
      prompt: requests[1] ?? "",
      seed: 1,
      maxRetries: 0,
      abortSignal: controller.signal,
      onError: () => undefined,
    });
    for await (const _ of stream.textStream) controller.abort();
    await expect.poll(() => model.occupancy()).toEqual({ running: 0, waiting: 0 });
  });
});

describe("chat completions", () => {
  it("answers 64 streams at once as it answers each alone", async () => {
    const together = await Promise.all(Array.from({ length: 64 }, (_, n) => streamed("chat/completions", chatBody(n))));
    expect(together.every(({ last }) => last === "[DONE]")).toBe(true);
    expect(new Set(together.map(({ text }) => text)).size).toBeGreaterThan(8);
    for (const n of [0, 1, 2, 3, 31, 62, 63]) {
      const alone = await answerTo("chat/completions", chatBody(n));
      expect(together[n]?.text).toBe(alone.choices[0]?.message.content);
    }
  });

  it("gives log-probabilities of what was said, and of the most probable tokens", async () => {
    const answer = await answerTo("chat/completions", chatBody(2, { temperature: 0, logprobs: true, top_logprobs: 4 }));
    const [choice] = answer.choices;
    const content = choice?.logprobs.content ?? [];
    expect(content.map(({ token }) => token).join(" ")).toBe(choice?.message.content);
    for (const { token, logprob, top_logprobs: top } of content) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top).toHaveLength(4);
      expect(top[0]).toMatchObject({ token, logprob });
      expect(top.reduce((sum, one) => sum + Math.exp(one.logprob), 0)).toBeLessThan(1.0001);
    }
    expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens);
  });

  it("gives n answers, of which a seed decides each", async () => {
    const texts = async () =>
      (await answerTo("chat/completions", chatBody(3, { n: 5 }))).choices.map(({ message }) => message.content);
    const first = await texts();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await texts()).toEqual(first);
  });

  it("ends before a stop string, and at max_tokens", async () => {
    const free = await answerTo("chat/completions", chatBody(0, { temperature: 0 }));
    const text = free.choices[0]?.message.content ?? "";
    const stop = text.split(" ").slice(2, 4).join(" ");
    for (const stream of [false, true]) {
      const body = chatBody(0, { temperature: 0, stop: ["nowhere", stop] });
      const cut = stream
        ? (await streamed("chat/completions", body)).text
        : (await answerTo("chat/completions", body)).choices[0]?.message.content;
      expect(cut).toBe(text.slice(0, text.indexOf(stop)));
    }
    const short = await answerTo("chat/completions", chatBody(0, { temperature: 0, max_tokens: 3 }));
    expect(short.choices[0]).toMatchObject({
      finish_reason: "length",
      message: { content: text.split(" ").slice(0, 3).join(" ") },
    });
    expect(short.usage.completion_tokens).toBe(3);
  });
});

describe("completions", () => {
  const prompt = "<user> what is soup ? <asst>";

  it("continues several prompts, as texts or token ids, n times each", async () => {
    const body = { prompt: [prompt, "<user> who has the key ? <asst>"], n: 2, max_tokens: 12, seed: 3 };
    const { choices, usage } = await answerTo("completions", body);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const ids = body.prompt.map((text) => model.tokenizer.encode(text, { addSpecialTokens: true }));
    expect((await answerTo("completions", { ...body, prompt: ids })).choices).toEqual(choices);
    expect(usage.prompt_tokens).toBe(ids.flat().length);
    const { events } = await streamed("completions", body);
    for (const { index, text } of choices) {
      const pieces = events.flatMap((event) => event.choices.filter((choice) => choice.index === index));
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    }
  });

  it("scores a given text by echoing it with its log-probabilities", async () => {
    const made = await answerTo("completions", { prompt, max_tokens: 8, seed: 1, logprobs: 2 });
    const text = `${prompt} ${made.choices[0]?.text}`;
    const [choice] = (await answerTo("completions", { prompt: text, max_tokens: 0, echo: true, logprobs: 2 })).choices;
    expect(choice?.text).toBe(text);
    const {
      tokens = [],
      token_logprobs: logprobs = [],
      text_offset: offsets = [],
      top_logprobs: top = [],
    } = choice?.logprobs ?? {};
    expect(logprobs[0]).toBeNull();
    expect(logprobs.slice(-8)).toEqual(made.choices[0]?.logprobs.token_logprobs);
    expect(offsets.map((offset, n) => text.slice(offset, offsets[n + 1]).trim())).toEqual(tokens);
    expect(Object.keys(top[3] ?? {})).toHaveLength(2);
  });
});

describe("bad requests", () => {
  it.each([
    ["no JSON", "chat/completions", "{", 400, /no JSON/],
    ["a list", "chat/completions", [], 400, /expected object/],
    ["no messages", "chat/completions", {}, 400, /messages/],
    ["an empty dialogue", "chat/completions", { messages: [] }, 400, /at least one message/],
    [
      "an image",
      "chat/completions",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      400,
      /messages/,
    ],
    ["a wrong type", "completions", { prompt: "a", temperature: "hot" }, 400, /temperature/],
    ["no mass", "completions", { prompt: "a", top_p: 0 }, 400, /top_p/],
    [
      "tools",
      "chat/completions",
      { messages: [{ role: "user", content: "a" }], tools: [{}] },
      400,
      /tools are not supported/,
    ],
    ["a penalty", "completions", { prompt: "a", frequency_penalty: 1 }, 400, /penalties/],
    ["an unknown model", "completions", { prompt: "a", model: "gpt" }, 404, /no model gpt; there is harbor/],
    ["an unknown token", "completions", { prompt: [5, 99999] }, 400, /token 99999/],
    ["an empty prompt", "completions", { prompt: "" }, 400, /empty prompt/],
    [
      "a prompt longer than the context",
      "completions",
      { prompt: "a ".repeat(500) },
      400,
      /500 tokens; expected at most 191/,
    ],
    ["too many choices", "completions", { prompt: "a", n: 100 }, 400, /at most 80/],
  ])("answers %s with an error that says so", async (_, path, body, status, message) => {
    const response = await post(path, body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as ApiAnswer;
    expect(error.message).toMatch(message);
    expect(error.type).toBe("invalid_request_error");
    expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"]);
  });

  it("knows its own routes", async () => {
    const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`);
    expect(((await (await get("/v1/models")).json()) as ApiAnswer).data.map(({ id }) => id)).toEqual(["harbor"]);
    expect((await get("/v1/models/none")).status).toBe(404);
    expect((await get("/nowhere")).status).toBe(404);
    expect((await get("/v1/completions")).status).toBe(405);
    expect(await (await get("/health")).json()).toEqual({
      status: "ok",
      model: "harbor",
      running: 0,
      waiting: 0,
      limit: 80,
    });
  });
});

/** Until it is seen under way: a quiet machine may have answered before anybody looks, and is asked again. */
async function sendUntil<T>(send: () => Promise<T>, isSeen: () => Promise<boolean>): Promise<{ sent: Promise<T> }> {
  for (;;) {
    let isOver = false;
    const sent = send().finally(() => {
      isOver = true;
    });
    while (!isOver) if (await isSeen()) return { sent };
  }
}

describe("a full server", () => {
  it("turns requests away with 429, and takes them again when there is room", async () => {
    const many = { prompt: "<user> what is soup ? <asst>", n: 80, max_tokens: 30, seed: 1 };
    const refusals: Response[] = [];
    const { sent: busy } = await sendUntil(
      () => post("completions", many),
      async () => {
        const answer = await post("completions", { prompt: "a", max_tokens: 2 });
        if (answer.status !== 200) refusals.push(answer);
        return answer.status !== 200;
      },
    );
    const [refused] = refusals as [Response];
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(((await refused.json()) as ApiAnswer).error).toMatchObject({
      type: "rate_limit_error",
      code: "queue_full",
    });
    expect((await busy).status).toBe(200);
    expect((await post("completions", { prompt: "a", max_tokens: 2 })).status).toBe(200);
  });

  it("gives the places of clients that hang up to others", async () => {
    const body = JSON.stringify({
      prompt: "<user> what is soup ? <asst>",
      n: 80,
      max_tokens: 180,
      seed: 1,
      stream: false,
    });
    const gone: ClientRequest[] = [];
    await sendUntil(
      () =>
        new Promise<void>((resolve) => {
          const request = httpRequest(`${server.url}/v1/completions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
          });
          gone.push(request);
          request.on("response", (response) => response.resume().on("end", resolve));
          request.on("error", () => resolve());
          request.end(body);
        }),
      async () => (await post("completions", { prompt: "a", max_tokens: 2 })).status === 429,
    );
    for (const request of gone) request.destroy();
    await expect.poll(async () => (await post("completions", { prompt: "a", max_tokens: 2 })).status).toBe(200);
  });
});

describe("shutting down", () => {
  it("lets running answers end, turns new ones away, and then is gone", async () => {
    const own = await EngineModel.load(harbor, { threads: 1 });
    const other = await startServer(own, { port: 0 });
    const { sent: running } = await sendUntil(
      () =>
        fetch(`${other.url}/v1/completions`, {
          method: "POST",
          body: JSON.stringify({ prompt: "<user> what is soup ? <asst>", n: 64, max_tokens: 40, seed: 1 }),
        }),
      async () => (await own.occupancy()).running > 0,
    );
    const closed = other.close();
    const late = await fetch(`${other.url}/v1/completions`, { method: "POST", body: JSON.stringify({ prompt: "a" }) });
    expect(late.status).toBe(503);
    expect(((await (await running).json()) as ApiAnswer).choices).toHaveLength(64);
    await closed;
    await expect(fetch(`${other.url}/health`)).rejects.toThrow();
  });

  it("says why it cannot listen", async () => {
    const own = await EngineModel.load(harbor, { threads: 1 });
    const { port } = new URL(server.url);
    await expect(startServer(own, { port: Number(port) })).rejects.toThrow(/another program has this port/);
    await own.close();
  });
});
