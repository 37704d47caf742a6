import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { smallConfig } from "../../../test/support/small-config.ts";
import { silentProgress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { initialWeights, siteOf, Transformer } from "../../transformer/index.ts";
import { ActivationStore, shardOf } from "./store.ts";
import { type ActivationJob, writeActivations } from "./write-store.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 272 });
const config = smallConfig({ vocabularySize: 272 });
const sites = [siteOf(0, "mlp_post"), siteOf(1, "resid_post")];
let model: Transformer;
beforeAll(async () => {
  model = await Transformer.create({ config, weights: initialWeights(config, rng(3)), tokenizer });
});
afterAll(() => model.dispose());

const textAt = (n: number): number[] => {
  const random = rng(5, "text", n);
  return Array.from({ length: 2 + random.integer(12) }, () => 1 + random.integer(271));
};

const jobOf = (folder: string, changes: Partial<ActivationJob> = {}): ActivationJob => ({
  ...{ folder, models: [{ hash: "a", model }], sites, textAt, textsName: "drawn", rows: 3000, rowsPerShard: 1000 },
  ...{ seed: 1, progress: silentProgress, ...changes },
});

const bytesOf = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "base64"));

test("holds what the model has at its sites, row for row, and hands every row out once a pass in another order", async () => {
  const folder = temporaryFolder();
  await writeActivations(jobOf(folder));
  const store = new ActivationStore(folder);
  const texts = Array.from({ length: 128 }, (_, n) => textAt(n));
  const [first] = (await model.activations(texts, [sites[0]!])) as [Float32Array];
  const rows = new Float32Array(readFileSync(shardOf(folder, 0)).buffer.slice(0));
  expect(rows.subarray(0, 24)).toEqual(first.subarray(0, 24));
  const seen = [0, 1].map((pass) =>
    Array.from({ length: 6 }, (_, batch) => store.batch(6 * pass + batch, 500)).map(([values]) => values!),
  );
  const key = (values: readonly Float32Array[]): string[] =>
    values.flatMap((part) => Array.from({ length: 500 }, (_, row) => part.subarray(row * 24, (row + 1) * 24).join()));
  expect(key(seen[0]!).sort()).toEqual(key(seen[1]!).sort());
  expect(key(seen[0]!)).not.toEqual(key(seen[1]!));
  expect(store.batch(3, 500)[0]).toEqual(seen[0]![3]);
});

test("a stopped writing goes on to the same bytes, and a shard that was cut is written again", async () => {
  const [whole, stopped] = [temporaryFolder(), temporaryFolder()];
  await writeActivations(jobOf(whole));
  const controller = new AbortController();
  let calls = 0;
  const stopping = (n: number): number[] => {
    if (++calls > 128 * 3) controller.abort();
    return textAt(n);
  };
  const job = jobOf(stopped, { textAt: stopping, signal: controller.signal });
  await expect(writeActivations(job)).rejects.toMatchObject({ code: "interrupted" });
  expect(() => new ActivationStore(stopped)).toThrow(/of 3 shards|none there/);
  await writeActivations(jobOf(stopped));
  expect(bytesOf(stopped)).toEqual(bytesOf(whole));
  truncateSync(shardOf(stopped, 1), 1234);
  expect(() => new ActivationStore(stopped)).toThrow(/00001\.f32, which is cut/);
  await writeActivations(jobOf(stopped));
  expect(bytesOf(stopped)).toEqual(bytesOf(whole));
});

test("two models share a store by halves; another model's store is refused, and so are numbers that are none", async () => {
  const folder = temporaryFolder();
  await writeActivations(
    jobOf(folder, {
      models: [
        { hash: "a", model },
        { hash: "b", model },
      ],
    }),
  );
  await expect(writeActivations(jobOf(folder))).rejects.toThrow(/those of another model/);
  const weights = initialWeights(config, rng(3));
  for (const name of ["up", "gate"]) weights.get(`model.layers.0.mlp.${name}_proj.weight`)!.data.fill(1e38);
  const broken = await Transformer.create({ config, weights, tokenizer });
  const job = jobOf(temporaryFolder(), { models: [{ hash: "c", model: broken }] });
  await expect(writeActivations(job)).rejects.toMatchObject({ code: "not-finite" });
  await broken.dispose();
});
