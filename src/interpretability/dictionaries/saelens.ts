import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { makeFolder, tryJson, writeWhole } from "../../storage/index.ts";
import { decodeSafetensors, encodeSafetensors, type WeightTensor } from "../../transformer/index.ts";
import type { Dictionary } from "./dictionary.ts";
import { dictionaryKinds } from "./options.ts";

/** What a dictionary is of; beside SAELens's own fields in cfg.json, under "metadata". */
export const dictionaryMetaSchema = z.looseObject({
  model_name: z.string(),
  /** The site, by its name in TransformerLens. */
  hook_name: z.string(),
  hook_layer: z.int().min(0),
  /** Of a transcoder: the site that is rebuilt. */
  hook_name_out: z.string().optional(),
  /** Of the checkpoints whose activations it learned from. */
  precept: z.strictObject({
    models: z.array(z.strictObject({ name: z.string(), hash: z.string() })),
    kind: z.enum(dictionaryKinds),
    k: z.number(),
    l1: z.number(),
    seed: z.int(),
    texts: z.string(),
    rows: z.int(),
    steps: z.int(),
    batch: z.int(),
    learningRate: z.number(),
    seconds: z.number(),
    unexplained: z.number(),
    l0: z.number(),
    dead: z.int(),
  }),
});
export type DictionaryMeta = z.infer<typeof dictionaryMetaSchema>;

const configSchema = z.looseObject({
  architecture: z.enum(["jumprelu", "jumprelu_transcoder"]),
  d_in: z.int().positive(),
  d_sae: z.int().positive(),
  d_out: z.int().positive().optional(),
  apply_b_dec_to_input: z.literal(false),
  normalize_activations: z.literal("none"),
  metadata: dictionaryMetaSchema,
});

export interface StoredDictionary {
  readonly dictionary: Dictionary;
  readonly meta: DictionaryMeta;
}

const configOf = (folder: string): string => join(folder, "cfg.json");
const weightsOf = (folder: string): string => join(folder, "sae_weights.safetensors");

/** Whether a folder holds a dictionary that was learned to its end. */
export const isDictionary = (folder: string): boolean => existsSync(configOf(folder)) && existsSync(weightsOf(folder));

/** Writes a dictionary as SAELens (6.x) does a JumpReLU one: cfg.json and sae_weights.safetensors. */
export function saveDictionary(folder: string, { dictionary, meta }: StoredDictionary): void {
  const { inputs, outputs, features, encoder, encoderBias, decoder, decoderBias, thresholds } = dictionary;
  const isTranscoder = meta.hook_name_out !== undefined;
  makeFolder(folder);
  const tensor = (data: Float32Array, ...shape: number[]): WeightTensor => ({ data, shape });
  const weights = new Map([
    ["W_enc", tensor(transpose(encoder, features, inputs), inputs, features)],
    ["b_enc", tensor(encoderBias, features)],
    ["W_dec", tensor(decoder, features, outputs)],
    ["b_dec", tensor(decoderBias, outputs)],
    ["threshold", tensor(thresholds, features)],
  ]);
  writeWhole(weightsOf(folder), encodeSafetensors(weights));
  const config = {
    architecture: isTranscoder ? "jumprelu_transcoder" : "jumprelu",
    d_in: inputs,
    d_sae: features,
    ...(isTranscoder && { d_out: outputs, hook_name_out: meta.hook_name_out, hook_layer_out: meta.hook_layer }),
    dtype: "float32",
    device: "cpu",
    apply_b_dec_to_input: false,
    normalize_activations: "none",
    reshape_activations: "none",
    metadata: meta,
  };
  writeWhole(configOf(folder), `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws PreceptError run-invalid for a folder without a dictionary of ours, or with a damaged one. */
export function loadDictionary(folder: string): StoredDictionary {
  const attempted = `Reading the dictionary in ${folder}`;
  if (!isDictionary(folder)) {
    const isBegun = existsSync(join(folder, "activations")) || existsSync(join(folder, "state.safetensors"));
    throw new PreceptError("run-invalid", {
      attempted,
      found: isBegun ? "one that is not finished" : "none there",
      expected: "cfg.json and sae_weights.safetensors",
      remedy: isBegun ? "give the command that began it again" : "precept features train RUN@CHECKPOINT",
    });
  }
  const config = configSchema.safeParse(tryJson(readFileSync(configOf(folder), "utf8")));
  if (!config.success) {
    const found = `cfg.json with ${z.prettifyError(config.error)}`;
    throw new PreceptError("run-invalid", {
      attempted,
      found,
      expected: "a dictionary that precept features train wrote",
    });
  }
  const { d_in: inputs, d_sae: features, d_out: outputs = inputs, metadata: meta } = config.data;
  const tensors = decodeSafetensors(readFileSync(weightsOf(folder)), weightsOf(folder));
  const read = (name: string, ...shape: number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor !== undefined && tensor.shape.join() === shape.join()) return tensor.data;
    throw new PreceptError("run-invalid", {
      attempted,
      found: tensor === undefined ? `no ${name}` : `${name} of shape (${tensor.shape.join(", ")})`,
      expected: `${name} of shape (${shape.join(", ")})`,
    });
  };
  const dictionary = {
    inputs,
    outputs,
    features,
    encoder: transpose(read("W_enc", inputs, features), inputs, features),
    encoderBias: read("b_enc", features),
    decoder: read("W_dec", features, outputs),
    decoderBias: read("b_dec", outputs),
    thresholds: read("threshold", features),
  };
  return { dictionary, meta };
}

/** (rows, columns) to (columns, rows). */
function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[row * columns + column]!;
  return result;
}
