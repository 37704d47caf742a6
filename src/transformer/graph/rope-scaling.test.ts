import { describe, expect, it } from "vitest";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { ropeFrequencies } from "./rope-scaling.ts";

const config = (rest: Partial<TransformerConfig>): TransformerConfig => ({
  ...{ vocabularySize: 8, hiddenSize: 16, feedForwardSize: 16, layers: 1, heads: 2, keyValueHeads: 1 },
  ...{ headSize: 8, contextLength: 16, ropeTheta: 10_000, normEpsilon: 1e-5, tiedEmbeddings: true },
  ...rest,
});
const near = (list: readonly number[]): unknown[] => list.map((value) => expect.closeTo(value, 12));

describe("rotary frequencies", () => {
  const plain = [1, 0.1, 0.01, 0.001];

  it("are theta^(-2i / size), divided by a linear factor", () => {
    expect([...ropeFrequencies(config({}), 16).frequencies]).toEqual(near(plain));
    const linear = config({ ropeScaling: { type: "linear", factor: 4 } });
    expect([...ropeFrequencies(linear, 16).frequencies]).toEqual(near(plain.map((value) => value / 4)));
  });

  it("stay as they are within the context and then grow their base, where scaling is dynamic", () => {
    const dynamic = config({ ropeScaling: { type: "dynamic", factor: 2 } });
    for (const length of [1, 16]) expect([...ropeFrequencies(dynamic, length).frequencies]).toEqual(near(plain));
    // 2 · 32 / 16 − 1 = 3 times the base, to the power 8 / 6.
    const base = 10_000 * 3 ** (8 / 6);
    const grown = [0, 1, 2, 3].map((i) => base ** (-i / 4));
    expect([...ropeFrequencies(dynamic, 32).frequencies]).toEqual(near(grown));
  });

  it("divide long waves, keep short ones and mix those between, where scaling is Llama 3's", () => {
    const scaling = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192 };
    const llama = config({ headSize: 128, ropeTheta: 500_000, ropeScaling: { type: "llama3", ...scaling } });
    const { frequencies } = ropeFrequencies(llama, 16);
    const kinds = new Set<string>();
    for (const [i, frequency] of frequencies.entries()) {
      const own = 500_000 ** (-i / 64);
      const wave = (2 * Math.PI) / own;
      const kind = wave < 8192 / 4 ? "short" : wave > 8192 ? "long" : "between";
      kinds.add(kind);
      const smooth = (8192 / wave - 1) / 3;
      const expected = { short: own, long: own / 8, between: ((1 - smooth) * own) / 8 + smooth * own }[kind];
      expect(frequency, kind).toBeCloseTo(expected, 14);
    }
    expect(kinds.size).toBe(3);
  });
});
