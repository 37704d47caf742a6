import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { saveDictionary } from "../../interpretability/index.ts";
import { hashModel, packageVersion } from "../../storage/index.ts";
import { harborFolder } from "../harbor/inputs.ts";
import { openFeatures } from "./open-features.ts";
import { showFeature } from "./show-feature.ts";

const checkpoint = join(harborFolder, "checkpoint");
let run = "";
beforeEach(() => {
  run = temporaryFolder();
  mkdirSync(join(run, "rl-cai"));
  cpSync(checkpoint, join(run, "rl-cai", "checkpoint"), { recursive: true });
  const manifest = {
    ...{ format: 2, kind: "project", version: packageVersion, node: "v24", platform: "linux-x64", gitCommit: null },
    ...{ command: "demo", seed: 1, config: { world: { name: "harbor" } }, inputs: {}, stages: {} },
  };
  writeFileSync(join(run, "manifest.json"), JSON.stringify(manifest));
});

/** A dictionary of nothing, of so many numbers at a site. */
async function makeDictionary(inputs: number, site: string, hash?: string): Promise<string> {
  const folder = join(run, "features", "d");
  const numbers = (length: number): Float32Array => new Float32Array(length).fill(0.1);
  const dictionary = {
    ...{ inputs, outputs: inputs, features: 3, encoder: numbers(3 * inputs), encoderBias: numbers(3) },
    ...{ decoder: numbers(3 * inputs), decoderBias: numbers(inputs), thresholds: numbers(3) },
  };
  const models = [{ name: "demo@rl-cai", hash: hash ?? (await hashModel(checkpoint)) }];
  const precept = {
    ...{ models, kind: "batch-topk" as const, k: 2, l1: 0, seed: 1, texts: "t", rows: 9, steps: 1, batch: 9 },
    ...{ learningRate: 1, seconds: 1, unexplained: 0.5, l0: 2, dead: 0 },
  };
  const meta = { model_name: "demo@rl-cai", hook_name: site, hook_layer: 2, precept };
  saveDictionary(folder, { dictionary, meta });
  return folder;
}

const site = "blocks.2.mlp.hook_post";

test("a dictionary is opened with the checkpoint beside it, and a number beyond its size is said", async () => {
  const features = await openFeatures(await makeDictionary(384, site), undefined, 1);
  expect([features.place.folder, features.site]).toEqual([join(run, "rl-cai", "checkpoint"), site]);
  for (const feature of [3, -1])
    await expect(showFeature(features, feature, { texts: 4 })).rejects.toMatchObject({
      ...{ code: "usage", details: { expected: "a number from 0 to 2" } },
    });
  await features.close();
});

test("weights that are no longer those it learned from are refused by their hash, unless they are named", async () => {
  const folder = await makeDictionary(384, site, "00ff00ff00ff00ff");
  await expect(openFeatures(folder, undefined, 1)).rejects.toMatchObject({
    ...{
      code: "run-invalid",
      details: { expected: expect.stringContaining("00ff00ff00ff"), remedy: expect.any(String) },
    },
  });
  const named = await openFeatures(folder, checkpoint, 1);
  await named.close();
});

test("a model that has no such site, or another width there, is refused before anything is read", async () => {
  for (const [inputs, at, found] of [
    [64, site, "384 numbers wide"],
    [384, "blocks.9.mlp.hook_post", "a model of 4 layers"],
  ] as const) {
    const opened = openFeatures(await makeDictionary(inputs, at), checkpoint, 1);
    await expect(opened).rejects.toMatchObject({
      code: "usage",
      details: { found: expect.stringContaining(found), remedy: expect.stringContaining("demo@rl-cai") },
    });
  }
});

test("a checkpoint of another family is named before anything is learned", async () => {
  const path = join(run, "rl-cai", "checkpoint", "config.json");
  const config = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...config, architectures: ["GPT2LMHeadModel"], model_type: "gpt2" }));
  await expect(openFeatures(await makeDictionary(384, site), undefined, 1)).rejects.toMatchObject({
    ...{ code: "checkpoint-invalid", message: expect.stringContaining("gpt2") },
  });
});
