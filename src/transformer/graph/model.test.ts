import { describe, expect, it } from "vitest";
import { type Parameters64, referenceHidden, referenceLogprob } from "../../../test/support/reference-transformer.ts";
import { gemmaChanges, smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { gradients } from "../../tensor/gradients.ts";
import { Graph, toOnnx, type Value } from "../../tensor/graph.ts";
import type { RuntimeTensor } from "../../tensor/onnxruntime.ts";
import { reduceSum } from "../../tensor/operators/broadcast.ts";
import { mul } from "../../tensor/operators/elementwise.ts";
import { loadSession, toRuntime } from "../../tensor/runtime.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { initialWeights, type Weights } from "../checkpoint/weights.ts";
import { graphModel, parametersFrom } from "./model.ts";

const [B, T] = [2, 6];

const variants: Readonly<Record<string, Partial<TransformerConfig>>> = {
  "tied embeddings": {},
  "an own output matrix": { tiedEmbeddings: false },
  "all that Gemma 3 has": gemmaChanges,
  "biases as in Qwen2, normalized queries and keys as in Qwen3": { attentionBias: "qkv", qkNorm: true },
  "biases everywhere, a layer without RoPE as in SmolLM3": { attentionBias: "qkvo", mlpBias: true, noRopeLayers: [1] },
  "a sliding window as in Mistral": { slidingWindow: 2 },
  "a sliding window in one layer, linear scaling": {
    slidingWindow: 3,
    slidingLayers: [1],
    ropeScaling: { type: "linear", factor: 2.5 },
  },
};

const tinyConfig = (variant: Partial<TransformerConfig> = {}): TransformerConfig =>
  smallConfig({
    ...{
      vocabularySize: 11,
      hiddenSize: 12,
      feedForwardSize: 10,
      heads: 4,
      keyValueHeads: 2,
      headSize: 4,
      contextLength: 8,
      ropeTheta: 50,
    },
    ...variant,
  });

/** Weights with nothing at its starting value, so that every parameter matters. */
function makeWeights(config: TransformerConfig): Weights {
  const weights = initialWeights(config, rng(1), { scalarHead: true, embeddingStd: 0.5 });
  for (const [name, { data }] of weights) {
    const random = rng(2, name);
    for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + 0.3 * random.normal();
  }
  return weights;
}

interface Row {
  readonly tokens: readonly number[];
  readonly segments: readonly number[];
  readonly targets: readonly number[];
}

const random = rng(3, "rows");
const draw = (): number[] => Array.from({ length: T }, () => random.integer(11));
const rows: readonly Row[] = [
  { tokens: draw(), segments: [1, 1, 1, 1, 1, 1], targets: draw() },
  { tokens: draw(), segments: [1, 1, 2, 2, 2, 0], targets: draw() },
];
const flat = (key: keyof Row, of: readonly Row[] = rows): Int32Array => Int32Array.from(of.flatMap((row) => row[key]));
const coefficients = Float32Array.from({ length: 2 * B * T }, () => random.normal());

/** Per-token log-probabilities, scalars, and the gradients of sum(c · both). */
async function run(
  config: TransformerConfig,
  weights: Weights,
  of: readonly Row[] = rows,
): Promise<Record<string, Float32Array>> {
  const graph = new Graph();
  const parameters = new Map([...weights].map(([name, { shape }]) => [name, graph.input(name, "float32", shape)]));
  const model = graphModel(graph, config, parametersFrom(parameters), { batch: B, length: T });
  const hidden = model.hiddenStates(graph.input("tokens", "int32", [B, T]), graph.input("segments", "int32", [B, T]));
  const logprobs = model.tokenLogprobs(model.logits(hidden), graph.input("targets", "int32", [B, T]));
  const scalars = model.scalar(hidden);
  const weigh = (x: Value, from: number): Value =>
    reduceSum(mul(x, graph.constant([...coefficients.slice(from, from + B * T)], "float32", [B, T])));
  const slopes = gradients(
    graph.apply(
      "Sum",
      [weigh(logprobs, 0), weigh(scalars, B * T)],
      { dtype: "float32", shape: [] },
      { gradient: (dy) => [dy, dy] },
    ),
    [...parameters.values()],
  );
  const outputs = Object.fromEntries([...weights.keys()].map((name, i) => [`d.${name}`, slopes[i] as Value]));
  const session = await loadSession(toOnnx(graph, { logprobs, scalars, ...outputs }), 1);
  const feeds: Record<string, RuntimeTensor> = {};
  for (const key of ["tokens", "segments", "targets"] as const)
    feeds[key] = toRuntime({ dtype: "int32", shape: [B, T], data: flat(key, of) });
  for (const [name, { shape, data }] of weights) feeds[name] = toRuntime({ dtype: "float32", shape, data });
  const results = await session.run(feeds);
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
}

function reference(
  config: TransformerConfig,
  parameters: Parameters64,
): { logprobs: number[]; scalars: number[]; loss: number } {
  const states = rows.map(({ tokens, segments }) => referenceHidden(config, parameters, tokens, segments));
  const logprobs = rows.flatMap(({ targets }, r) =>
    targets.map((target, t) =>
      referenceLogprob(config, parameters, (states[r] as Float64Array[])[t] as Float64Array, target),
    ),
  );
  const head = parameters.get("score.weight") as Float64Array;
  const scalars = states.flat().map((state) => state.reduce((sum, x, i) => sum + x * (head[i] as number), 0));
  return {
    logprobs,
    scalars,
    loss: [...logprobs, ...scalars].reduce((sum, x, i) => sum + x * (coefficients[i] as number), 0),
  };
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - (b[i] as number))).reduce((m, x) => Math.max(m, x), 0);

describe.each(Object.entries(variants))("graphModel with %s", (_, variant) => {
  const config = tinyConfig(variant);
  const weights = makeWeights(config);
  const parameters: Parameters64 = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));

  it("computes the forward pass, with grouped queries and separate segments", async () => {
    const { logprobs, scalars } = await run(config, weights);
    const expected = reference(config, parameters);
    expect(worst(logprobs as Float32Array, expected.logprobs)).toBeLessThan(2e-5);
    expect(worst(scalars as Float32Array, expected.scalars)).toBeLessThan(2e-5);
  });

  it("has the gradients of central differences in float64, for every parameter tensor", async () => {
    const results = await run(config, weights);
    for (const [name, { data }] of weights) {
      const slope = results[`d.${name}`] as Float32Array;
      const scale = slope.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
      // Without rotation a bias of the keys shifts all scores of a query alike, and softmax does not see it.
      const isUnseen = (config.noRopeLayers ?? []).some(
        (layer) => name === `model.layers.${layer}.self_attn.k_proj.bias`,
      );
      if (isUnseen) expect(scale, name).toBeLessThan(1e-5);
      else expect(scale, name).toBeGreaterThan(1e-3);
      const pick = rng(5, name);
      for (let n = 0; n < 6; n++) {
        const at = pick.integer(data.length);
        const loss = (by: number): number => {
          const moved = (parameters.get(name) as Float64Array).slice();
          moved[at] = (moved[at] as number) + by;
          return reference(config, new Map([...parameters, [name, moved]])).loss;
        };
        const difference = (loss(1e-5) - loss(-1e-5)) / 2e-5;
        expect(Math.abs((slope[at] as number) - difference), `${name}[${at}]`).toBeLessThan(2e-5 * Math.max(1, scale));
      }
    }
  });
});

describe("graphModel", () => {
  const config = tinyConfig();
  const weights = makeWeights(config);

  it("permutes its results with the rows of a batch", async () => {
    const [straight, swapped] = [await run(config, weights), await run(config, weights, rows.toReversed())];
    const logprobs = straight["logprobs"] as Float32Array;
    expect([...(swapped["logprobs"] as Float32Array)]).toEqual([...logprobs.slice(T), ...logprobs.slice(0, T)]);
  });

  it("never looks ahead, nor into another segment", async () => {
    const before = (await run(config, weights))["logprobs"] as Float32Array;
    const [first, second] = rows as [Row, Row];
    const later = { ...first, tokens: first.tokens.with(4, (first.tokens[4] as number) === 0 ? 1 : 0) };
    const other = { ...second, tokens: second.tokens.with(0, (second.tokens[0] as number) === 0 ? 1 : 0) };
    const after = (await run(config, weights, [later, other]))["logprobs"] as Float32Array;
    expect([...after.slice(0, 4)]).toEqual([...before.slice(0, 4)]);
    expect(after[4]).not.toBe(before[4]);
    expect(after[T]).not.toBe(before[T]);
    expect([...after.slice(T + 2)]).toEqual([...before.slice(T + 2)]);
  });
});
