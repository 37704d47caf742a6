import { PreceptError } from "../../errors.ts";
import {
  add,
  and,
  causalAttention,
  type Dimension,
  equal,
  type Graph,
  gatherRows,
  geglu,
  less,
  lessOrEqual,
  matmul,
  mul,
  pickLogprobs,
  projectedLogprobs,
  type RopeTables,
  reshape,
  rmsNorm,
  rope,
  ropeAngles,
  sub,
  swiglu,
  transpose,
  type Value,
  where,
} from "../../tensor/index.ts";
import { type TransformerConfig, windowOf } from "../checkpoint/config.ts";
import { hasBias } from "../checkpoint/weight-shapes.ts";
import { SCALAR_HEAD } from "../checkpoint/weights.ts";
import { AdaptedWeight } from "./lora-graph.ts";
import { ropeFrequencies, rotationOf } from "./rope-scaling.ts";
import { type SiteListener, type SiteName, siteOf } from "./sites.ts";

/** The forward pass of the decoder as functions of graph values. B sequences of T tokens, C channels, V vocabulary. */
export interface GraphModel {
  readonly config: TransformerConfig;
  readonly batch: number;
  readonly length: number;
  /** tokens, segments: (B, T) int32; returns (B, T, C). Attention is causal and stays within equal segments. */
  hiddenStates(tokens: Value, segments: Value): Value;
  /** (…, C) to (…, V). */
  logits(hidden: Value): Value;
  /** log P(target) per position: logits (…, V), targets (…) int32; returns (…). */
  tokenLogprobs(logits: Value, targets: Value): Value;
  /** The scalar head: (…, C) to (…). */
  scalar(hidden: Value): Value;
  /** All scalar heads: (…, C) to (…, heads). */
  heads(hidden: Value): Value;
}

/** Parameters by name. @throws checkpoint-invalid when one is missing */
export type Parameters = (name: string) => Value;

export function parametersFrom(values: ReadonlyMap<string, Value>): Parameters {
  return (name) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new PreceptError("checkpoint-invalid", {
      attempted: "Building the transformer",
      found: `no parameter ${name}`,
    });
  };
}

const isStatic = (x: Value): boolean => x.shape.every((dimension) => typeof dimension === "number");

/** x @ weightᵀ; weight (out, in). x may have leading axes; static ones are flattened, which makes gradients cheap. */
export function linear(x: Value, weight: Value): Value {
  const [out, width] = weight.dimensions as readonly [number, number];
  if (x.rank === 2 || !isStatic(x)) return product(x, weight);
  const rows = x.dimensions.slice(0, -1).reduce((product, size) => product * size, 1);
  return reshape(product(reshape(x, [rows, width]), weight), [...x.shape.slice(0, -1), out]);
}

const product = (x: Value, weight: Value): Value =>
  weight instanceof AdaptedWeight ? weight.product(x) : matmul(x, weight, { transposeB: true });

/** A projection of a layer by its Hugging Face name ("self_attn.q_proj"), with its bias where the configuration has one. */
export function project(
  config: TransformerConfig,
  parameters: Parameters,
  layer: number,
  name: string,
  x: Value,
): Value {
  const path = `model.layers.${layer}.${name}`;
  const y = linear(x, parameters(`${path}.weight`));
  return hasBias(config, name) ? add(y, parameters(`${path}.bias`)) : y;
}

/** silu(gate(x)) · up(x), or with gelu; Shazeer 2020. x (N, C); returns (N, feed-forward size). */
function gateUp(config: TransformerConfig, parameters: Parameters, layer: number, x: Value): Value {
  const part = (name: string): Value => project(config, parameters, layer, `mlp.${name}_proj`, x);
  const gated = config.activation === "gelu" ? geglu : swiglu;
  return gated(part("gate"), part("up"));
}

/** Rotary tables of each layer for positions below `length`, as values of the graph; layers that rotate alike share theirs. */
export function ropeTables(graph: Graph, config: TransformerConfig, length: number): (layer: number) => RopeTables {
  const made = new Map<boolean, RopeTables>();
  const make = (rotation: TransformerConfig): RopeTables => {
    const { frequencies, amplitude } = ropeFrequencies(rotation, length);
    const { cosine, sine } = ropeAngles(length, frequencies, amplitude);
    const shape = [length, config.headSize / 2];
    const name = made.size === 0 ? "rope" : `rope${made.size}`;
    return {
      cosine: graph.initializer(`${name}.cosine`, { dtype: "float32", shape, data: cosine }),
      sine: graph.initializer(`${name}.sine`, { dtype: "float32", shape, data: sine }),
    };
  };
  return (layer) => {
    const rotation = rotationOf(config, layer);
    const isCommon = rotation === config;
    const tables = made.get(isCommon) ?? make(rotation);
    made.set(isCommon, tables);
    return tables;
  };
}

/** RMSNorm with a weight of the model, as its family scales by it. */
function normalise(config: TransformerConfig, parameters: Parameters, name: string, x: Value): Value {
  const weight = parameters(`${name}.weight`);
  return rmsNorm(x, config.unitOffsetNorms === true ? add(weight, 1) : weight, config.normEpsilon);
}

export interface DecoderInput {
  /** (B, T) int32; B and T may be symbolic. */
  readonly tokens: Value;
  /** int64: (1) for a common start, or (B, T). */
  readonly positions: Value;
  /** Of each layer. */
  readonly tables: (layer: number) => RopeTables;
  /** Attention of one layer: rotated queries (B, K, G, T, D), rotated keys and values (B, K, T, D); returns (B, K, G, T, D). */
  readonly attend: (layer: number, queries: Value, keys: Value, values: Value) => Value;
  readonly onSite?: SiteListener | undefined;
}

/**
 * The decoder layers, for training and inference alike; G query heads share each of K key heads of size D. Returns the
 * residual stream before `finalNorm`: (B · T, C) when B and T are static, else (B, T, C).
 */
export function decoder(config: TransformerConfig, parameters: Parameters, input: DecoderInput): Value {
  const { hiddenSize, heads, keyValueHeads, headSize, attentionScale, embeddingScale } = config;
  const [batch, length] = input.tokens.shape as readonly [Dimension, Dimension];
  const rows = typeof batch === "number" && typeof length === "number" ? [batch * length] : [batch, length];
  const noRope = new Set(config.noRopeLayers);

  const selfAttention = (layer: number, x: Value): Value => {
    const projectOwn = (name: string, input: Value): Value =>
      project(config, parameters, layer, `self_attn.${name}_proj`, input);
    const widen = (name: string, count: number): Value =>
      reshape(projectOwn(name, x), [batch, length, count * headSize]);
    /** RMSNorm over each head where there is one, then the rotation where there is one. */
    const rotateHeads = (name: "q" | "k", count: number): Value => {
      let y = widen(name, count);
      if (config.qkNorm === true) {
        const heads = isStatic(y) ? [Number(rows[0]) * count, headSize] : [batch, length, count, headSize];
        const norm = `model.layers.${layer}.self_attn.${name}_norm`;
        y = reshape(normalise(config, parameters, norm, reshape(y, heads)), [batch, length, count * headSize]);
      }
      return noRope.has(layer) ? y : rope(y, input.positions, input.tables(layer));
    };
    const rotated = rotateHeads("q", heads);
    // Attention divides its scores by sqrt(headSize).
    const queries = attentionScale === undefined ? rotated : mul(rotated, attentionScale * Math.sqrt(headSize));
    const keys = rotateHeads("k", keyValueHeads);
    const byHead = (value: Value): Value =>
      transpose(reshape(value, [batch, length, keyValueHeads, headSize]), [0, 2, 1, 3]);
    const grouped = reshape(queries, [batch, length, keyValueHeads, heads / keyValueHeads, headSize]);
    const values = byHead(widen("v", keyValueHeads));
    const mixed = input.attend(layer, transpose(grouped, [0, 2, 3, 1, 4]), byHead(keys), values);
    return projectOwn("o", reshape(transpose(mixed, [0, 3, 1, 2, 4]), [...rows, heads * headSize]));
  };

  const embedded = reshape(gatherRows(parameters("model.embed_tokens.weight"), input.tokens), [...rows, hiddenSize]);
  let x = embeddingScale === undefined ? embedded : mul(embedded, embeddingScale);
  for (let layer = 0; layer < config.layers; layer++) {
    const norm = (name: string, y = x): Value =>
      normalise(config, parameters, `model.layers.${layer}.${name}_layernorm`, y);
    const after = (name: string, y: Value): Value => (config.sandwichNorms === true ? norm(name, y) : y);
    const inner = config.sandwichNorms === true ? "pre_feedforward" : "post_attention";
    const site = (name: SiteName, value: Value): Value => input.onSite?.(siteOf(layer, name), value) ?? value;
    x = site("resid_pre", x);
    x = site("resid_mid", add(x, site("attn_out", after("post_attention", selfAttention(layer, norm("input"))))));
    const gated = site("mlp_post", gateUp(config, parameters, layer, norm(inner)));
    const thought = after("post_feedforward", project(config, parameters, layer, "mlp.down_proj", gated));
    x = site("resid_post", add(x, site("mlp_out", thought)));
  }
  return x;
}

export const finalNorm = (config: TransformerConfig, parameters: Parameters, x: Value): Value =>
  normalise(config, parameters, "model.norm", x);

/** The output projection: (…, C) to (…, V). */
export const logits = (config: TransformerConfig, parameters: Parameters, hidden: Value): Value =>
  linear(hidden, outputMatrix(config, parameters));

const outputMatrix = (config: TransformerConfig, parameters: Parameters): Value =>
  parameters(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");

/** From this vocabulary on, gradients go round the scores, which are the widest tensors by far. */
const LARGE_VOCABULARY = 4096;
/** More scores than this, 128 MiB, are computed in chunks of rows; fewer rows than this make a slow product. */
const CHUNK_SCORES = 2 ** 25;
const MINIMUM_CHUNK = 128;

/**
 * 0 where a position may attend, -1e9 elsewhere: causal, within equal segments, and no further back than the window.
 * segments (B, T); returns (B, 1, 1, T, T).
 */
function attentionBias(segments: Value, window?: number): Value {
  const [batch, length] = segments.dimensions as readonly [number, number];
  const positions = segments.graph.constant(
    Array.from({ length }, (_, i) => i),
    "int32",
  );
  const [row, column] = [reshape(positions, [1, length]), reshape(positions, [length, 1])];
  const causal = lessOrEqual(row, column);
  const near = window === undefined ? causal : and(causal, less(sub(column, row), window));
  const together = equal(reshape(segments, [batch, 1, 1, 1, length]), reshape(segments, [batch, 1, 1, length, 1]));
  return where(and(together, near), segments.graph.constant(0), -1e9);
}

/**
 * Rows of attention computed at a time (the gain of 64 at length 256 is a quarter of attention's time). Short sequences go in one piece; longer ones in at most eight, because blocks
 * above the diagonal are all masked, and masked scores are the slowest: their exponentials are denormal.
 */
const attentionRows = (length: number): number => (length < 256 ? length : 64 * Math.ceil(length / 512));

export interface GraphModelOptions {
  readonly batch: number;
  readonly length: number;
  /** Told the value of every named site when `hiddenStates` is built. */
  readonly onSite?: SiteListener | undefined;
}

/** The forward pass for training, on batches of a fixed shape. */
export function graphModel(
  graph: Graph,
  config: TransformerConfig,
  parameters: Parameters,
  { batch, length, onSite }: GraphModelOptions,
): GraphModel {
  let tables: DecoderInput["tables"] | undefined;
  /** What scores were made from, so that log-probabilities of a large vocabulary need not keep them. */
  const sources = new Map<Value, Value>();
  return {
    config,
    batch,
    length,
    hiddenStates(tokens, segments) {
      const biases = new Map<number | undefined, Value>();
      const biasOf = (window: number | undefined): Value => {
        const bias = biases.get(window) ?? attentionBias(segments, window);
        biases.set(window, bias);
        return bias;
      };
      tables ??= ropeTables(graph, config, length);
      const x = decoder(config, parameters, {
        tokens,
        positions: graph.constant([0], "int64"),
        tables,
        attend: (layer, queries, keys, values) =>
          causalAttention(queries, keys, values, biasOf(windowOf(config, layer)), attentionRows(length)),
        onSite,
      });
      return reshape(finalNorm(config, parameters, x), [batch, length, config.hiddenSize]);
    },
    logits(hidden) {
      const scores = logits(config, parameters, hidden);
      sources.set(scores, hidden);
      return scores;
    },
    tokenLogprobs(scores, targets) {
      const hidden = sources.get(scores);
      const isSmall = config.vocabularySize < LARGE_VOCABULARY;
      if (hidden === undefined || isSmall) return pickLogprobs(scores, targets);
      const count = targets.dimensions.reduce((product, size) => product * size, 1);
      const rows = Math.max(MINIMUM_CHUNK, Math.floor(CHUNK_SCORES / config.vocabularySize));
      const flat = reshape(hidden, [count, config.hiddenSize]);
      return reshape(
        projectedLogprobs(flat, outputMatrix(config, parameters), reshape(targets, [count]), rows),
        targets.shape,
      );
    },
    scalar(hidden) {
      return reshape(linear(hidden, parameters(SCALAR_HEAD)), hidden.shape.slice(0, -1));
    },
    heads: (hidden) => linear(hidden, parameters(SCALAR_HEAD)),
  };
}
