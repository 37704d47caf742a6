import { afterAll, describe, expect, test } from "vitest";
import { gemmaChanges, smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { initialWeights } from "../checkpoint/weights.ts";
import { type Site, siteNames, siteOf, siteWidth } from "../graph/sites.ts";
import { Transformer } from "../transformer.ts";
import type { SiteEdit } from "./edits.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 272 });
const sizes = { vocabularySize: 272, hiddenSize: 32, feedForwardSize: 48, heads: 4, keyValueHeads: 2 };
const random = rng(4, "activations");
const sequences = Array.from({ length: 9 }, () =>
  Array.from({ length: 2 + random.integer(30) }, () => 1 + random.integer(271)),
);
const total = sequences.reduce((sum, { length }) => sum + length, 0);
const models = new Map<string, Promise<Transformer>>();
const open = (variant: "llama" | "gemma"): Promise<Transformer> => {
  const config = smallConfig({ ...sizes, ...(variant === "gemma" && gemmaChanges) });
  const made =
    models.get(variant) ??
    Transformer.create({ config, weights: initialWeights(config, rng(3), { embeddingStd: 0.2 }), tokenizer });
  models.set(variant, made);
  return made;
};
afterAll(async () => {
  for (const model of models.values()) await (await model).dispose();
});

const flat = (parts: readonly Float32Array[]): number[] => parts.flatMap((part) => [...part]);
const drawDirection = (site: Site, model: Transformer): Float32Array =>
  Float32Array.from({ length: siteWidth(site, model.config) }, () => random.normal());

describe.each(["llama", "gemma"] as const)("the sites of a %s", (variant) => {
  test.each(siteNames)("writing back what is read at %s changes no bit", async (name) => {
    const model = await open(variant);
    for (const layer of [0, 1]) {
      const site = siteOf(layer, name);
      const [values] = await model.activations(sequences, [site]);
      const plain = await model.logprobs(sequences);
      const untouched = await model.logprobsWith(sequences, { site, values: values!, mask: new Uint8Array(total) });
      const written = await model.logprobsWith(sequences, { site, values: values! });
      expect([...written]).toEqual([...untouched]);
      const wrong = flat(plain).map((value, index) => Math.abs(value - written[index]!));
      expect(Math.max(...wrong)).toBeLessThan(1e-5);
      const zero = await model.logprobsWith(sequences, { site, values: new Float32Array(values!.length) });
      expect(Math.max(...written.map((value, index) => Math.abs(value - zero[index]!)))).toBeGreaterThan(1e-4);
    }
  });
});

test("what is written at one token changes nothing before it, nor in another sequence", async () => {
  const model = await open("llama");
  const site = siteOf(0, "resid_post");
  const [values] = await model.activations(sequences, [site]);
  const at = 5;
  const before = sequences.slice(0, 3).reduce((sum, { length }) => sum + length, 0);
  const mask = new Uint8Array(total);
  mask[before + at] = 1;
  const [plain, moved] = [
    await model.logprobsWith(sequences, { site, values: values! }),
    await model.logprobsWith(sequences, { site, values: values!.map((x) => x + 1), mask }),
  ];
  const changed = [...plain.keys()].filter((index) => plain[index] !== moved[index]);
  expect(Math.min(...changed)).toBe(before + at + 1);
  expect(Math.max(...changed)).toBeLessThan(before + sequences[3]!.length);
});

test("edits do in the graph what writing does by hand", async () => {
  const model = await open("gemma");
  const site = siteOf(1, "resid_pre");
  const direction = drawDirection(site, model);
  const norm = Math.hypot(...direction);
  const [values] = await model.activations(sequences, [site]);
  const rewrite = (edit: (x: Float32Array) => Float32Array): Float32Array => {
    const width = direction.length;
    return Float32Array.from({ length: total }, (_, t) => t).reduce((all, t) => {
      all.set(edit(values!.subarray(t * width, (t + 1) * width)), t * width);
      return all;
    }, new Float32Array(values!.length));
  };
  const along = (x: Float32Array): number => x.reduce((sum, value, i) => sum + (value * direction[i]!) / norm, 0);
  const cases: readonly (readonly [SiteEdit, Float32Array])[] = [
    [{ site, direction, kind: "add", strength: 0.7 }, rewrite((x) => x.map((value, i) => value + 0.7 * direction[i]!))],
    [
      { site, direction, kind: "set", at: 2 },
      rewrite((x) => x.map((value, i) => value + ((2 - along(x)) * direction[i]!) / norm)),
    ],
  ];
  for (const [edit, written] of cases) {
    const [edited, expected] = [
      flat(await model.logprobs(sequences, { edits: [edit] })),
      await model.logprobsWith(sequences, { site, values: written }),
    ];
    expect(Math.max(...edited.map((value, index) => Math.abs(value - expected[index]!)))).toBeLessThan(2e-5);
  }
});

describe.each(["llama", "gemma"] as const)("a text of a %s", (variant) => {
  test.each(["graph", "kernels"] as const)(
    "is sampled by the %s under the edits under which it is scored, prefixes shared or not",
    async (engine) => {
      const model = await open(variant);
      const prefix = Array.from({ length: 12 }, () => 1 + random.integer(271));
      const requests = Array.from({ length: 6 }, (_, n) => ({
        id: `r${n}`,
        seed: 9,
        tokens: [...(n < 4 ? prefix : []), 1 + random.integer(271), 1 + random.integer(271)],
      }));
      for (const name of siteNames) {
        const [early, late] = [siteOf(0, name), siteOf(1, name)];
        const edits: readonly SiteEdit[] = [
          { site: early, direction: drawDirection(early, model), kind: "add", strength: 0.5 },
          { site: late, direction: drawDirection(late, model), kind: "set", at: 1.5 },
          { site: late, direction: drawDirection(late, model), kind: "add", strength: -0.3 },
        ];
        const sampled = new Map<string, { tokens: number[]; logprobs: number[] }>();
        for await (const one of model.generate(requests, { maxTokens: 8, edits, engine })) sampled.set(one.id, one);
        const whole = requests.map(({ id, tokens }) => [...tokens, ...sampled.get(id)!.tokens]);
        const scored = await model.logprobs(whole, { edits });
        const plain = await model.logprobs(whole);
        let moved = 0;
        for (const [index, { id, tokens }] of requests.entries()) {
          for (const [step, logprob] of sampled.get(id)!.logprobs.entries()) {
            expect(logprob, name).toBeCloseTo(scored[index]![tokens.length + step]!, 3);
            moved = Math.max(moved, Math.abs(logprob - plain[index]![tokens.length + step]!));
          }
        }
        expect(moved, name).toBeGreaterThan(1e-3);
      }
    },
  );
});

test("questions of different sites at once are each answered as they are alone", async () => {
  const model = await open("llama");
  const sites = [siteOf(0, "mlp_post"), siteOf(1, "resid_post"), siteOf(0, "mlp_post")];
  const alone: Float32Array[] = [];
  for (const site of sites) alone.push((await model.activations(sequences, [site]))[0]!);
  const score = (index: number) => model.logprobsWith(sequences, { site: sites[index]!, values: alone[index]! });
  const scored = [await score(0), await score(1)];
  const together = await Promise.all([
    ...sites.map(async (site) => (await model.activations(sequences, [site]))[0]!),
    score(0),
    score(1),
  ]);
  expect(together).toEqual([...alone, ...scored]);
});

test("sites, widths and numbers that cannot be are named", async () => {
  const model = await open("llama");
  const site = siteOf(1, "mlp_post");
  await expect(model.activations([[1]], [siteOf(2, "resid_post")])).rejects.toThrow(
    /blocks\.2\.hook_resid_post[\s\S]*0 to 1/,
  );
  const values = new Float32Array(48);
  await expect(model.logprobsWith([[1, 2]], { site, values })).rejects.toMatchObject({ code: "shape-mismatch" });
  await expect(model.logprobsWith([[1]], { site, values: values.fill(Number.NaN) })).rejects.toMatchObject({
    code: "not-finite",
  });
  const edits: readonly SiteEdit[] = [{ site, direction: new Float32Array(48), kind: "set", at: 0 }];
  await expect(model.logprobs([[1, 2]], { edits })).rejects.toThrow(/not all of them 0/);
});
