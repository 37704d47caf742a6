import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { referenceHidden, referenceLogprob } from "../../test/support/reference-transformer.ts";
import { smallConfig } from "../../test/support/small-config.ts";
import { rng } from "../rng.ts";
import { wordTokenizer } from "../tokenizer/index.ts";
import { initialWeights, withScalarHead } from "./checkpoint/weights.ts";
import type { GenerateRequest } from "./inference/generating.ts";
import type { GeneratedSequence } from "./inference/generation.ts";
import { type GenerateOptions, Transformer } from "./transformer.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 272 });
const config = smallConfig({ vocabularySize: 272, hiddenSize: 32, feedForwardSize: 48, heads: 4, keyValueHeads: 2 });
const weights = withScalarHead(config, initialWeights(config, rng(3, "weights"), { embeddingStd: 0.2 }));
const head = weights.get("score.weight")!.data;
const random = rng(4, "requests");
for (let i = 0; i < head.length; i++) head[i] = random.normal();

const randomTokens = (length: number): number[] => Array.from({ length }, () => 1 + random.integer(271));
const requests: GenerateRequest[] = Array.from({ length: 40 }, (_, n) => ({
  id: `r${n}`,
  tokens: randomTokens(1 + random.integer(20)),
  seed: 9,
}));
/** Requests that share a long beginning in groups, as critiques of one response do. */
const scans: GenerateRequest[] = Array.from({ length: 6 }, () => randomTokens(15)).flatMap((prefix, group) =>
  Array.from({ length: 4 }, (_, n) => ({
    id: `s${group}.${n}`,
    tokens: [...prefix, ...randomTokens(2 + random.integer(5))],
    seed: 9,
  })),
);

let model: Transformer;
beforeAll(async () => {
  model = await Transformer.create({ config, weights, tokenizer });
}, 60_000);
afterAll(() => model.dispose());

async function generate(
  asked: readonly GenerateRequest[],
  options: Partial<GenerateOptions> = {},
): Promise<Map<string, GeneratedSequence>> {
  const results = new Map<string, GeneratedSequence>();
  for await (const result of model.generate(asked, { maxTokens: 12, ...options })) results.set(result.id, result);
  return results;
}

const findResult = (results: Map<string, GeneratedSequence>, id: string): GeneratedSequence =>
  results.get(id) as GeneratedSequence;

describe("Transformer.generate", () => {
  it("gives log-probabilities that equal those of the whole sequence in one pass", async () => {
    const asked = [...requests, ...scans];
    const results = await generate(asked);
    expect(results.size).toBe(asked.length);
    const whole = await model.logprobs(asked.map(({ id, tokens }) => [...tokens, ...findResult(results, id).tokens]));
    for (const [index, { id, tokens }] of asked.entries()) {
      const { logprobs } = findResult(results, id);
      for (const [step, logprob] of logprobs.entries()) {
        expect(logprob).toBeCloseTo((whole[index] as Float32Array)[tokens.length + step] as number, 4);
      }
    }
  });

  it("gives the same bytes again, other bytes for another seed or id", async () => {
    const first = await generate(requests);
    expect(await generate(requests)).toEqual(first);
    const reseeded = await generate(requests.map((request) => ({ ...request, seed: 10 })));
    const renamed = await generate(requests.map((request) => ({ ...request, id: `x${request.id}` })));
    const countDifferent = (other: Map<string, GeneratedSequence>, prefix: string): number =>
      requests.filter(
        ({ id }) => String(findResult(first, id).tokens) !== String(findResult(other, prefix + id).tokens),
      ).length;
    expect(countDifferent(reseeded, "")).toBeGreaterThan(30);
    expect(countDifferent(renamed, "x")).toBeGreaterThan(30);
  });

  it("gives the same bytes on one thread and on two", async () => {
    const single = await Transformer.create({ config, weights, tokenizer, threads: 1 });
    const double = await Transformer.create({ config, weights, tokenizer, threads: 2 });
    const say = async (one: Transformer): Promise<GeneratedSequence[]> => {
      const results: GeneratedSequence[] = [];
      for await (const result of one.generate([...requests, ...scans], { maxTokens: 12 })) results.push(result);
      return results;
    };
    expect(await say(single)).toEqual(await say(double));
    const sequences = scans.map(({ tokens }) => tokens);
    expect(await single.logprobs(sequences)).toEqual(await double.logprobs(sequences));
    await Promise.all([single.dispose(), double.dispose()]);
  });

  it("says with our kernels what the graph says, up to float noise", async () => {
    const asked = [...requests, ...scans];
    const graph = await generate(asked);
    const kernels = await generate(asked, { engine: "kernels" });
    expect(await generate(asked, { engine: "auto" })).toEqual(kernels);
    let same = 0;
    for (const { id } of asked) {
      const [one, other] = [findResult(graph, id), findResult(kernels, id)];
      if (String(one.tokens) !== String(other.tokens)) continue;
      same++;
      expect(one.finishReason).toBe(other.finishReason);
      for (const [step, logprob] of one.logprobs.entries()) expect(logprob).toBeCloseTo(other.logprobs[step]!, 4);
    }
    expect(same).toBeGreaterThan(0.95 * asked.length);
  });

  it("says the same whatever else is asked, up to float noise", async () => {
    const together = await generate([...scans, ...requests]);
    let same = 0;
    for (const request of requests.slice(0, 10)) {
      const alone = findResult(await generate([request]), request.id);
      const other = findResult(together, request.id);
      if (String(alone.tokens) !== String(other.tokens)) continue;
      same++;
      for (const [step, logprob] of alone.logprobs.entries())
        expect(logprob).toBeCloseTo(other.logprobs[step] as number, 4);
    }
    expect(same).toBeGreaterThanOrEqual(9);
  });

  it("ends at a stop token, which it keeps, at maxTokens, or at the end of the context", async () => {
    const stopTokens = Array.from({ length: 60 }, (_, token) => token);
    const free = await generate(requests, { stopTokens: [] });
    for (const [id, { tokens, finishReason }] of await generate(requests, { stopTokens })) {
      const whole = findResult(free, id).tokens;
      const end = whole.findIndex((token) => stopTokens.includes(token));
      expect(tokens).toEqual(whole.slice(0, end === -1 ? 12 : end + 1));
      expect(finishReason).toBe(end === -1 ? "length" : "stop");
    }
    const long = [44, 47, 48].map((length, n) => ({ id: `${n}`, tokens: randomTokens(length), seed: 1 }));
    const ended = await generate(long, { stopTokens: [] });
    expect([...ended.values()].map(({ tokens }) => tokens.length)).toEqual([4, 1, 0]);
    expect([...ended.values()].every(({ finishReason }) => finishReason === "length")).toBe(true);
  });

  it("takes the most probable token at temperature 0, and with a tiny nucleus", async () => {
    const greedy = await generate(requests, { temperature: 0 });
    expect([...(await generate(requests, { topP: 1e-6 })).values()].map(({ tokens }) => tokens)).toEqual(
      [...greedy.values()].map(({ tokens }) => tokens),
    );
    const candidates = Array.from({ length: 272 }, (_, token) => token);
    const next = await model.nextLogprobs(requests.map(({ tokens }) => ({ tokens, candidates })));
    for (const [index, { id }] of requests.entries()) {
      const row = next[index] as Float32Array;
      expect(row.reduce((sum, logprob) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 4);
      expect(findResult(greedy, id).tokens[0]).toBe(row.indexOf(Math.max(...row)));
    }
  });

  it("draws from the distribution at the temperature asked", async () => {
    const tokens = randomTokens(6);
    const candidates = Array.from({ length: 272 }, (_, token) => token);
    const [row] = await model.nextLogprobs([{ tokens, candidates }]);
    for (const [temperature, topP] of [
      [1, 1],
      [0.5, 1],
      [2, 0.3],
    ] as const) {
      const masses = Array.from(row as Float32Array, (logprob) => Math.exp(logprob / temperature));
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      const probabilities = masses.map((mass) => mass / total);
      const ranked = [...probabilities.keys()].sort(
        (a, b) => (probabilities[b] as number) - (probabilities[a] as number),
      );
      let mass = 0;
      const nucleus = ranked.filter((token) => {
        const isIn = mass < topP;
        if (isIn) mass += probabilities[token] as number;
        return isIn;
      });
      const draws = Array.from({ length: 3000 }, (_, n) => ({ id: `${n}`, tokens, seed: 1 }));
      const counts = new Map<number, number>();
      for (const {
        tokens: [token = -1],
      } of (await generate(draws, { maxTokens: 1, temperature, topP })).values()) {
        counts.set(token, (counts.get(token) ?? 0) + 1);
      }
      for (const token of counts.keys()) expect(nucleus).toContain(token);
      for (const token of nucleus) {
        const expected = (3000 * (probabilities[token] as number)) / mass;
        expect(Math.abs((counts.get(token) ?? 0) - expected)).toBeLessThan(5 * Math.sqrt(expected) + 3);
      }
    }
  });

  it("stops within a step when cancelled, and goes on working", async () => {
    const many = Array.from({ length: 1500 }, (_, n) => ({ id: `${n}`, tokens: [1 + (n % 200), 2], seed: 1 }));
    const controller = new AbortController();
    let count = 0;
    const run = async (): Promise<void> => {
      for await (const _ of model.generate(many, { maxTokens: 40, stopTokens: [], signal: controller.signal })) {
        if (count++ === 0) controller.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ code: "interrupted" });
    expect(count).toBeLessThan(1500);
    for await (const _ of model.generate(many, { maxTokens: 40 })) break;
    await expect(generate(requests, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
    expect((await generate(requests)).size).toBe(requests.length);
  });

  it("refuses what it cannot run", async () => {
    const [valid] = requests;
    const one = { id: "a", tokens: [1], seed: 1 };
    for (const [asked, options, code] of [
      [[{ ...one, tokens: [] }], {}, "input-invalid"],
      [[{ ...one, tokens: randomTokens(49) }], {}, "context-overflow"],
      [[{ ...one, tokens: [272] }], {}, "out-of-vocabulary"],
      [[{ ...one, tokens: [1.5] }], {}, "out-of-vocabulary"],
      [[one, one], {}, "input-invalid"],
      [[one], { maxTokens: 0 }, "input-invalid"],
      [[one], { temperature: -1 }, "input-invalid"],
      [[one], { topP: 0 }, "input-invalid"],
    ] as const) {
      await expect(generate(asked, options)).rejects.toMatchObject({ code });
    }
    expect(valid).toBeDefined();
    expect((await generate([])).size).toBe(0);
  });
});

describe("Transformer scoring", () => {
  const sequences = [...requests.slice(0, 8), ...scans.slice(0, 8)].map(({ tokens }) => tokens);

  it("agrees with a float64 forward pass", async () => {
    const parameters = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
    const logprobs = await model.logprobs(sequences);
    const scalars = await model.scalars(sequences);
    for (const [index, tokens] of sequences.entries()) {
      const states = referenceHidden(
        config,
        parameters,
        tokens,
        tokens.map(() => 1),
      );
      const own = logprobs[index] as Float32Array;
      expect([own.length, own[0]]).toEqual([tokens.length, 0]);
      for (let t = 1; t < tokens.length; t++) {
        const expected = referenceLogprob(config, parameters, states[t - 1] as Float64Array, tokens[t] as number);
        expect(own[t]).toBeCloseTo(expected, 4);
      }
      const last = states[tokens.length - 1] as Float64Array;
      expect(scalars[index]).toBeCloseTo(
        last.reduce((sum, x, i) => sum + x * (head[i] as number), 0),
        4,
      );
    }
  });

  it("computes only from a position on, and shares prefixes, with the same result", async () => {
    const whole = await model.logprobs(sequences);
    const from = sequences.map(({ length }) => Math.max(1, length - 2));
    const partial = await model.logprobs(sequences, { from });
    for (const [index, { length }] of sequences.entries()) {
      for (let t = 0; t < length; t++) {
        const expected = t < (from[index] as number) ? 0 : ((whole[index] as Float32Array)[t] as number);
        expect((partial[index] as Float32Array)[t]).toBeCloseTo(expected, 4);
      }
    }
  });

  it("sums whole options, and takes one-token options from one pass", async () => {
    const [tokens] = sequences as [number[]];
    const options = [[5], [6, 7], [8]];
    const [mixed] = await model.optionLogprobs([{ tokens, options }]);
    const [single] = await model.optionLogprobs([{ tokens, options: [[5], [8]] }]);
    for (const [index, option] of options.entries()) {
      const [scored] = await model.logprobs([[...tokens, ...option]]);
      const sum = (scored as Float32Array).subarray(tokens.length).reduce((total, logprob) => total + logprob, 0);
      expect((mixed as number[])[index]).toBeCloseTo(sum, 4);
    }
    expect((single as number[])[0]).toBeCloseTo((mixed as number[])[0] as number, 4);
    expect((single as number[])[1]).toBeCloseTo((mixed as number[])[2] as number, 4);
    await expect(model.optionLogprobs([{ tokens, options: [[]] }])).rejects.toMatchObject({ code: "input-invalid" });
  });

  it("takes new weights, and refuses those of another shape", async () => {
    const other = initialWeights(config, rng(8, "other"));
    const changing = await Transformer.create({ config, weights: other, tokenizer });
    const before = await changing.logprobs(sequences);
    await expect(changing.scalars(sequences)).rejects.toMatchObject({ code: "checkpoint-invalid" });
    await changing.updateWeights(weights);
    expect(await changing.logprobs(sequences)).toEqual(await model.logprobs(sequences));
    expect(await changing.logprobs(sequences)).not.toEqual(before);
    await expect(changing.updateWeights(new Map())).rejects.toMatchObject({ code: "checkpoint-invalid" });
    await changing.dispose();
  });
});
