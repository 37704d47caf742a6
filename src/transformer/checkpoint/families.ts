import { type Architecture, slides, type TransformerConfig, windowOf } from "./config.ts";
import type { ConfigFile } from "./config-fields.ts";

/** What a family of models fixes: the names in its files, the defaults of its config.json, and the fields of its own. */
interface Family {
  /** `NAMEForCausalLM` is its class in transformers. */
  readonly className: string;
  /** `NAMEForSequenceClassification`, where that is another name. */
  readonly scorerName?: string;
  /** What transformers takes for fields that config.json leaves out. */
  readonly defaults: {
    readonly ropeTheta: number;
    readonly tiedEmbeddings: boolean;
    readonly keyValueHeads?: number;
    readonly headSize?: number;
  };
  /** The optional fields of the configuration. */
  readonly read: (file: ConfigFile) => FamilyTraits;
  readonly write: (config: TransformerConfig) => Readonly<Record<string, unknown>>;
}

export type FamilyTraits = Pick<
  TransformerConfig,
  | "attentionBias"
  | "mlpBias"
  | "qkNorm"
  | "slidingWindow"
  | "slidingLayers"
  | "noRopeLayers"
  | "slidingRopeTheta"
  | "activation"
  | "embeddingScale"
  | "attentionScale"
  | "sandwichNorms"
  | "unitOffsetNorms"
>;

/** What every Gemma 3 has, whatever its size. */
export const gemmaTraits = (hiddenSize: number) =>
  ({
    qkNorm: true,
    activation: "gelu",
    embeddingScale: Math.sqrt(hiddenSize),
    sandwichNorms: true,
    unitOffsetNorms: true,
  }) as const;

/** Five layers of six slide. */
export const GEMMA_PATTERN = 6;
export const GEMMA_LOCAL_THETA = 10_000;

const biases = ({ attention_bias, mlp_bias }: ConfigFile): FamilyTraits => ({
  ...(attention_bias ? { attentionBias: "qkvo" } : {}),
  ...(mlp_bias ? { mlpBias: true } : {}),
});

const attentionBias = (config: TransformerConfig): Readonly<Record<string, unknown>> => ({
  attention_bias: config.attentionBias === "qkvo",
});
const bothBiases = (config: TransformerConfig): Readonly<Record<string, unknown>> => ({
  ...attentionBias(config),
  mlp_bias: config.mlpBias === true,
});

/** The window over the layers that `layer_types` calls sliding, or that `byDefault` does where there is no such list. */
function windows(
  { sliding_window: slidingWindow, layer_types: types, num_hidden_layers: count }: ConfigFile,
  byDefault: (layer: number) => boolean,
): FamilyTraits {
  if (slidingWindow === null || slidingWindow === undefined) return {};
  const layers = Array.from({ length: count }, (_, layer) => layer);
  const slidingLayers = layers.filter((layer) => (types ? types[layer] === "sliding_attention" : byDefault(layer)));
  if (slidingLayers.length === 0) return {};
  return slidingLayers.length === count ? { slidingWindow } : { slidingWindow, slidingLayers };
}

function windowFields(config: TransformerConfig): Readonly<Record<string, unknown>> {
  const types = Array.from({ length: config.layers }, (_, layer) =>
    windowOf(config, layer) === undefined ? "full_attention" : "sliding_attention",
  );
  if (!types.includes("sliding_attention")) return { use_sliding_window: false };
  return { layer_types: types, sliding_window: config.slidingWindow, use_sliding_window: true };
}

function qwenWindows(file: ConfigFile): FamilyTraits {
  const first = file.max_window_layers ?? 28;
  return file.use_sliding_window ? windows({ sliding_window: 4096, ...file }, (layer) => layer >= first) : {};
}

const qwenWindowFields = (config: TransformerConfig): Readonly<Record<string, unknown>> => {
  const first = Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer)).findIndex(Boolean);
  return { ...windowFields(config), max_window_layers: first === -1 ? config.layers : first };
};

/** Of the layers, 1 where RoPE is used. By default every fourth is without. */
function ropeFlags({
  no_rope_layers: flags,
  no_rope_layer_interval: interval,
  num_hidden_layers: count,
}: ConfigFile): boolean[] {
  return Array.from({ length: count }, (_, layer) =>
    flags ? flags[layer] !== 0 : (layer + 1) % (interval ?? 4) !== 0,
  );
}

/** As the configuration_*.py of transformers 5 have them. */
export const families: Readonly<Record<Architecture, Family>> = {
  llama: {
    className: "Llama",
    defaults: { ropeTheta: 10_000, tiedEmbeddings: false },
    read: biases,
    write: bothBiases,
  },
  mistral: {
    className: "Mistral",
    defaults: { ropeTheta: 10_000, tiedEmbeddings: false, keyValueHeads: 8 },
    read: ({ sliding_window = 4096 }) => (sliding_window === null ? {} : { slidingWindow: sliding_window }),
    write: ({ slidingWindow = null }) => ({ sliding_window: slidingWindow }),
  },
  qwen2: {
    className: "Qwen2",
    defaults: { ropeTheta: 10_000, tiedEmbeddings: false, keyValueHeads: 32 },
    read: (file) => ({ attentionBias: "qkv", ...qwenWindows(file) }),
    write: qwenWindowFields,
  },
  qwen3: {
    className: "Qwen3",
    defaults: { ropeTheta: 10_000, tiedEmbeddings: false, keyValueHeads: 32, headSize: 128 },
    read: (file) => ({ ...biases({ ...file, mlp_bias: false }), qkNorm: true, ...qwenWindows(file) }),
    write: (config) => ({ ...attentionBias(config), ...qwenWindowFields(config) }),
  },
  smollm3: {
    className: "SmolLM3",
    defaults: { ropeTheta: 2_000_000, tiedEmbeddings: true, keyValueHeads: 4 },
    read: (file) => {
      const flags = ropeFlags(file);
      const noRopeLayers = flags.flatMap((rotates, layer) => (rotates ? [] : [layer]));
      return {
        ...biases(file),
        ...(noRopeLayers.length > 0 ? { noRopeLayers } : {}),
        ...windows(file, (layer) => file.use_sliding_window === true && flags[layer] === false),
      };
    },
    write: (config) => ({
      ...bothBiases(config),
      ...windowFields(config),
      no_rope_layers: Array.from({ length: config.layers }, (_, layer) =>
        config.noRopeLayers?.includes(layer) ? 0 : 1,
      ),
    }),
  },
  gemma3_text: {
    className: "Gemma3",
    scorerName: "Gemma3Text",
    defaults: { ropeTheta: 1_000_000, tiedEmbeddings: true, keyValueHeads: 4, headSize: 256 },
    read: (file) => {
      const pattern = file.sliding_window_pattern ?? GEMMA_PATTERN;
      const { query_pre_attn_scalar: scalar = 256, head_dim: headSize = 256 } = file;
      return {
        ...gemmaTraits(file.hidden_size),
        ...biases({ ...file, mlp_bias: false }),
        ...windows({ sliding_window: 4096, ...file }, (layer) => (layer + 1) % pattern !== 0),
        slidingRopeTheta:
          file.rope_parameters?.sliding_attention?.rope_theta ?? file.rope_local_base_freq ?? GEMMA_LOCAL_THETA,
        ...(scalar === headSize ? {} : { attentionScale: 1 / Math.sqrt(scalar ?? 256) }),
      };
    },
    write: (config) => ({
      ...attentionBias(config),
      hidden_act: undefined,
      hidden_activation: "gelu_pytorch_tanh",
      layer_types: Array.from({ length: config.layers }, (_, layer) =>
        slides(config, layer) ? "sliding_attention" : "full_attention",
      ),
      query_pre_attn_scalar:
        config.attentionScale === undefined ? config.headSize : Math.round(config.attentionScale ** -2),
      rope_local_base_freq: config.slidingRopeTheta,
      sliding_window: config.slidingWindow,
    }),
  },
};
