import { describe, expect, it } from "vitest";
import { reshape, type Value } from "../../tensor/index.ts";
import { agrees, at, draws, get, type Inputs, mean, run, type Values } from "./check.test-support.ts";
import { everyTokenLoss, headsLoss, sequenceLogits, smoothLogits } from "./token-heads.ts";

const [rows, tokens, window, temperature] = [3, 5, 2, 0.5];
/** Three responses of 5, 3 and 1 tokens. */
const mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
const inputs = {
  logits: draws(rows * tokens, 2, "heads"),
  labels: [1, 0.2, 0.5],
  weights: [1, 2, 0.5],
  mask,
};
const loss = (v: Values): Value => {
  const by = (name: string): Value => reshape(get(v, name), [rows, tokens]);
  const whole = sequenceLogits(smoothLogits(by("logits"), window), by("mask"), temperature);
  return headsLoss(whole, get(v, "labels"), get(v, "weights"));
};

/** The same in float64, token by token. */
function equation(x: Inputs): number {
  const wholes = Array.from({ length: rows }, (_, row) => {
    const own = at(x, "logits").slice(row * tokens, (row + 1) * tokens);
    const smooth = own.map((_, t) => {
      const seen = own.slice(Math.max(0, t - window + 1), t + 1);
      return seen.reduce((a, b) => a + b, 0) / seen.length;
    });
    const kept = smooth.filter((_, t) => at(x, "mask")[row * tokens + t] === 1);
    const shares = kept.map((z) => Math.exp(z / temperature));
    const total = shares.reduce((a, b) => a + b, 0);
    return kept.reduce((sum, z, t) => sum + (z * (shares[t] ?? 0)) / total, 0);
  });
  const losses = wholes.map((z, row) => {
    const y = at(x, "labels")[row] ?? 0;
    return y * Math.log1p(Math.exp(-z)) + (1 - y) * Math.log1p(Math.exp(z));
  });
  return mean(losses, at(x, "weights"));
}

describe("headsLoss over smoothed tokens", () => {
  it("agrees with a case computed by hand", async () => {
    // Window 2: z̄ = (0, 1, 2). τ = 1: shares (1, e, e²) / (1 + e + e²); z = (e + 2e²) / (1 + e + e²).
    const one = { logits: [0, 2, 2], mask: [1, 1, 1], labels: [1], weights: [1] };
    const { E } = Math;
    const z = (E + 2 * E * E) / (1 + E + E * E);
    const { value } = await run(one, [], (v) => {
      const by = (name: string): Value => reshape(get(v, name), [1, 3]);
      const whole = sequenceLogits(smoothLogits(by("logits"), 2), by("mask"), 1);
      return headsLoss(whole, get(v, "labels"), get(v, "weights"));
    });
    expect(value).toBeCloseTo(Math.log1p(Math.exp(-z)), 6);
  });

  it("agrees with finite differences", async () => {
    await agrees(inputs, ["logits", "labels"], equation, loss);
  });

  it("ignores what stands behind a response, the order of responses, and a turn of logits and labels when one token is all", async () => {
    const { value, gradient } = await run(inputs, ["logits"], loss);
    const behind = inputs.logits.map((z, t) => (mask[t] === 1 ? z : 50));
    expect((await run({ ...inputs, logits: behind }, [], loss)).value).toBeCloseTo(value, 5);
    for (const [t, slope] of (gradient["logits"] ?? []).entries()) if (mask[t] === 0) expect(slope).toBeCloseTo(0, 7);
    const turn = (xs: readonly number[], size: number): number[] =>
      [2, 0, 1].flatMap((row) => xs.slice(row * size, (row + 1) * size));
    const turned = {
      logits: turn(inputs.logits, tokens),
      mask: turn(mask, tokens),
      labels: turn(inputs.labels, 1),
      weights: turn(inputs.weights, 1),
    };
    expect((await run(turned, [], loss)).value).toBeCloseTo(value, 5);
    const single = { ...inputs, mask: mask.map((_, t) => (t % tokens === 0 ? 1 : 0)) };
    const opposite = { ...single, logits: single.logits.map((z) => -z), labels: single.labels.map((y) => 1 - y) };
    expect((await run(opposite, [], loss)).value).toBeCloseTo((await run(single, [], loss)).value, 5);
  });
});

describe("everyTokenLoss", () => {
  const everyToken = (v: Values): Value => {
    const by = (name: string): Value => reshape(get(v, name), [rows, tokens]);
    return everyTokenLoss(by("logits"), by("mask"), get(v, "labels"), get(v, "weights"));
  };

  it("agrees with a case computed by hand: the mean over tokens, whatever stands behind", async () => {
    const one = { logits: [0, Math.log(3), 7], mask: [1, 1, 0], labels: [1], weights: [1] };
    const { value } = await run(one, [], (v) => {
      const by = (name: string): Value => reshape(get(v, name), [1, 3]);
      return everyTokenLoss(by("logits"), by("mask"), get(v, "labels"), get(v, "weights"));
    });
    // −ln σ(0) = ln 2, −ln σ(ln 3) = ln 4/3.
    expect(value).toBeCloseTo((Math.log(2) + Math.log(4 / 3)) / 2, 6);
  });

  it("agrees with finite differences", async () => {
    const reference = (x: Inputs): number => {
      const losses = Array.from({ length: rows }, (_, row) => {
        const y = at(x, "labels")[row] ?? 0;
        const own = at(x, "logits").slice(row * tokens, (row + 1) * tokens);
        const kept = own.filter((_, t) => at(x, "mask")[row * tokens + t] === 1);
        const each = kept.map((z) => y * Math.log1p(Math.exp(-z)) + (1 - y) * Math.log1p(Math.exp(z)));
        return each.reduce((a, b) => a + b, 0) / each.length;
      });
      return mean(losses, at(x, "weights"));
    };
    await agrees(inputs, ["logits", "labels"], reference, everyToken);
  });
});
