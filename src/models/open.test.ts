import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { openModel } from "./open.ts";
import { scriptedModel } from "./scripted.ts";
import { parseModelSpec } from "./spec.ts";

const options = { env: {}, cache: false } as const;
const failure = async (opening: Promise<unknown>): Promise<PreceptError> => {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PreceptError) return error;
  throw new Error(`expected a PreceptError, found ${String(error)}`);
};

describe("parseModelSpec", () => {
  it.each([
    ["openai:gpt-4o-mini", { provider: "openai", model: "gpt-4o-mini", baseUrls: [] }],
    [
      "vllm:Qwen/Qwen3-8B@http://gpu:8000/v1/",
      { provider: "vllm", model: "Qwen/Qwen3-8B", baseUrls: ["http://gpu:8000/v1"] },
    ],
    ["vllm:m@http://a/v1,http://b/v1", { provider: "vllm", model: "m", baseUrls: ["http://a/v1", "http://b/v1"] }],
    ["http://localhost:8000/v1", { provider: "openai-compatible", model: "", baseUrls: ["http://localhost:8000/v1"] }],
    ["openai-compatible:http://h/v1", { provider: "openai-compatible", model: "", baseUrls: ["http://h/v1"] }],
    ["ollama:llama3.2:1b", { provider: "ollama", model: "llama3.2:1b", baseUrls: [] }],
    ["llamacpp:/models/a.gguf", { provider: "llamacpp", model: "/models/a.gguf", baseUrls: [] }],
    ["models/a.gguf", { provider: "local", model: "models/a.gguf", baseUrls: [] }],
    ["local:models/a.gguf", { provider: "local", model: "models/a.gguf", baseUrls: [] }],
    ["openai:a.gguf", { provider: "openai", model: "a.gguf", baseUrls: [] }],
    ["local:runs/a/rl-cai/checkpoint", { provider: "local", model: "runs/a/rl-cai/checkpoint", baseUrls: [] }],
  ])("reads %s", (text, spec) => expect(parseModelSpec(text)).toEqual(spec));

  it.each([
    ["opnai:gpt-4o", /did you mean openai:gpt-4o\?/],
    ["gpt-4o", /no provider/],
    ["openai:", /no model after "openai:"/],
    ["vllm:m@http://", /expected: an address/],
  ])("refuses %s", (text, message) => expect(() => parseModelSpec(text)).toThrow(message));
});

describe("openModel", () => {
  it("passes our own models on, and streams to them", async () => {
    const model = await openModel(scriptedModel({ generate: ({ id }) => `to ${id}` }), options);
    async function* requests() {
      for (let index = 0; index < 2500; index++) yield { id: `${index}`, prompt: "x", seed: 1 };
    }
    let count = 0;
    for await (const { id, text } of model.generate(requests(), { maxTokens: 9 })) {
      expect(text).toBe(`to ${id}`);
      count++;
    }
    expect(count).toBe(2500);
  });

  it("says that nobody answers at an address", async () => {
    const error = await failure(openModel("vllm:m@http://127.0.0.1:9/v1", options));
    expect(error.code).toBe("endpoint-down");
    expect(error.message).toMatch(/http:\/\/127\.0\.0\.1:9\/v1: .*ECONNREFUSED[\s\S]*start the server/);
  });

  it("says that a page of HTML is no model", async () => {
    const server = createServer((_, response) => response.end("<!doctype html><html><body>Sign in</body></html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failure(openModel(`http://127.0.0.1:${port}`, options));
    expect(error.code).toBe("endpoint-down");
    expect(error.message).toMatch(/an HTML page instead of JSON[\s\S]*usually ends in \/v1/);
    server.closeAllConnections();
    server.close();
  });

  it("needs an address where a provider has none", async () => {
    expect((await failure(openModel("openai-compatible:m", options))).message).toMatch(/OPENAI_COMPATIBLE_BASE_URL/);
  });
});
