import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeChatModel } from "../../test/support/chat-model.ts";
import { isSmallModel, sizeInName } from "./model-size.ts";

test.each([
  ["qwen2.5:0.5b", 0.5e9],
  ["SmolLM2-135M-Instruct.Q4_1.gguf", 135e6],
  ["meta-llama/Llama-3.2-1B-Instruct", 1e9],
  ["Qwen/Qwen3-8B", 8e9],
  ["gemma3:270m", 270e6],
  ["mixtral-8x7b", undefined],
  ["gpt-4o-mini", undefined],
  ["claude-3-5-haiku", undefined],
  ["model-q8_0-128k", undefined],
])("the name %s says %s weights", (name, size) => {
  expect(sizeInName(name)).toBe(size);
});

test("a model is small by what its file holds, else by its name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-size-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeChatModel(join(folder, "big-70b"));
  expect(await isSmallModel("local:big-70b", folder)).toBe(true);
  expect(await isSmallModel("local:gone-70b", folder)).toBe(false);
  expect(await isSmallModel("ollama:qwen2.5:0.5b", folder)).toBe(true);
  expect(await isSmallModel("vllm:Qwen/Qwen3-8B@http://gpu-1b:8000/v1", folder)).toBe(false);
  expect(await isSmallModel("http://127.0.0.1:8000/v1", folder)).toBe(false);
});
