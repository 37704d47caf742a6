import { expect, it } from "vitest";
import { type Parameters64, referenceHidden } from "../../../test/support/reference-transformer.ts";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { Graph, loadSession, toOnnx, toRuntime, type Value } from "../../tensor/index.ts";
import { initialWeights } from "../checkpoint/weights.ts";
import { inferenceGraph, ownParameters } from "../inference/inference-graph.ts";
import { graphModel, parametersFrom } from "./model.ts";
import { type SiteListener, siteNames, siteOf, siteWidth } from "./sites.ts";

const config = smallConfig({
  vocabularySize: 11,
  hiddenSize: 12,
  feedForwardSize: 10,
  heads: 4,
  keyValueHeads: 2,
  headSize: 4,
  contextLength: 8,
  ropeTheta: 50,
});
const weights = initialWeights(config, rng(1), { embeddingStd: 0.5 });
const rows = [
  [3, 1, 4, 1, 5, 9],
  [2, 6, 5, 3, 5, 8],
];
const [batch, length] = [rows.length, 6];
const tokens = toRuntime({ dtype: "int32", shape: [batch, length], data: Int32Array.from(rows.flat()) });
const names = [0, 1].flatMap((layer) => siteNames.map((name) => siteOf(layer, name)));

/** Collects the sites of a graph. */
const collectInto =
  (sites: Record<string, Value>): SiteListener =>
  (site, value) => {
    sites[site] = value;
    return undefined;
  };

/** Every site by the reference, row after row and position after position. */
const expected = new Map<string, number[]>(names.map((name) => [name, []]));
const parameters64: Parameters64 = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
for (const row of rows)
  referenceHidden(
    config,
    parameters64,
    row,
    row.map(() => 1),
    (site, _, value) => expected.get(site)?.push(...value),
  );

function expectReference(results: Readonly<Record<string, { readonly data: unknown }>>): void {
  for (const name of names) {
    const found = results[name]?.data as Float32Array;
    expect(found, name).toHaveLength(batch * length * siteWidth(name, config));
    const wrong = (expected.get(name) ?? []).map((value, index) => Math.abs(value - (found[index] ?? Number.NaN)));
    expect(Math.max(...wrong), name).toBeLessThan(1e-5);
  }
}

it("names the sites as TransformerLens does", () => {
  expect(names.slice(0, 6)).toEqual([
    "blocks.0.hook_resid_pre",
    "blocks.0.hook_attn_out",
    "blocks.0.hook_resid_mid",
    "blocks.0.mlp.hook_post",
    "blocks.0.hook_mlp_out",
    "blocks.0.hook_resid_post",
  ]);
});

it("finds at every site of the training graph what the reference transformer has there", async () => {
  const graph = new Graph();
  const sites: Record<string, Value> = {};
  const inputs = new Map([...weights].map(([name, { shape }]) => [name, graph.input(name, "float32", shape)]));
  const model = graphModel(graph, config, parametersFrom(inputs), {
    batch,
    length,
    onSite: collectInto(sites),
  });
  model.hiddenStates(
    graph.input("tokens", "int32", [batch, length]),
    graph.input("segments", "int32", [batch, length]),
  );
  expect(Object.keys(sites)).toEqual(names);
  const session = await loadSession(toOnnx(graph, sites), 1);
  const segments = toRuntime({ dtype: "int32", shape: [batch, length], data: new Int32Array(batch * length).fill(1) });
  const fed = [...weights].map(([name, { shape, data }]) => [name, toRuntime({ dtype: "float32", shape, data })]);
  expectReference(await session.run({ tokens, segments, ...Object.fromEntries(fed) }));
});

it("finds the same in the inference graph", async () => {
  const sites: Record<string, Value> = {};
  const { graph } = inferenceGraph(config, ownParameters(weights), {
    cached: false,
    wanted: "sample",
    onSite: collectInto(sites),
  });
  const session = await loadSession(toOnnx(graph, sites), 1);
  const positions = BigInt64Array.from(rows.flatMap((row) => row.map((_, position) => BigInt(position))));
  const groups = config.heads / config.keyValueHeads;
  const bias = Float32Array.from({ length: groups * length * length }, (_, i) =>
    i % length > Math.floor(i / length) % length ? -1e9 : 0,
  );
  const feeds = {
    tokens,
    positions: toRuntime({ dtype: "int64", shape: [batch, length], data: positions }),
    newBias: toRuntime({ dtype: "float32", shape: [1, 1, groups * length, length], data: bias }),
    wanted: toRuntime({ dtype: "int32", shape: [1], data: Int32Array.of(0) }),
    inverseTemperature: toRuntime({ dtype: "float32", shape: [], data: Float32Array.of(1) }),
  };
  expectReference(await session.run(feeds));
});
