import { PreceptError } from "../errors.ts";
import type { Graph, Value } from "../tensor/graph.ts";
import { attention } from "../tensor/operators/attention.ts";
import { add, and, equal, lessOrEqual, mul, silu, where } from "../tensor/operators/elementwise.ts";
import { gatherRows, pickLogprobs } from "../tensor/operators/gather.ts";
import { matmul } from "../tensor/operators/matmul.ts";
import { rmsNorm } from "../tensor/operators/normalization.ts";
import type { RopeTables } from "../tensor/operators/rope.ts";
import { rope, ropeAngles } from "../tensor/operators/rope.ts";
import { reshape, transpose } from "../tensor/operators/shape.ts";
import type { TransformerConfig } from "./config.ts";
import { SCALAR_HEAD } from "./weights.ts";

/** The forward pass of the decoder as functions of graph values. B sequences of T tokens, C channels, V vocabulary. */
export interface GraphModel {
  readonly config: TransformerConfig;
  readonly batch: number;
  readonly length: number;
  /** tokens, segments: (B, T) int32; returns (B, T, C). Attention is causal and stays within equal segments. */
  hidden(tokens: Value, segments: Value): Value;
  /** (…, C) to (…, V). */
  logits(hidden: Value): Value;
  /** log P(target) a position: logits (…, V), targets (…) int32; returns (…). */
  tokenLogprobs(logits: Value, targets: Value): Value;
  /** The scalar head: (…, C) to (…). */
  scalar(hidden: Value): Value;
}

/** Parameters by name. @throws checkpoint-invalid when one is missing */
export type Parameters = (name: string) => Value;

export function parametersFrom(values: ReadonlyMap<string, Value>): Parameters {
  return (name) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw new PreceptError("checkpoint-invalid", { attempted: "Building the transformer", found: `no parameter ${name}` });
  };
}

/** x @ weightᵀ; weight (out, in). x may have leading axes. */
export function linear(x: Value, weight: Value): Value {
  const [out, width] = weight.dimensions as readonly [number, number];
  if (x.rank === 2) return matmul(x, weight, { transposeB: true });
  const rows = x.dimensions.slice(0, -1).reduce((product, size) => product * size, 1);
  return reshape(matmul(reshape(x, [rows, width]), weight, { transposeB: true }), [...x.shape.slice(0, -1), out]);
}

/** down(silu(gate(x)) · up(x)); Shazeer 2020. x (N, C). */
export function feedForward(parameters: Parameters, layer: number, x: Value): Value {
  const weight = (name: string): Value => parameters(`model.layers.${layer}.mlp.${name}_proj.weight`);
  return linear(mul(silu(linear(x, weight("gate"))), linear(x, weight("up"))), weight("down"));
}

/** Rotary tables for positions below `length`, as values of the graph. */
export function ropeTables(graph: Graph, config: TransformerConfig, length: number): RopeTables {
  const { cosine, sine } = ropeAngles(length, config.headSize, config.ropeTheta);
  const shape = [length, config.headSize / 2];
  return {
    cosine: graph.initializer("rope.cosine", { dtype: "float32", shape, data: cosine }),
    sine: graph.initializer("rope.sine", { dtype: "float32", shape, data: sine }),
  };
}

/** 0 where a position may attend, -1e9 elsewhere: causal, and within equal segments. segments (B, T); returns (B, 1, 1, T, T). */
function attentionBias(segments: Value): Value {
  const [batch, length] = segments.dimensions as readonly [number, number];
  const positions = segments.graph.constant(Array.from({ length }, (_, i) => i), "int32");
  const causal = lessOrEqual(reshape(positions, [1, length]), reshape(positions, [length, 1]));
  const together = equal(reshape(segments, [batch, 1, 1, 1, length]), reshape(segments, [batch, 1, 1, length, 1]));
  return where(and(together, causal), segments.graph.constant(0), -1e9);
}

export interface ModelShape {
  readonly batch: number;
  readonly length: number;
}

export function graphModel(graph: Graph, config: TransformerConfig, parameters: Parameters, { batch, length }: ModelShape): GraphModel {
  const { hiddenSize, heads, keyValueHeads, headSize, normEpsilon } = config;
  const rows = batch * length;
  const groups = heads / keyValueHeads;
  let tables: RopeTables | undefined;

  const attend = (layer: number, x: Value, bias: Value): Value => {
    const weight = (name: string): Value => parameters(`model.layers.${layer}.self_attn.${name}_proj.weight`);
    tables ??= ropeTables(graph, config, length);
    const start = graph.constant([0], "int64");
    const project = (name: string, width: number): Value => reshape(linear(x, weight(name)), [batch, length, width]);
    const queries = rope(project("q", heads * headSize), start, tables);
    const keys = rope(project("k", keyValueHeads * headSize), start, tables);
    const values = project("v", keyValueHeads * headSize);
    const byHead = (value: Value): Value => transpose(reshape(value, [batch, length, keyValueHeads, headSize]), [0, 2, 1, 3]);
    const q = transpose(reshape(queries, [batch, length, keyValueHeads, groups, headSize]), [0, 2, 3, 1, 4]);
    const mixed = attention(q, byHead(keys), byHead(values), bias);
    return linear(reshape(transpose(mixed, [0, 3, 1, 2, 4]), [rows, heads * headSize]), weight("o"));
  };

  return {
    config,
    batch,
    length,
    hidden(tokens, segments) {
      const bias = attentionBias(segments);
      let x = reshape(gatherRows(parameters("model.embed_tokens.weight"), tokens), [rows, hiddenSize]);
      for (let layer = 0; layer < config.layers; layer++) {
        const norm = (name: string): Value => rmsNorm(x, parameters(`model.layers.${layer}.${name}_layernorm.weight`), normEpsilon);
        x = add(x, attend(layer, norm("input"), bias));
        x = add(x, feedForward(parameters, layer, norm("post_attention")));
      }
      return reshape(rmsNorm(x, parameters("model.norm.weight"), normEpsilon), [batch, length, hiddenSize]);
    },
    logits: (hidden) => linear(hidden, parameters(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight")),
    tokenLogprobs: pickLogprobs,
    scalar(hidden) {
      return reshape(linear(hidden, parameters(SCALAR_HEAD)), hidden.shape.slice(0, -1));
    },
  };
}
