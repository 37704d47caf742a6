import { describe, expect, it } from "vitest";
import { priceOf } from "./prices.ts";

describe("the price of a model", () => {
  it("is the list's for a model and its dated versions, with source and date", () => {
    const known = {
      input: 0.15,
      output: 0.6,
      from: "table",
      source: expect.stringMatching(/^https:/),
      asOf: "2026-03-21",
    };
    for (const name of ["gpt-4o-mini", "gpt-4o-mini-2024-07-18"]) expect(priceOf(`openai:${name}`)).toEqual(known);
    expect(priceOf("anthropic:claude-opus-4-20250514")?.input).toBe(15);
    expect(priceOf("anthropic:claude-opus-4-5-20251101")?.input).toBe(5);
    expect(priceOf("google:gemini-2.5-flash-preview-09-2025")?.output).toBe(2.5);
  });

  it("is nobody's guess for another model whose name begins alike", () => {
    const others = [
      "openai:gpt-4o-audio",
      "anthropic:claude-opus-5-9",
      "google:gemini-2.5-flash-image",
      "mistral:mistral-large",
    ];
    expect(others.map((name) => priceOf(name))).toEqual(others.map(() => undefined));
  });

  it("is what the configuration says, whatever the list", () => {
    const given = { "openai:gpt-4o": { input: 1, output: 2 }, "openai-compatible:m": { input: 3, output: 4 } };
    expect(priceOf("openai:gpt-4o", given)).toEqual({ input: 1, output: 2, from: "config" });
    expect(priceOf("openai-compatible:m@https://api.elsewhere.com/v1", given)?.output).toBe(4);
  });

  it("is nothing on one's own machines, and unknown for a server elsewhere", () => {
    const own = [
      "http://127.0.0.1:8000/v1",
      "openai-compatible:m@http://gpu:8000/v1",
      "vllm:a/b@http://10.0.0.2/v1,http://10.0.0.3/v1",
      "local:models/a",
      "ollama:m",
      "http://[::1]:8000/v1",
    ];
    expect(own.map((name) => priceOf(name)?.from)).toEqual(own.map(() => "own"));
    const elsewhere = [
      "https://api.together.xyz/v1",
      "openai-compatible:m@https://api.elsewhere.com/v1",
      "vllm:m@http://10.0.0.2/v1,https://gpu.elsewhere.com/v1",
      "http://[2001:db8::1]:8000/v1",
    ];
    expect(elsewhere.map((name) => priceOf(name))).toEqual(elsewhere.map(() => undefined));
  });
});
