import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { parseJson } from "../../storage/index.ts";
import { checkConfig, type RopeScaling, slides, type TransformerConfig, windowOf } from "./config.ts";
import { architectures, type ConfigFile, configFile } from "./config-fields.ts";
import { families } from "./families.ts";
import type { StorageType } from "./safetensors.ts";

export interface ConfigFileOptions {
  readonly storage: StorageType;
  /** Tokens that end a text. */
  readonly stopTokens: readonly number[];
  readonly startToken?: number | undefined;
  readonly padToken?: number | undefined;
  /** Rows of `score.weight`; with any the folder is a NAMEForSequenceClassification with as many labels. */
  readonly scalarHeads: number;
}

/** The content of a `config.json`. @throws PreceptError checkpoint-invalid when the family has no such model. */
export function formatConfig(config: TransformerConfig, options: ConfigFileOptions): string {
  const { architecture = "llama" } = config;
  const { className, scorerName = className, write } = families[architecture];
  const { stopTokens } = options;
  const fields: Record<string, unknown> = {
    architectures: [options.scalarHeads > 0 ? `${scorerName}ForSequenceClassification` : `${className}ForCausalLM`],
    attention_dropout: 0,
    bos_token_id: options.startToken,
    eos_token_id: stopTokens.length === 1 ? stopTokens[0] : stopTokens,
    head_dim: config.headSize,
    hidden_act: "silu",
    hidden_size: config.hiddenSize,
    intermediate_size: config.feedForwardSize,
    max_position_embeddings: config.contextLength,
    model_type: architecture,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.keyValueHeads,
    ...(options.scalarHeads > 0 ? { num_labels: options.scalarHeads } : {}),
    pad_token_id: options.padToken,
    rms_norm_eps: config.normEpsilon,
    rope_scaling: config.ropeScaling === undefined ? undefined : formatScaling(config.ropeScaling),
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedEmbeddings,
    torch_dtype: options.storage,
    vocab_size: config.vocabularySize,
    ...write(config),
  };
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify(sorted, null, 2)}\n`;
  const lost = differences(config, parseConfig(text));
  if (lost.length > 0) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Writing the configuration of a ${architecture}`,
      found: `${lost.join(", ")}, which a ${architecture} does not have`,
      expected: "a model that its family knows",
      remedy: `give the configuration another architecture: ${architectures.join(", ")}`,
    });
  }
  return text;
}

/** @throws PreceptError checkpoint-invalid, naming every field that is wrong. */
export function parseConfig(text: string, path = "config.json"): TransformerConfig {
  const fail = (found: string, cause?: unknown): PreceptError =>
    new PreceptError("checkpoint-invalid", {
      attempted: `Reading the model configuration ${path}`,
      found,
      expected: "a Llama (SmolLM2 too), Mistral, Qwen2, Qwen3, SmolLM3 or Gemma 3 (text) configuration",
      cause,
    });
  const file = parseJson(text, configFile, fail);
  const { defaults, read } = families[file.model_type];
  const heads = file.num_attention_heads;
  const keyValueHeads =
    file.num_key_value_heads === undefined ? (defaults.keyValueHeads ?? heads) : (file.num_key_value_heads ?? heads);
  if (heads % keyValueHeads !== 0)
    throw fail(`${heads} heads over ${keyValueHeads} key-value heads, which does not come out even`);
  const headSize = file.head_dim ?? defaults.headSize ?? file.hidden_size / heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw fail(`a head of ${headSize} channels, where RoPE needs an even number`);
  const rope = ropeOf(file);
  const ropeScaling = parseScaling(file, (found) =>
    fail(`${file.rope_parameters ? "rope_parameters" : "rope_scaling"}: ${found}`),
  );
  for (const name of ["layer_types", "no_rope_layers"] as const) {
    const length = file[name]?.length ?? file.num_hidden_layers;
    if (length < file.num_hidden_layers) throw fail(`${name} of ${length} for ${file.num_hidden_layers} layers`);
  }
  const config: TransformerConfig = {
    vocabularySize: file.vocab_size,
    hiddenSize: file.hidden_size,
    feedForwardSize: file.intermediate_size,
    layers: file.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    contextLength: file.max_position_embeddings,
    ropeTheta: rope?.rope_theta ?? file.rope_theta ?? defaults.ropeTheta,
    normEpsilon: file.rms_norm_eps,
    tiedEmbeddings: file.tie_word_embeddings ?? defaults.tiedEmbeddings,
    ...(file.model_type === "llama" ? {} : { architecture: file.model_type }),
    ropeScaling,
    ...read(file),
  };
  checkConfig(config);
  return config;
}

/** `eos_token_id` of a config.json that `parseConfig` has read; none when there is none. */
export function endTokens(text: string): readonly number[] {
  const ids = z.object({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() }).safeParse(JSON.parse(text));
  return [ids.data?.eos_token_id ?? []].flat();
}

/** `rope_parameters`, of full attention where layers differ, or the older `rope_scaling`. */
const ropeOf = ({ rope_parameters: own, rope_scaling: older }: ConfigFile) => own?.full_attention ?? own ?? older;

/** What `ropeOf` gives, with transformers' defaults. */
function parseScaling(file: ConfigFile, fail: (found: string) => PreceptError): RopeScaling | undefined {
  const rope = ropeOf(file);
  const type = rope?.rope_type ?? rope?.type ?? "default";
  if (!rope || type === "default") return undefined;
  const readNumber = (name: "factor" | "low_freq_factor" | "high_freq_factor"): number => {
    const value = rope[name];
    if (typeof value !== "number") throw fail(`no ${name}, which ${type} needs`);
    return value;
  };
  const originalLength =
    file.original_max_position_embeddings ?? rope.original_max_position_embeddings ?? file.max_position_embeddings;
  if (type === "linear" || type === "dynamic") return { type, factor: readNumber("factor") };
  if (type === "llama3") {
    const [lowFrequencyFactor, highFrequencyFactor] = [readNumber("low_freq_factor"), readNumber("high_freq_factor")];
    return { type, factor: readNumber("factor"), lowFrequencyFactor, highFrequencyFactor, originalLength };
  }
  const factor = rope.factor ?? file.max_position_embeddings / originalLength;
  const scale = (weight = 1): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const { mscale, mscale_all_dim: mscaleAll } = rope;
  return {
    type,
    factor,
    originalLength,
    betaFast: rope.beta_fast ?? 32,
    betaSlow: rope.beta_slow ?? 1,
    attentionFactor: rope.attention_factor ?? (mscale && mscaleAll ? scale(mscale) / scale(mscaleAll) : scale()),
    truncate: rope.truncate ?? true,
  };
}

function formatScaling(scaling: RopeScaling): Readonly<Record<string, unknown>> {
  const common = { factor: scaling.factor, rope_type: scaling.type };
  if (scaling.type === "llama3") {
    return {
      ...common,
      high_freq_factor: scaling.highFrequencyFactor,
      low_freq_factor: scaling.lowFrequencyFactor,
      original_max_position_embeddings: scaling.originalLength,
    };
  }
  if (scaling.type !== "yarn") return common;
  return {
    ...common,
    attention_factor: scaling.attentionFactor,
    beta_fast: scaling.betaFast,
    beta_slow: scaling.betaSlow,
    original_max_position_embeddings: scaling.originalLength,
    truncate: scaling.truncate,
  };
}

/** Where two configurations mean different models. */
function differences(one: TransformerConfig, other: TransformerConfig): string[] {
  const meaning = (config: TransformerConfig): Readonly<Record<string, unknown>> => ({
    ...config,
    architecture: config.architecture ?? "llama",
    attentionBias: config.attentionBias ?? "none",
    mlpBias: config.mlpBias === true,
    qkNorm: config.qkNorm === true,
    slidingLayers: undefined,
    slidingRopeTheta: undefined,
    slidingWindow: Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer) ?? 0),
    ropeThetas: Array.from({ length: config.layers }, (_, layer) => slides(config, layer) && config.slidingRopeTheta),
    ropeScaling: config.ropeScaling && formatScaling(config.ropeScaling),
    noRopeLayers: [...(config.noRopeLayers ?? [])].sort((a, b) => a - b),
  });
  const [a, b] = [meaning(one), meaning(other)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  );
}
