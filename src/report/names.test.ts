import { expect, test } from "vitest";
import { modelLabel, modelLabels } from "./names.ts";

test.each([
  ["openai:gpt-4o-mini", "gpt-4o-mini"],
  ["openai-compatible:toy@http://127.0.0.1:8000/v1", "toy"],
  ["vllm:Qwen/Qwen3-8B", "Qwen/Qwen3-8B"],
  ["local:/models/SmolLM2-135M@42e5cd64369edd223ee", "SmolLM2-135M"],
  ["llamacpp:./small.gguf", "small.gguf"],
  ["./runs/tuned", "tuned"],
  ["dpo", "DPO"],
  ["ollama:llama3.1:8b", "llama3.1:8b"],
])("people call %s %s", (name, label) => {
  expect(modelLabel(name)).toBe(label);
});

test("names that would be the same stay whole", () => {
  const names = ["vllm:m@http://a/v1", "vllm:m@http://b/v1"];
  expect(modelLabels(names)).toEqual(names);
  expect(modelLabels(["vllm:m@http://a/v1", "vllm:n@http://a/v1"])).toEqual(["m", "n"]);
});
