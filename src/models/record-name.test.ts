import { expect, it } from "vitest";
import { recordName, withoutAddress } from "./index.ts";

it.each([
  ["openai:gpt-4o-mini", "openai:gpt-4o-mini"],
  ["vllm:Qwen/Qwen3-8B@http://gpu:8000/v1", "vllm:Qwen/Qwen3-8B@http://gpu:8000/v1"],
  ["vllm:m@https://me:word@gpu/v1/?key=sk-1,http://b:1/v1#x", "vllm:m@https://gpu/v1,http://b:1/v1"],
  ["http://u:p@localhost:8000/v1?token=t", "openai-compatible@http://localhost:8000/v1"],
  ["openai-compatible:https://host/v1", "openai-compatible@https://host/v1"],
  ["local:/home/me/models/tiny/", "local:tiny"],
  ["llamacpp:C:\\models\\a.gguf", "llamacpp:a.gguf"],
])("%s is %s in records", (name, shown) => {
  expect(recordName(name)).toBe(shown);
});

it("is the same model at another address", () => {
  expect(withoutAddress("vllm:m@http://a/v1")).toBe(withoutAddress("vllm:m@http://b:9/v1"));
});
