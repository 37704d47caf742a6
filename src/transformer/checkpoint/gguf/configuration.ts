import { omitUndefined } from "../../../omit-undefined.ts";
import { type Architecture, checkConfig, type RopeScaling, type TransformerConfig } from "../config.ts";
import { GEMMA_LOCAL_THETA, GEMMA_PATTERN, gemmaTraits } from "../families.ts";
import { damagedGguf } from "./damaged.ts";
import type { GgufFile } from "./gguf-file.ts";
import { llama3Scaling } from "./llama3-scaling.ts";
import type { MetadataReader } from "./metadata.ts";
import { ROPE_FACTORS } from "./tensor-names.ts";

/** The architectures that are read, by GGUF's names: SmolLM, Mistral and most of Llama's kin call themselves "llama". */
const architectures: ReadonlyMap<string, Architecture> = new Map([
  ["llama", "llama"],
  ["qwen2", "qwen2"],
  ["qwen3", "qwen3"],
  ["gemma3", "gemma3_text"],
]);

/** The configuration in a file's metadata. @throws PreceptError checkpoint-invalid, by name for what is not read. */
export async function readConfiguration(file: GgufFile): Promise<TransformerConfig> {
  const { metadata, tensors, path } = file;
  const architecture = metadata.need(metadata.text("general.architecture"), "general.architecture");
  const family = architectures.get(architecture);
  const kind = metadata.text("general.type") ?? "model";
  if (family === undefined || kind !== "model") {
    const found = kind === "model" ? `the architecture ${architecture}` : `the ${kind} of a model`;
    const expected = `a language model of the architecture ${[...architectures.keys()].join(", ")}`;
    throw damagedGguf(path, found, expected, kind === "model" ? `llamacpp:${path}` : "give the model itself");
  }
  const keyOf = (name: string): string => `${architecture}.${name}`;
  const number = (name: string): number => metadata.need(metadata.number(keyOf(name)), keyOf(name));
  const experts = metadata.number(keyOf("expert_count")) ?? 0;
  if (experts > 0) throw damagedGguf(path, `a mixture of ${experts} experts`, "a dense model", `llamacpp:${path}`);
  const embeddings = metadata.need(tensors.get("token_embd.weight")?.shape, "token_embd.weight");
  const heads = number("attention.head_count");
  const hiddenSize = number("embedding_length");
  const headSize = metadata.number(keyOf("attention.key_length")) ?? hiddenSize / heads;
  const rotated = metadata.number(keyOf("rope.dimension_count")) ?? headSize;
  if (rotated !== headSize || (metadata.number(keyOf("attention.value_length")) ?? headSize) !== headSize)
    throw damagedGguf(path, `heads of ${headSize} with ${rotated} rotated`, "heads rotated whole", `llamacpp:${path}`);
  const layers = number("block_count");
  const has = (name: string): boolean => tensors.has(`blk.0.${name}`);
  const config: TransformerConfig = {
    vocabularySize: embeddings[0] ?? 0,
    hiddenSize,
    feedForwardSize: number("feed_forward_length"),
    layers,
    heads,
    keyValueHeads: metadata.number(keyOf("attention.head_count_kv")) ?? heads,
    headSize,
    contextLength: number("context_length"),
    ropeTheta: metadata.number(keyOf("rope.freq_base")) ?? 10_000,
    normEpsilon: shorten(number("attention.layer_norm_rms_epsilon")),
    tiedEmbeddings: !tensors.has("output.weight"),
    ropeScaling: await readScaling(file, keyOf, headSize),
    ...omitUndefined({
      architecture: family === "llama" ? undefined : family,
      attentionBias: has("attn_output.bias") ? ("qkvo" as const) : has("attn_q.bias") ? ("qkv" as const) : undefined,
      mlpBias: has("ffn_up.bias") || undefined,
      qkNorm: has("attn_q_norm.weight") || undefined,
    }),
    ...(family === "gemma3_text" ? readGemma(metadata, keyOf, { hiddenSize, layers, heads }) : {}),
  };
  checkConfig(config);
  return config;
}

/** What Gemma 3 has besides; llama.cpp, too, tells the largest by its layers. */
function readGemma(
  metadata: MetadataReader,
  keyOf: (name: string) => string,
  { hiddenSize, layers, heads }: Pick<TransformerConfig, "hiddenSize" | "layers" | "heads">,
): Partial<TransformerConfig> {
  const pattern = metadata.number(keyOf("attention.sliding_window_pattern")) ?? GEMMA_PATTERN;
  const key = keyOf("attention.sliding_window");
  const capped = ["attn_logit_softcapping", "final_logit_softcapping"].find(
    (name) => (metadata.number(keyOf(name)) ?? 0) !== 0,
  );
  if (capped !== undefined)
    throw damagedGguf(metadata.path, `${keyOf(capped)}`, "scores without a cap", `llamacpp:${metadata.path}`);
  return {
    ...gemmaTraits(hiddenSize),
    slidingWindow: metadata.need(metadata.number(key), key),
    slidingLayers: Array.from({ length: layers }, (_, layer) => layer).filter((layer) => (layer + 1) % pattern !== 0),
    slidingRopeTheta: metadata.number(keyOf("rope.freq_base_swa")) ?? GEMMA_LOCAL_THETA,
    ...(layers === 62 ? { attentionScale: 1 / Math.sqrt(hiddenSize / heads) } : {}),
  };
}

/** A float32 as the shortest decimal that means it: 1e-6, not 9.999999974752427e-7. */
function shorten(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

async function readScaling(
  file: GgufFile,
  keyOf: (name: string) => string,
  headSize: number,
): Promise<RopeScaling | undefined> {
  const { metadata, tensors, path } = file;
  if (tensors.has(ROPE_FACTORS)) {
    const theta = metadata.number(keyOf("rope.freq_base")) ?? 10_000;
    return llama3Scaling((await file.read(ROPE_FACTORS)).data, theta, headSize, path);
  }
  const type = metadata.text(keyOf("rope.scaling.type")) ?? "none";
  if (type === "none") return undefined;
  const factor = shorten(metadata.need(metadata.number(keyOf("rope.scaling.factor")), keyOf("rope.scaling.factor")));
  if (type === "linear") return { type, factor };
  if (type === "yarn") return yarn(metadata, keyOf, factor);
  throw damagedGguf(path, `RoPE scaled by ${type}`, "none, linear, yarn, or Llama 3's", `llamacpp:${path}`);
}

function yarn(metadata: MetadataReader, keyOf: (name: string) => string, factor: number): RopeScaling {
  const key = keyOf("rope.scaling.original_context_length");
  return {
    type: "yarn",
    factor,
    originalLength: metadata.need(metadata.number(key), key),
    betaFast: 32,
    betaSlow: 1,
    attentionFactor: factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1,
    truncate: true,
  };
}
