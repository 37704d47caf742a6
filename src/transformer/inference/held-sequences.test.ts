import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { initialWeights, withScalarHead } from "../checkpoint/weights.ts";
import { Transformer } from "../transformer.ts";
import { ForwardPass } from "./forward.ts";
import { HeldSequences } from "./held-sequences.ts";
import { ownParameters } from "./inference-graph.ts";

const words = ["<end>", ...Array.from({ length: 40 }, (_, i) => `w${i}`)];
const config = smallConfig({ vocabularySize: words.length, contextLength: 96, heads: 4, keyValueHeads: 2 });
const random = rng(7, "held");
const weights = new Map(
  [...withScalarHead(config, initialWeights(config, rng(2)), 3)].map(([name, tensor]) => {
    // A new head is zero, which any reading would give.
    const data = name.startsWith("score") ? tensor.data.map(() => random.normal()) : tensor.data;
    return [name, { ...tensor, data }] as const;
  }),
);
const draw = (count: number): number[] => Array.from({ length: count }, () => random.integer(words.length));

describe("the heads of sequences that grow", () => {
  let model: Transformer;
  beforeAll(async () => {
    model = await Transformer.create({ config, weights, tokenizer: wordTokenizer(words) });
  });
  afterAll(() => model.dispose());

  it("are those of one pass over the whole, whatever was read at once, and after another beginning", async () => {
    const [a, b] = [model.growingHeads(), model.growingHeads()];
    const tokens = draw(90);
    const other = [...tokens.slice(0, 30), ...draw(40)];
    const whole = async (sequence: readonly number[]): Promise<Float32Array> =>
      (await model.heads([sequence]))[0] ?? new Float32Array();
    const parts: number[] = [];
    for (const [from, to] of [
      [0, 5],
      [5, 13],
      [13, 14],
      [14, 70],
      [70, 90],
    ] as const) {
      parts.push(...(await a.read(tokens.slice(0, to), from)));
      // Another sequence in between disturbs nothing.
      await b.read(other.slice(0, Math.min(to, other.length)), 0);
    }
    const expected = await whole(tokens);
    expect(parts).toHaveLength(expected.length);
    for (const [i, z] of expected.entries()) expect(parts[i]).toBeCloseTo(z, 4);
    // The first 30 tokens are the same, the others are not: what was kept of them is not taken for these.
    const changed = await a.read(other, 20);
    const fresh = await whole(other);
    expect(changed).toHaveLength((other.length - 20) * 3);
    for (const [i, z] of changed.entries()) expect(z).toBeCloseTo(fresh[20 * 3 + i] ?? Number.NaN, 4);
    await a.drop();
    expect([...(await a.read(tokens.slice(0, 9), 0))]).toHaveLength(27);
  });

  it("know nothing of weights that were changed since", async () => {
    const growing = model.growingHeads();
    const tokens = draw(20);
    await growing.read(tokens, 0);
    const changed = new Map(
      [...weights].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map((x) => 1.5 * x) }]),
    );
    await model.updateWeights(changed);
    const [expected = new Float32Array()] = await model.heads([[...tokens, 3]], { from: [20] });
    const after = await growing.read([...tokens, 3], 20);
    for (const [i, z] of after.entries()) expect(z).toBeCloseTo(expected[i] ?? Number.NaN, 4);
    await model.updateWeights(weights);
  });

  it("cost a pass over the new tokens alone, and what was forgotten for want of room is read anew", async () => {
    const lengths: number[] = [];
    const forward = new ForwardPass(config, ownParameters(weights));
    const run = forward.run.bind(forward);
    forward.run = (rows, options) => {
      lengths.push(...rows.map(({ tokens }) => tokens.length));
      return run(rows, options);
    };
    const check = (): void => undefined;
    const [one, two] = [draw(64), draw(64)];
    const held = new HeldSequences();
    for (let to = 8; to <= 64; to += 8) await held.read(forward, 1, { tokens: one.slice(0, to), from: to - 8, check });
    expect(lengths).toEqual(Array.from({ length: 8 }, () => 8));
    const expected = await held.read(forward, 3, { tokens: one, from: 56, check });
    const narrow = new HeldSequences(1);
    await narrow.read(forward, 1, { tokens: one.slice(0, 56), from: 48, check });
    await narrow.read(forward, 2, { tokens: two, from: 56, check });
    lengths.length = 0;
    const again = await narrow.read(forward, 1, { tokens: one, from: 56, check });
    expect(lengths).toEqual([64]);
    expect([...again]).toEqual([...expected]);
  });
});
