import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Transformer } from "../../transformer.ts";
import { checkpointHash, loadCheckpoint, loadCheckpointTokenizer, saveCheckpoint } from "../checkpoint.ts";
import { isGguf } from "./index.ts";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/fixtures/gguf/${name}`, import.meta.url));
const tiny = fixture("tiny.gguf");

/** What transformers made of the same model, its matrices quantised and dequantised by the Python package gguf. */
interface Expected {
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  readonly greedy: readonly number[];
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly chat: string;
}

describe("a model in a GGUF file", () => {
  let folder = "";
  let expected: Expected;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precept-gguf-model-"));
    expected = JSON.parse(await readFile(fixture("tiny.json"), "utf8")) as Expected;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("gives the probabilities and the greedy text that it has in transformers", async () => {
    const transformer = await Transformer.load(tiny, { threads: 1 });
    try {
      const [logprobs] = await transformer.logprobs([expected.tokens]);
      for (const [place, logprob] of expected.logprobs.entries()) expect(logprobs?.[place + 1]).toBeCloseTo(logprob, 4);
      const requests = [{ id: "greedy", tokens: expected.tokens, seed: 1 }];
      for (const engine of ["graph", "kernels"] as const) {
        const options = { maxTokens: 20, temperature: 0, stopTokens: [], engine };
        for await (const { tokens } of transformer.generate(requests, options)) expect(tokens).toEqual(expected.greedy);
      }
    } finally {
      await transformer.dispose();
    }
  });

  it("has the tokenizer and the chat template that it was made with", async () => {
    const tokenizer = await loadCheckpointTokenizer(tiny);
    expect(expected.texts.length).toBeGreaterThan(20);
    for (const { text, ids } of expected.texts) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    expect(tokenizer.chat?.render([{ role: "user", content: "Soup?" }])).toBe(expected.chat);
    expect(tokenizer.stopTokens?.map((id) => tokenizer.tokenOf(id))).toEqual(["<|end|>", "<|im_end|>"]);
  });

  it("is the same as a Hugging Face folder", async () => {
    const checkpoint = await loadCheckpoint(tiny);
    await saveCheckpoint(join(folder, "hf"), checkpoint);
    const again = await loadCheckpoint(join(folder, "hf"));
    expect(again.config).toEqual(checkpoint.config);
    expect([...again.weights].sort()).toEqual([...checkpoint.weights].sort());
    for (const { text, ids } of expected.texts) expect(again.tokenizer.encode(text)).toEqual(ids);
  });

  it("is known by its bytes, whatever it is called", async () => {
    const path = join(folder, "renamed.model");
    await writeFile(path, await readFile(tiny));
    expect([isGguf(path), isGguf(folder), isGguf("nowhere.gguf"), isGguf(fixture("tiny.json"))]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(await checkpointHash(path)).toBe(await checkpointHash(tiny));
    const changed = Buffer.from(await readFile(tiny));
    changed[changed.length - 1]! ^= 1;
    await writeFile(path, changed);
    expect(await checkpointHash(path)).not.toBe(await checkpointHash(tiny));
  });

  it.each([
    ["general.architecture", "llama", "phi3x", /architecture phi3x[\s\S]*llamacpp:/],
    ["tokenizer.ggml.pre", "gpt-2", "gpt-9", /splitting gpt-9/],
    ["tokenizer.ggml.model", "gpt2", "bert", /tokenizer of the kind bert/],
    ["llama.block_count", undefined, "llama.black_count", /no metadata llama.block_count/],
    ["blk.1.ffn_up.weight", undefined, "blk.1.ffn_xp.weight", /no tensor model.layers.1.mlp.up_proj.weight/],
  ])("is refused for another %s", async (name, value, other, message) => {
    const bytes = await readFile(tiny);
    const at = bytes.indexOf(name);
    const place = value === undefined ? at : bytes.indexOf(value, at + name.length);
    bytes.write(other, place, "latin1");
    const path = join(folder, "other.gguf");
    await writeFile(path, bytes);
    await expect(loadCheckpoint(path)).rejects.toThrow(message);
  });

  it("is missed by its path", async () => {
    await expect(loadCheckpoint(join(folder, "none.gguf"))).rejects.toThrow(/none.gguf: no such file/);
  });
});
