import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { type ErrorCode, PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { checkpointHash, loadCheckpoint, loadTrainerState, saveCheckpoint, saveTrainerState } from "./checkpoint.ts";
import { encodeSafetensors } from "./safetensors.ts";
import { initialWeights, type WeightTensor } from "./weights.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 264 });
const config = smallConfig({ vocabularySize: 264, hiddenSize: 8, feedForwardSize: 12, headSize: 4, contextLength: 16 });
const weights = initialWeights(config, rng(1, "checkpoint"));

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "precept-checkpoint-")), "checkpoint");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const fails = async (code: ErrorCode, body: Promise<unknown>, text: RegExp): Promise<void> => {
  const error = await body.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PreceptError);
  if (error instanceof PreceptError) expect([error.code, error.message]).toEqual([code, expect.stringMatching(text)]);
};

describe("saveCheckpoint and loadCheckpoint", () => {
  it("round-trip config, weights and tokenizer bit by bit, with equal bytes each time", async () => {
    await saveCheckpoint(folder, { config, weights, tokenizer });
    const hash = await checkpointHash(folder);
    const read = await loadCheckpoint(folder);
    expect(read.config).toEqual(config);
    expect(read.tokenizer.tokens).toEqual(tokenizer.tokens);
    expect([...read.weights.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const [name, tensor] of weights) expect(read.weights.get(name)).toEqual(tensor);
    await saveCheckpoint(folder, read);
    expect(await checkpointHash(folder)).toBe(hash);
    expect(await readdir(join(folder, ".."))).toEqual(["checkpoint"]);
    const changed = new Map(weights).set("model.norm.weight", { shape: [8], data: new Float32Array(8) });
    await saveCheckpoint(folder, { config, weights: changed, tokenizer });
    expect(await checkpointHash(folder)).not.toBe(hash);
  });

  it("stores half precision and keeps a scalar head", async () => {
    const scored = new Map(weights).set("score.weight", {
      shape: [1, 8],
      data: Float32Array.from({ length: 8 }, (_, i) => i / 8),
    });
    for (const [storage, step] of [
      ["float16", 2 ** -11],
      ["bfloat16", 2 ** -8],
    ] as const) {
      await saveCheckpoint(folder, { config, weights: scored, tokenizer }, { storage });
      const read = await loadCheckpoint(folder);
      expect(read.weights.get("score.weight")).toEqual(scored.get("score.weight"));
      for (const [name, { data }] of weights) {
        const stored = read.weights.get(name)?.data ?? new Float32Array();
        for (const [i, value] of data.entries())
          expect(Math.abs((stored[i] as number) - value)).toBeLessThanOrEqual(Math.abs(value) * step + 1e-7);
      }
      expect(JSON.parse(await readFile(join(folder, "config.json"), "utf8"))).toMatchObject({
        architectures: ["LlamaForSequenceClassification"],
        torch_dtype: storage,
      });
    }
  });

  it("finds the old folder when a process died between the two renames", async () => {
    await saveCheckpoint(folder, { config, weights, tokenizer });
    const hash = await checkpointHash(folder);
    await rename(folder, `${folder}.previous`);
    expect(await checkpointHash(folder)).toBe(hash);
    await saveCheckpoint(folder, { config, weights, tokenizer });
    expect(await readdir(join(folder, ".."))).toEqual(["checkpoint"]);
  });
});

describe("a damaged checkpoint", () => {
  const edit = async (name: string, change: (bytes: Buffer) => Uint8Array | string): Promise<void> =>
    writeFile(join(folder, name), change(await readFile(join(folder, name))));
  beforeEach(() => saveCheckpoint(folder, { config, weights, tokenizer }));

  it("is refused when a file is missing or cut off", async () => {
    await fails("checkpoint-missing", loadCheckpoint(`${folder}-elsewhere`), /config\.json: no such file/);
    await edit("model.safetensors", (bytes) => bytes.subarray(0, bytes.length - 4));
    await fails("checkpoint-invalid", loadCheckpoint(folder), /cut off|as many bytes/);
    await edit("model.safetensors", (bytes) => bytes.subarray(0, 100));
    await fails("checkpoint-invalid", loadCheckpoint(folder), /header of \d+ bytes in a file of 100/);
    await edit("model.safetensors", () => "");
    await fails("checkpoint-invalid", loadCheckpoint(folder), /0 bytes/);
    await rm(join(folder, "model.safetensors"));
    await fails("checkpoint-missing", loadCheckpoint(folder), /model\.safetensors: no such file/);
  });

  it("is named, where a folder is a run whose stages wrote checkpoints", async () => {
    const run = `${folder}-run`;
    await saveCheckpoint(join(run, "rl-cai", "checkpoint"), { config, weights, tokenizer });
    await writeFile(join(run, "manifest.json"), "{}");
    await fails("checkpoint-missing", loadCheckpoint(run), /stages.*own/);
    await rm(join(run, "rl-cai"), { recursive: true });
    await fails("checkpoint-missing", loadCheckpoint(run), /a run without a checkpoint/);
  });

  it("is refused when a header lies", async () => {
    const header = (change: (text: string) => string) => (bytes: Buffer) => {
      const length = Number(bytes.readBigUInt64LE(0));
      const text = Buffer.from(change(bytes.subarray(8, 8 + length).toString()));
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([size, text, bytes.subarray(8 + length)]);
    };
    const original = await readFile(join(folder, "model.safetensors"));
    for (const [change, message] of [
      [(text: string) => text.replace("{", "["), /not JSON/],
      [(text: string) => text.replace('"F32"', '"F8"'), /F8/],
      [(text: string) => text.replace('"shape":[8]', '"shape":[9]'), /36 bytes/],
      [(text: string) => text.replace('"shape":[8]', '"shape":[-8]'), /malformed/],
    ] as const) {
      await writeFile(join(folder, "model.safetensors"), header(change)(original));
      await fails("checkpoint-invalid", loadCheckpoint(folder), message);
    }
  });

  it("is refused when tensors do not fit the configuration or are not finite", async () => {
    const put = (changed: Map<string, WeightTensor>): Promise<void> =>
      writeFile(join(folder, "model.safetensors"), encodeSafetensors(changed));
    const missing = new Map(weights);
    missing.delete("model.layers.1.mlp.up_proj.weight");
    await put(missing);
    await fails("checkpoint-invalid", loadCheckpoint(folder), /no tensor model\.layers\.1\.mlp\.up_proj/);
    await put(new Map(weights).set("model.norm.weight", { shape: [2, 4], data: new Float32Array(8) }));
    await fails("shape-mismatch", loadCheckpoint(folder), /model\.norm\.weight \(2, 4\)/);
    await put(
      new Map(weights).set("model.norm.weight", { shape: [8], data: Float32Array.of(1, 1, 1, Number.NaN, 1, 1, 1, 1) }),
    );
    await fails("not-finite", loadCheckpoint(folder), /NaN in model\.norm\.weight at element 3/);
    await put(new Map(weights).set("model.bias", { shape: [1], data: new Float32Array(1) }));
    await fails("checkpoint-invalid", loadCheckpoint(folder), /unknown tensor model\.bias/);
  });

  it("is refused when config.json or tokenizer.json is wrong", async () => {
    const original = await readFile(join(folder, "config.json"), "utf8");
    await edit("config.json", () => "{");
    await fails("checkpoint-invalid", loadCheckpoint(folder), /not JSON/);
    await edit("config.json", () =>
      original.replace('"llama"', '"gpt2"').replace('"num_hidden_layers": 2', '"num_hidden_layers": "two"'),
    );
    await fails("checkpoint-invalid", loadCheckpoint(folder), /model_type.*num_hidden_layers/);
    await edit("config.json", () => original.replace('"vocab_size": 264', '"vocab_size": 200'));
    await fails("checkpoint-invalid", loadCheckpoint(folder), /tokenizer of 264 tokens/);
    await edit("config.json", () => original);
    await edit("tokenizer.json", (bytes) => bytes.subarray(0, 200));
    await fails("checkpoint-invalid", loadCheckpoint(folder), /tokenizer\.json/);
  });

  it("cannot be written from weights that are not finite", async () => {
    const bad = new Map(weights).set("model.norm.weight", {
      shape: [8],
      data: new Float32Array(8).fill(Number.POSITIVE_INFINITY),
    });
    await fails("not-finite", saveCheckpoint(folder, { config, weights: bad, tokenizer }), /Infinity/);
    await expect(loadCheckpoint(folder)).resolves.toBeDefined();
  });
});

describe("trainer state", () => {
  it("round-trips, is absent when there is none, and is refused when damaged", async () => {
    const state = join(folder, "trainer-state");
    expect(await loadTrainerState(state)).toBeUndefined();
    await saveTrainerState(state, { tensors: weights, json: { step: 7, position: [1, 2] } });
    const read = await loadTrainerState(state);
    expect(read?.json).toEqual({ step: 7, position: [1, 2] });
    expect(read?.tensors.get("model.norm.weight")).toEqual(weights.get("model.norm.weight"));
    await writeFile(join(state, "state.json"), '{"step"');
    await fails("checkpoint-invalid", loadTrainerState(state), /not JSON/);
    await rm(join(state, "state.safetensors"));
    await fails("checkpoint-missing", loadTrainerState(state), /state\.safetensors/);
  });
});
