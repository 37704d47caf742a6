import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { fitLogisticProbe, probeLogits } from "./logistic.ts";

test("without anything to tell by, the logit is that of the share", () => {
  const probe = fitLogisticProbe(
    new Float32Array(40),
    Array.from({ length: 40 }, (_, i) => Number(i < 10)),
    { rounds: 2000 },
  );
  expect(1 / (1 + Math.exp(-probeLogits(probe, new Float32Array(1))[0]!))).toBeCloseTo(0.25, 4);
});

test("its gradient is nought where it ends, by central differences of the penalised loss", () => {
  const random = rng(1, "logistic");
  const [n, width] = [120, 4];
  const rows = Float32Array.from({ length: n * width }, (_, i) => (i % width) + (1 + (i % width)) * random.normal());
  const labels = Array.from({ length: n }, (_, row) => Number(rows[row * width]! + random.normal() > 0));
  const probe = fitLogisticProbe(rows, labels, { penalty: 0.05, rounds: 5000 });
  const loss = (weights: Float64Array, bias: number): number => {
    const logits = probeLogits({ ...probe, weights, bias }, rows);
    const mean = logits.reduce((sum, z, row) => sum + Math.log1p(Math.exp(-z)) + (1 - labels[row]!) * z, 0) / n;
    return mean + (0.05 / 2) * weights.reduce((sum, w) => sum + w * w, 0);
  };
  for (let i = 0; i <= width; i++) {
    const at = (by: number): number =>
      i === width
        ? loss(probe.weights, probe.bias + by)
        : loss(
            probe.weights.map((w, j) => (i === j ? w + by : w)),
            probe.bias,
          );
    expect(Math.abs(at(1e-5) - at(-1e-5)) / 2e-5).toBeLessThan(1e-5);
  }
});

test("tells two clouds apart on rows that it did not see, and noise not", () => {
  const random = rng(2, "clouds");
  const draw = (n: number, shift: number) => {
    const labels = Array.from({ length: n }, () => random.integer(2));
    const rows = Float32Array.from(
      { length: n * 6 },
      (_, i) => random.normal() + (i % 6 === 2 ? shift * labels[Math.floor(i / 6)]! : 0),
    );
    return { labels, rows };
  };
  for (const [shift, least, most] of [
    [4, 0.95, 1],
    [0, 0.35, 0.65],
  ] as const) {
    const [train, held] = [draw(300, shift), draw(300, shift)];
    const fitted = fitLogisticProbe(train.rows, train.labels);
    const right =
      [...probeLogits(fitted, held.rows)].filter((z, row) => z > 0 === (held.labels[row] === 1)).length / 300;
    expect(right).toBeGreaterThanOrEqual(least);
    expect(right).toBeLessThanOrEqual(most);
  }
});
