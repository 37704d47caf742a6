import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { readFeature, readFindings } from "../inside/index.ts";
import { harborFolder } from "../project/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = join(harborFolder, "checkpoint");
const small = ["--activations", "4096", "--passes", "2", "--size", "64", "--k", "6", "--json"];

test("a dictionary is learned, measured beside its controls, and shown; what cannot be is said", async () => {
  const folder = join(temporaryFolder(), "features", "dictionary");
  const trained = await preceptHere(["features", "train", model, ...small, "--out", folder]);
  expect([trained.code, trained.stderr]).toEqual([0, ""]);
  expect(JSON.parse(trained.stdout)).toMatchObject({
    ...{ folder, hook_name: "blocks.2.mlp.hook_post", precept: { kind: "batch-topk", k: 6, dead: expect.any(Number) } },
  });
  // The same command finds it there.
  expect((await preceptHere(["features", "train", model, ...small, "--out", folder])).stdout).toBe(trained.stdout);

  const named = ["--model", model];
  const evaluated = await preceptHere(["features", "evaluate", folder, ...named, "--items", "120", "--json"]);
  expect([evaluated.code, evaluated.stderr]).toEqual([0, ""]);
  const { loss, attributes } = JSON.parse(evaluated.stdout);
  expect(loss.model).toBeLessThan(loss.rebuilt);
  expect(loss.rebuilt).toBeLessThan(loss.meanAblated);
  expect(loss.recovered.low).toBeLessThanOrEqual(loss.recovered.estimate);
  expect(Object.keys(attributes[0].best)).toEqual(["feature", "probe", "neuron", "random", "untrained"]);

  const kept = readFindings(join(folder, "..", ".."));
  expect(kept.dictionaries).toMatchObject([{ name: "dictionary", evaluation: { size: 64 }, card: { k: 6 } }]);
  expect(kept.dictionaries[0]?.pages.length).toBeGreaterThan(3);

  const shown = await preceptHere(["features", "show", folder, ...named, "--feature", "3", "--items", "80"]);
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  expect(shown.stdout).toMatch(/dictionary\/3[\s\S]*active[\s\S]*raises[\s\S]*neurons/);

  const twin = ["--feature", "3", "--items", "40", "--beside", folder, "--json"];
  expect(JSON.parse((await preceptHere(["features", "show", folder, ...named, ...twin])).stdout)).toMatchObject({
    twin: { dictionary: "dictionary", feature: 3, correlation: expect.closeTo(1, 5) },
    attribute: { f1: expect.any(Number), holds: expect.any(Array), others: expect.any(Array) },
  });
  expect(readFeature(folder, 3)).toMatchObject({ twin: { correlation: expect.closeTo(1, 5) }, page: { feature: 3 } });
  const file = `${folder}.json`;
  const exported = ["--feature", "62", "--count", "9", "--items", "40", "--neuronpedia", file];
  expect((await preceptHere(["features", "show", folder, ...named, ...exported])).code).toBe(0);
  const { features, layer, sae_set } = JSON.parse(readFileSync(file, "utf8"));
  expect([layer, sae_set]).toEqual([2, "blocks.2.mlp.hook_post/dictionary"]);
  expect(features.map(({ feature_index }: { feature_index: number }) => feature_index)).toEqual([62, 63]);
  for (const { tokens, values, bin_min, bin_max } of features[0].activations) {
    expect(values).toHaveLength(tokens.length);
    expect(Math.max(...values)).toBeGreaterThanOrEqual(bin_min - 1e-4);
    expect(Math.max(...values)).toBeLessThanOrEqual(bin_max + 1e-4);
  }

  const transcoder = `${folder}-transcoder`;
  const longer = ["--activations", "4096", "--passes", "30", "--rate", "0.01", "--size", "64", "--k", "6", "--json"];
  const coded = await preceptHere(["features", "train", model, ...longer, "--transcoder", "--out", transcoder]);
  expect(JSON.parse(coded.stdout)).toMatchObject({
    hook_name: "blocks.2.hook_resid_mid",
    hook_name_out: "blocks.2.hook_mlp_out",
  });
  const costs = await preceptHere([
    "features",
    "evaluate",
    transcoder,
    ...named,
    "--items",
    "60",
    "--without-untrained",
    "--json",
  ]);
  expect(JSON.parse(costs.stdout).loss.rebuilt).toBeLessThan(JSON.parse(costs.stdout).loss.meanAblated);
  const stale = await preceptHere(["features", "train", model, ...small, "--site", "residual", "--out", folder]);
  expect([stale.code, stale.stderr]).toEqual([1, expect.stringContaining("blocks.2.mlp.hook_post")]);

  const beyond = await preceptHere(["features", "show", folder, ...named, "--feature", "64"]);
  expect([beyond.code, beyond.stderr]).toEqual([2, expect.stringContaining("0 to 63")]);
  const strange = await preceptHere(["features", "train", model, "--layer", "7", "--out", `${folder}-7`]);
  expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining("0 to 3")]);
  const hosted = await preceptHere(["features", "train", "openai:gpt-4o", "--out", `${folder}-8`]);
  expect([hosted.code, hosted.stderr]).toEqual([2, expect.stringContaining("hosted model shows nothing within")]);
}, 240_000);
