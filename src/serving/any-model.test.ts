import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiAnswer } from "../../test/support/api-answer.ts";
import type { Generation, LanguageModel } from "../language-model.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { serveLanguageModel } from "./any-model.ts";
import { openServedModel } from "./open-served.ts";
import { type Server, startServer } from "./server.ts";

const scripted = scriptedModel({
  id: "scripted",
  generate: ({ prompt, seed }) => `${promptText(prompt)} again with ${seed}`,
});
/** Answers by what it is asked: an outcome, or an error that it throws. */
const faulty: LanguageModel = {
  ...scripted,
  id: "faulty",
  capabilities: { logprobs: false, prefill: false, rawCompletion: false },
  async *generate(requests) {
    for (const { id, prompt } of requests) {
      const usage = { promptTokens: 3, completionTokens: 0 };
      const text = promptText(prompt);
      const error = "a prompt of 9 tokens for a context of 8";
      if (text.includes("long")) {
        yield { id, text: "", finishReason: "error", outcome: "context-overflow", error, usage } satisfies Generation;
      } else if (text.includes("bad")) yield { id, text: "", finishReason: "content-filter", usage };
      else throw new Error("a secret of the operator");
    }
  },
};

const servers: Server[] = [];
const failures: unknown[] = [];
const serve = async (model: LanguageModel): Promise<Server> => {
  const server = await startServer(serveLanguageModel(model), { port: 0, onFailure: (error) => failures.push(error) });
  servers.push(server);
  return server;
};
let [good, broken] = ["", ""];
beforeAll(async () => {
  good = (await serve(scripted)).url;
  broken = (await serve(faulty)).url;
});
afterAll(async () => {
  for (const server of servers) await server.close();
});

const post = (url: string, path: string, body: object): Promise<Response> =>
  fetch(`${url}/v1/${path}`, { method: "POST", body: JSON.stringify(body) });
const read = async (response: Response | Promise<Response>): Promise<ApiAnswer> =>
  (await (await response).json()) as ApiAnswer;
const dialogue = (content: string) => ({ messages: [{ role: "user", content }] });

describe("a language model behind OpenAI's protocol", () => {
  it("answers a client of the AI SDK, whole and as a stream, with usage", async () => {
    const provider = createOpenAICompatible({ name: "precept", baseURL: `${good}/v1`, includeUsage: true });
    const settings = { model: provider("scripted"), prompt: "hello there", seed: 5, maxRetries: 0 };
    const whole = await generateText(settings);
    expect(whole.text).toBe("user: hello there again with 5");
    expect([whole.usage.inputTokens, whole.usage.outputTokens]).toEqual([3, 6]);
    const stream = streamText(settings);
    const pieces: string[] = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    expect(pieces).toEqual([whole.text]);
    expect(await stream.finishReason).toBe("stop");
    expect((await stream.usage).outputTokens).toBe(6);
  });

  it("continues several texts, each with answers of their own seeds, up to a stop string or max_tokens", async () => {
    const body = { prompt: ["one two", "three"], n: 2, seed: 7, max_tokens: 50 };
    const answer = await read(post(good, "completions", body));
    const texts = answer.choices.map(({ text }) => text);
    expect(texts[0]).toBe("one two again with 7");
    expect(texts[2]).toMatch(/^three again with \d+$/);
    expect(new Set(texts).size).toBe(4);
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 18, total_tokens: 21 });
    expect((await read(post(good, "completions", body))).choices).toEqual(answer.choices);
    const cut = await read(post(good, "completions", { ...body, prompt: "a b", n: 1, stop: "with" }));
    expect(cut.choices[0]).toMatchObject({ text: "a b again", finish_reason: "stop" });
    const short = await read(post(good, "completions", { ...body, prompt: "a b", n: 1, max_tokens: 2 }));
    expect(short.choices[0]).toMatchObject({ text: "a b", finish_reason: "length" });
  });

  it.each([
    ["completions", { prompt: "a", logprobs: 2 }, /log-probabilities.*chat completions, and completions of text/],
    ["completions", { prompt: "a", echo: true }, /echo the prompt/],
    ["completions", { prompt: [1, 2] }, /token ids/],
    ["chat/completions", { ...dialogue("a"), logprobs: true }, /log-probabilities/],
    ["chat/completions", { messages: [{ role: "tool", content: "a" }] }, /the role tool/],
  ])("refuses on %s %j what the model cannot give, by name", async (path, body, message) => {
    const response = await post(good, path, body);
    expect(response.status).toBe(400);
    expect((await read(response)).error).toMatchObject({ message: expect.stringMatching(message) });
  });

  it("refuses raw text where the model answers dialogues alone", async () => {
    const response = await post(broken, "completions", { prompt: "a" });
    expect(response.status).toBe(400);
    expect((await read(response)).error.message).toMatch(/faulty: a raw text to continue; expected chat completions/);
  });

  it("tells a prompt that is too long, a text withheld, and hides a failure from clients but not from the operator", async () => {
    const long = await post(broken, "chat/completions", dialogue("long"));
    expect([long.status, (await read(long)).error.code]).toEqual([400, "context_length_exceeded"]);
    const bad = await read(post(broken, "chat/completions", dialogue("bad")));
    expect(bad.choices[0]?.finish_reason).toBe("content_filter");
    const failed = await post(broken, "chat/completions", dialogue("x"));
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining("secret")]);
    const streamed = await (await post(broken, "chat/completions", { ...dialogue("x"), stream: true })).text();
    expect(streamed).toContain("server_error");
    expect(failures.map(String)).toEqual(Array(2).fill("Error: a secret of the operator"));
  });

  it("gives its places back when it is done", async () => {
    expect(await (await fetch(`${good}/health`)).json()).toMatchObject({ status: "ok", running: 0, model: "scripted" });
  });
});

describe("openServedModel", () => {
  it("serves a hosted model under its name, one server asking another", async () => {
    const hosted = await openServedModel(`openai-compatible:scripted@${good}/v1`, { env: {} });
    const server = await startServer(hosted, { port: 0 });
    servers.push(server);
    const answer = await read(post(server.url, "chat/completions", { ...dialogue("hello"), seed: 3 }));
    expect(answer).toMatchObject({
      model: hosted.name,
      choices: [{ message: { content: "user: hello again with 3" } }],
    });
    expect(hosted.name).toBe("openai-compatible:scripted");
  });

  it("says what only a checkpoint of ours takes, and which providers there are", async () => {
    const options = { chatTemplate: "chat.jinja", env: {} };
    await expect(openServedModel("ollama:llama3", options)).rejects.toThrow(/a chat template[\s\S]*own engine only/);
    await expect(openServedModel("opena:gpt", { env: {} })).rejects.toThrow(/did you mean openai:gpt/);
    await expect(openServedModel("no/such/folder")).rejects.toMatchObject({ code: "checkpoint-missing" });
  });
});
