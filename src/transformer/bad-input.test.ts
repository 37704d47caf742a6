import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smallConfig } from "../../test/support/small-config.ts";
import { PreceptError } from "../errors.ts";
import { rng } from "../rng.ts";
import { wordTokenizer } from "../tokenizer/index.ts";
import { checkpointHash, loadCheckpoint, saveCheckpoint } from "./checkpoint/checkpoint.ts";
import { decodeSafetensors, encodeSafetensors, SafetensorsFile } from "./checkpoint/safetensors.ts";
import { initialWeights, type WeightTensor } from "./checkpoint/weights.ts";

const tokenizer = wordTokenizer(["<end>"], { size: 260 });
const config = smallConfig({
  vocabularySize: 260,
  hiddenSize: 8,
  feedForwardSize: 12,
  layers: 1,
  headSize: 4,
  contextLength: 16,
});
const weights = initialWeights(config, rng(1, "bad input"));

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "precept-bad-")), "model");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const message = async (body: Promise<unknown>): Promise<string> => {
  const error = await body.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PreceptError);
  return error instanceof PreceptError ? `${error.code} ${error.message}` : "";
};

/** A safetensors file with this header over so many bytes of data; `length` lies about the header's length. */
function file(header: string, data = 0, length = BigInt(Buffer.byteLength(header))): Uint8Array {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length);
  return new Uint8Array(Buffer.concat([start, Buffer.from(header), Buffer.alloc(data)]));
}
const tensor = (shape: readonly number[], offsets: readonly number[], dtype = "F32"): object => ({
  dtype,
  shape,
  data_offsets: offsets,
});

const hostile: readonly [string, Uint8Array, RegExp][] = [
  ["an empty file", new Uint8Array(), /0 bytes/],
  ["seven bytes", new Uint8Array(7), /7 bytes/],
  ["a header of 2^63 bytes", file("{}", 0, 2n ** 63n), /header of 9223372036854775808 bytes in a file of 10/],
  ["a header of 2^64 - 1 bytes", file("{}", 0, 2n ** 64n - 1n), /header of 18446744073709551615 bytes/],
  ["a header that is cut off", file('{"a":', 0, 90n), /header of 90 bytes in a file of 13/],
  ["a header that is not JSON", file("nonsense"), /not JSON/],
  ["a header that is not UTF-8", new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /not JSON/],
  ["a list for a header", file("[]"), /no object/],
  ["a number for a tensor", file('{"a":1}'), /malformed entry "a"/],
  ["a shape that overflows", file(JSON.stringify({ a: tensor([2 ** 40, 2 ** 40], [0, 0]) })), /memory can hold/],
  [
    "a shape that overflows to 0",
    file(JSON.stringify({ a: tensor([2 ** 32, 2 ** 32, 0], [0, 4]) }), 4),
    /4 bytes for a/,
  ],
  ["a negative dimension", file(JSON.stringify({ a: tensor([-1], [0, 4]) }), 4), /malformed/],
  ["a fractional dimension", file(JSON.stringify({ a: tensor([0.5], [0, 2]) }), 2), /malformed/],
  [
    "an offset beyond 2^53",
    file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[9007199254740993,9007199254740997]}}', 4),
    /malformed/,
  ],
  ["offsets the wrong way round", file(JSON.stringify({ a: tensor([1], [4, 0]) }), 4), /-4 bytes for a/],
  ["a tensor outside of the file", file(JSON.stringify({ a: tensor([2], [0, 8]) }), 4), /ends at byte 8 of 4/],
  [
    "overlapping tensors",
    file(JSON.stringify({ a: tensor([2], [0, 8]), b: tensor([2], [4, 12]) }), 12),
    /b begins at byte 4, within another/,
  ],
  [
    "the same bytes twice",
    file(JSON.stringify({ a: tensor([1], [0, 4]), b: tensor([1], [0, 4]) }), 4),
    /b begins at byte 0, within another/,
  ],
  ["a hole", file(JSON.stringify({ a: tensor([1], [4, 8]) }), 8), /hole of 4 bytes before a/],
  ["bytes that no tensor has", file(JSON.stringify({ a: tensor([1], [0, 4]) }), 9), /9 bytes of data for tensors of 4/],
  [
    "one name twice",
    file(`{"a":${JSON.stringify(tensor([1], [0, 4]))},"\\u0061":${JSON.stringify(tensor([1], [4, 8]))}}`, 8),
    /"a" twice/,
  ],
  ["a type that is not read", file(JSON.stringify({ a: tensor([4], [0, 4], "F8_E4M3") }), 4), /a stored as F8_E4M3/],
  [
    "a zip archive of torch.save",
    new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0]),
    /pickle.*\n.*safetensors\n.*save_pretrained/,
  ],
  ["an old pickle", new Uint8Array([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]), /pickle/],
];

describe("a hostile safetensors file", () => {
  it.each(hostile)("with %s is refused, in memory and on disk", async (_, bytes, expected) => {
    const read = (): unknown => decodeSafetensors(bytes, "x.safetensors");
    expect(read).toThrow(PreceptError);
    expect(read).toThrow(expected);
    await mkdir(folder);
    const path = join(folder, "x.safetensors");
    await writeFile(path, bytes);
    expect(await message(SafetensorsFile.open(path))).toMatch(expected);
  });

  it("may have scalars and empty tensors, and metadata", () => {
    const header = {
      __metadata__: { format: "pt" },
      a: tensor([], [0, 4]),
      b: tensor([0, 5], [4, 4]),
      c: tensor([1], [4, 8]),
    };
    const read = decodeSafetensors(file(JSON.stringify(header), 8), "x");
    expect([...read].map(([name, { shape, data }]) => [name, shape, data.length])).toEqual([
      ["a", [], 1],
      ["b", [0, 5], 0],
      ["c", [1], 1],
    ]);
  });
});

describe("a folder that is no checkpoint", () => {
  const put = (name: string, content: string | Uint8Array): Promise<void> => writeFile(join(folder, name), content);
  beforeEach(() => saveCheckpoint(folder, { config, weights, tokenizer }, { maxShardBytes: 4000 }));
  const index = async (): Promise<{ weight_map: Record<string, string> }> =>
    JSON.parse(await readFile(join(folder, "model.safetensors.index.json"), "utf8")) as {
      weight_map: Record<string, string>;
    };

  it("is told from one in shards", async () => {
    const read = await loadCheckpoint(folder);
    for (const [name, { data }] of weights) expect(read.weights.get(name)?.data).toEqual(data);
    expect(new Set(Object.values((await index()).weight_map)).size).toBeGreaterThan(1);
    expect(await checkpointHash(folder)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("lacks a shard, or a tensor of the index", async () => {
    const { weight_map: map } = await index();
    const rewrite = (changed: Readonly<Record<string, string>>): Promise<void> =>
      put("model.safetensors.index.json", JSON.stringify({ weight_map: changed }));
    await rewrite({ ...map, "model.norm.weight": "model-00009-of-00009.safetensors" });
    expect(await message(loadCheckpoint(folder))).toMatch(
      /checkpoint-missing .*model-00009-of-00009\.safetensors: no such/,
    );
    const other = Object.values(map).find((shard) => shard !== map["model.norm.weight"]) ?? "";
    await rewrite({ ...map, "model.norm.weight": other });
    expect(await message(loadCheckpoint(folder))).toMatch(/no tensor model\.norm\.weight/);
    for (const shard of ["../outside.safetensors", "/etc/passwd", "sub/x.safetensors"]) {
      await rewrite({ ...map, "model.norm.weight": shard });
      expect(await message(loadCheckpoint(folder))).toMatch(/a shard named/);
    }
    await put("model.safetensors.index.json", "{}");
    expect(await message(loadCheckpoint(folder))).toMatch(/weight_map/);
    await put("model.safetensors.index.json", "{");
    expect(await message(loadCheckpoint(folder))).toMatch(/not JSON/);
    await rewrite({ "model.norm.weight": "pytorch_model-00001-of-00002.bin" });
    expect(await message(loadCheckpoint(folder))).toMatch(/pickle/);
  });

  it("holds one tensor in two shards", async () => {
    const shards = [...new Set(Object.values((await index()).weight_map))];
    const first = decodeSafetensors(await readFile(join(folder, shards[0] ?? "")), "first");
    const second = decodeSafetensors(await readFile(join(folder, shards[1] ?? "")), "second");
    const [name, copied] = [...first][0] as [string, WeightTensor];
    await put(shards[1] ?? "", encodeSafetensors(new Map([...second, [name, copied]])));
    expect(await message(loadCheckpoint(folder))).toMatch(/as in model-00001-of/);
  });

  it("holds a pickle or another format instead of safetensors", async () => {
    await rm(join(folder, "model.safetensors.index.json"));
    expect(await message(loadCheckpoint(folder))).toMatch(/^checkpoint-missing .*nor an index/);
    await put("model.gguf", "GGUF");
    expect(await message(loadCheckpoint(folder))).toMatch(/model\.gguf, a model in one file[\s\S]*give .*model\.gguf/);
    await put("pytorch_model.bin", "");
    expect(await message(loadCheckpoint(folder))).toMatch(/^checkpoint-invalid .*pytorch_model\.bin: a pickle/);
    expect(await message(loadCheckpoint(join(folder, "weights.pt")))).toMatch(/weights\.pt: a pickle/);
    await put("model.safetensors", new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0]));
    expect(await message(loadCheckpoint(folder))).toMatch(/model\.safetensors: a pickle/);
  });

  it("is of an architecture that is not known, or stored in few bits", async () => {
    const text = await readFile(join(folder, "config.json"), "utf8");
    await put("config.json", text.replace('"llama"', '"mamba"'));
    expect(await message(loadCheckpoint(folder))).toMatch(/"mamba" is none of llama, mistral/);
    await put("config.json", text.replace('"llama",', '"llama", "quantization_config": {"quant_method": "gptq"},'));
    expect(await message(loadCheckpoint(folder))).toMatch(/quantized/);
    await put("config.json", text.replace('"llama"', '"qwen2"'));
    expect(await message(loadCheckpoint(folder))).toMatch(/no tensor model\.layers\.0\.self_attn\.q_proj\.bias/);
  });

  it("ignores what older checkpoints say of RoPE, and a copy of tied embeddings", async () => {
    const more = new Map<string, WeightTensor>([
      ...weights,
      ["model.layers.0.self_attn.rotary_emb.inv_freq", { shape: [2], data: new Float32Array(2) }],
      ["lm_head.weight", { shape: [260, 8], data: new Float32Array(2080) }],
    ]);
    await put("model.safetensors", encodeSafetensors(more));
    expect([...(await loadCheckpoint(folder)).weights.keys()].sort()).toEqual([...weights.keys()].sort());
  });

  it("holds NaN or infinity in any precision", async () => {
    for (const [storage, bad] of [
      ["float32", Number.NaN],
      ["float16", Number.NEGATIVE_INFINITY],
      ["bfloat16", Number.NaN],
    ] as const) {
      const changed = new Map(weights).set("model.norm.weight", { shape: [8], data: new Float32Array(8).fill(bad, 5) });
      await put("model.safetensors", encodeSafetensors(changed, storage));
      expect(await message(loadCheckpoint(folder))).toMatch(/^not-finite .* in model\.norm\.weight at element 5/);
    }
  });
});
