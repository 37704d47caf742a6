import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { rng } from "../../rng.ts";
import { decodeSafetensors } from "../../transformer/index.ts";
import { type Dictionary, decode, Encoder, encode } from "./dictionary.ts";
import { type DictionaryMeta, loadDictionary, saveDictionary } from "./saelens.ts";
import { standardise, standardOf, unstandardise } from "./standardise.ts";

const random = rng(1, "saelens");
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const dictionary: Dictionary = {
  ...{ inputs: 3, outputs: 3, features: 5 },
  ...{ encoder: draw(15), encoderBias: draw(5), decoder: draw(15), decoderBias: draw(3) },
  thresholds: Float32Array.of(0, 0.1, 0.2, 0.3, 0.4),
};
const meta: DictionaryMeta = {
  model_name: "demo@rl-cai",
  hook_name: "blocks.1.mlp.hook_post",
  hook_layer: 1,
  precept: {
    ...{
      models: [{ name: "demo@rl-cai", hash: "00" }],
      kind: "batch-topk",
      k: 2,
      l1: 0,
      seed: 1,
      texts: "t",
      rows: 10,
    },
    ...{ steps: 1, batch: 10, learningRate: 1, seconds: 1, unexplained: 0.5, l0: 2, dead: 0 },
  },
};

test("is read back as it was, and has the names and shapes of SAELens 6", () => {
  const folder = temporaryFolder();
  saveDictionary(folder, { dictionary, meta });
  expect(loadDictionary(folder)).toEqual({ dictionary, meta });
  const path = join(folder, "sae_weights.safetensors");
  const tensors = decodeSafetensors(readFileSync(path), path);
  expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual({
    ...{ W_enc: [3, 5], W_dec: [5, 3], b_enc: [5], b_dec: [3], threshold: [5] },
  });
  // W_enc is (inputs, features).
  expect(tensors.get("W_enc")?.data[1]).toBe(dictionary.encoder[3]);
  expect(JSON.parse(readFileSync(join(folder, "cfg.json"), "utf8"))).toMatchObject({
    ...{ architecture: "jumprelu", d_in: 3, d_sae: 5, dtype: "float32", apply_b_dec_to_input: false },
    ...{ normalize_activations: "none", metadata: { hook_name: "blocks.1.mlp.hook_post" } },
  });
});

test("a transcoder has the width of what it rebuilds", () => {
  const folder = temporaryFolder();
  const transcoder: Dictionary = { ...dictionary, outputs: 2, decoder: draw(10), decoderBias: draw(2) };
  const of = { ...meta, hook_name: "blocks.1.hook_resid_mid", hook_name_out: "blocks.1.hook_mlp_out" };
  saveDictionary(folder, { dictionary: transcoder, meta: of });
  expect(loadDictionary(folder)).toEqual({ dictionary: transcoder, meta: of });
  expect(JSON.parse(readFileSync(join(folder, "cfg.json"), "utf8"))).toMatchObject({
    ...{ architecture: "jumprelu_transcoder", d_in: 3, d_out: 2, hook_name_out: "blocks.1.hook_mlp_out" },
  });
});

test("what is missing or damaged is said", () => {
  const folder = temporaryFolder();
  expect(() => loadDictionary(folder)).toThrow(/none there/);
  saveDictionary(folder, { dictionary, meta });
  writeFileSync(join(folder, "cfg.json"), '{"architecture": "gated"}');
  expect(() => loadDictionary(folder)).toThrow(/architecture/);
  saveDictionary(folder, { dictionary: { ...dictionary, features: 4 }, meta });
  expect(() => loadDictionary(folder)).toThrow();
});

test("learned of standardised inputs it says the same of inputs as they come", async () => {
  const rows = draw(60).map((x, i) => 3 * x + (i % 3));
  const standard = standardOf(rows, 3);
  const plain = unstandardise(dictionary, standard, standard);
  const encoder = await Encoder.create(dictionary, 1);
  const [inside, outside] = [
    await encode(encoder, dictionary, standardise(rows, standard)),
    await encode(encoder, plain, rows),
  ];
  await encoder.release();
  expect([...outside.features]).toEqual([...inside.features]);
  for (const [i, value] of inside.values.entries()) expect(outside.values[i]).toBeCloseTo(value * standard.scale, 3);
  const rebuilt = standardise(decode(plain, outside), standard);
  for (const [i, value] of decode(dictionary, inside).entries()) expect(rebuilt[i]).toBeCloseTo(value, 3);
});
