import { afterAll, beforeAll, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import {
  initialWeights,
  SCALAR_HEAD,
  type TransformerConfig,
  type Weights,
  withScalarHead,
} from "../../transformer/index.ts";
import { outputOf } from "./gradient-graph.ts";
import { GradientReader } from "./gradient-reader.ts";
import { isAttributed } from "./linear-layers.ts";
import { type ComparisonExample, type CompletionExample, comparisonLoss, completionLoss } from "./losses.ts";
import { drawProjection } from "./projections.ts";

const config: TransformerConfig = {
  vocabularySize: 11,
  hiddenSize: 8,
  feedForwardSize: 12,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  contextLength: 64,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};
const scores = rng(6);
// A new head is all zeros, and no gradient would pass it.
const weights: Weights = new Map(
  [...withScalarHead(config, initialWeights(config, rng(5)), 1)].map(([name, { shape, data }]) => [
    name,
    { shape, data: name === SCALAR_HEAD ? data.map(() => scores.normal()) : data },
  ]),
);
const names = [...weights.keys()].filter(isAttributed);
const completions: CompletionExample[] = [
  { tokens: [1, 2, 3, 4], weights: [0, 0, 1, 1] },
  { tokens: [5, 6, 7], weights: [0, 1, 1] },
  { tokens: [1, 9, 10, 2, 3, 4, 8], weights: [0, 0, 0, 1, 1, 1, 0.5] },
];
const comparisons: ComparisonExample[] = [
  {
    sequences: [
      [1, 2, 3],
      [1, 4],
    ],
    label: 0.9,
    weight: 1,
  },
  {
    sequences: [
      [5, 6],
      [7, 8, 9, 10],
    ],
    label: 0.2,
    weight: 2,
  },
];
let completion: GradientReader<CompletionExample>;
let comparison: GradientReader<ComparisonExample>;
beforeAll(async () => {
  const options = { config, weights, projection: 3, seed: 7 };
  completion = await GradientReader.create({ ...options, loss: completionLoss });
  comparison = await GradientReader.create({ ...options, loss: comparisonLoss });
});
afterAll(async () => {
  await completion.dispose();
  await comparison.dispose();
});

/** The gradients of one example by itself, by weight. */
async function readAlone<X>(reader: GradientReader<X>, example: X): Promise<Map<string, Float32Array>> {
  const outputs = await reader.read([example], ["gradients"]);
  return new Map(names.map((name) => [name, outputs[outputOf.gradient(name)] as Float32Array]));
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

test.each(["completions", "comparisons"])(
  "a batch of %s has the gradients of a loop of single backward passes",
  async (kind) => {
    const check = async <X>(reader: GradientReader<X>, examples: readonly X[]): Promise<void> => {
      const batch = await reader.read(examples, ["gradients", "squares"]);
      for (const [i, example] of examples.entries()) {
        let squares = 0;
        for (const [name, own] of await readAlone(reader, example)) {
          const all = batch[outputOf.gradient(name)] as Float32Array;
          const part = all.subarray(i * own.length, (i + 1) * own.length);
          for (const [place, value] of own.entries()) expect(part[place]).toBeCloseTo(value, 5);
          squares += dot(own, own);
        }
        expect(squares).toBeGreaterThan(0);
        expect((batch["squares"]?.[i] ?? 0) / squares).toBeCloseTo(1, 4);
      }
    };
    if (kind === "completions") await check(completion, completions);
    else await check(comparison, comparisons);
  },
);

test("a gradient is the slope of the example's own loss, by central differences", async () => {
  const [example] = completions as [CompletionExample];
  const gradients = await readAlone(completion, example);
  const lossAt = async (name: string, place: number, by: number): Promise<number> => {
    const moved: Weights = new Map(
      [...weights].map(([own, tensor]) => {
        if (own !== name) return [own, tensor];
        const data = tensor.data.slice();
        data[place] = (data[place] ?? 0) + by;
        return [own, { ...tensor, data }];
      }),
    );
    const reader = await GradientReader.create({ config, weights: moved, loss: completionLoss, seed: 7 });
    try {
      return (await reader.read([example], []))["loss"]?.[0] ?? Number.NaN;
    } finally {
      await reader.dispose();
    }
  };
  for (const name of ["model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight"]) {
    const own = gradients.get(name) as Float32Array;
    // The steepest place: elsewhere float32's rounding is as large as the slope.
    const place = own.reduce((best, value, i) => (Math.abs(value) > Math.abs(own[best] ?? 0) ? i : best), 0);
    const slope = ((await lossAt(name, place, 1e-2)) - (await lossAt(name, place, -1e-2))) / 2e-2;
    expect(slope / (own[place] ?? 0)).toBeCloseTo(1, 2);
  }
});

test("a comparison's gradient vanishes where its label is what the model says, and turns with the label", async () => {
  const [pair] = comparisons as [ComparisonExample];
  const { margin = new Float32Array() } = await comparison.read([pair], []);
  const believed = 1 / (1 + Math.exp(-(margin[0] ?? 0)));
  const squares = async (label: number): Promise<number> =>
    (await comparison.read([{ ...pair, label }], ["squares"]))["squares"]?.[0] ?? Number.NaN;
  const [still, up, down] = [await squares(believed), await squares(believed + 0.2), await squares(believed - 0.2)];
  expect(still).toBeLessThan(1e-9);
  expect(up / down).toBeCloseTo(1, 3);
});

test("projections are those of the whole gradient: by hand, layer by layer", async () => {
  const [first] = completions as [CompletionExample];
  const gradients = await readAlone(completion, first);
  const { projected = new Float32Array() } = await completion.read([first], ["projected"]);
  // The first layer: queries, keys and values read one input, so their projected gradients are summed.
  const layer = "model.layers.0.self_attn.q_proj.weight";
  const input = drawProjection(config.hiddenSize, 3, 7, `project.input.${layer}`).data as Float32Array;
  const expected = new Float64Array(9);
  for (const part of ["q", "k", "v"]) {
    const name = layer.replace("q_proj", `${part}_proj`);
    const gradient = gradients.get(name) as Float32Array;
    const out = gradient.length / config.hiddenSize;
    const output = drawProjection(out, 3, 7, `project.output.${name}`).data as Float32Array;
    for (let o = 0; o < out; o++)
      for (let i = 0; i < config.hiddenSize; i++)
        for (let r = 0; r < 3; r++)
          for (let c = 0; c < 3; c++)
            expected[3 * r + c] =
              (expected[3 * r + c] ?? 0) +
              (gradient[o * config.hiddenSize + i] ?? 0) * (output[3 * o + r] ?? 0) * (input[3 * i + c] ?? 0);
  }
  expect(projected).toHaveLength(8 * 9);
  for (const [place, value] of expected.entries()) expect(projected[place]).toBeCloseTo(value, 5);
});

test("products of projections are products of gradients on the average over seeds", async () => {
  const [first, , third] = completions as [CompletionExample, CompletionExample, CompletionExample];
  const [a, b] = [await readAlone(completion, first), await readAlone(completion, third)];
  const exact = names.reduce((sum, name) => sum + dot(a.get(name) ?? [], b.get(name) ?? []), 0);
  const seeds = 20;
  const products: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const reader = await GradientReader.create({ config, weights, loss: completionLoss, projection: 3, seed });
    const { projected = new Float32Array() } = await reader.read([first, third], ["projected"]);
    products.push(dot(projected.subarray(0, 72), projected.subarray(72, 144)));
    await reader.dispose();
  }
  const mean = products.reduce((sum, value) => sum + value, 0) / seeds;
  const error = Math.sqrt(products.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1) / seeds);
  expect(Math.abs(mean - exact)).toBeLessThan(4 * error);
});

test("what is read of an example depends neither on its batch nor on its place in it", async () => {
  const wanted = ["projected", "squares"] as const;
  const whole = await completion.read(completions, wanted);
  const turned = await completion.read([...completions].reverse(), wanted);
  const rows = (outputs: typeof whole): number[][] =>
    completions.map((_, i) => Array.from(outputs["projected"]?.subarray(i * 72, (i + 1) * 72) ?? []));
  for (const [i, row] of rows(whole).entries())
    for (const [place, value] of row.entries()) expect(rows(turned)[2 - i]?.[place]).toBeCloseTo(value, 5);
});
