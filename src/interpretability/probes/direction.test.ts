import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { contrastMeans, countTokens, projectRows, thresholdFor } from "./direction.ts";
import { loadProbe, type ProbeFile, saveProbe } from "./probe-file.ts";

test("by hand: two classes of two rows", () => {
  const rows = Float32Array.of(4, 1, 2, 1, 0, 0, 0, -2);
  const { direction, positive, negative } = contrastMeans(rows, [1, 1, 0, 0]);
  expect([...direction]).toEqual([3, 2]);
  const norm = Math.sqrt(13);
  expect(positive).toBeCloseTo((3 * 3 + 2) / norm, 6);
  expect(negative).toBeCloseTo(-2 / norm, 6);
  expect([...projectRows(rows, direction)]).toEqual([14, 8, 0, -4].map((x) => expect.closeTo(x / norm, 6)));
  expect(() => contrastMeans(rows, [1, 1, 1, 1])).toThrow(/label 0/);
});

test("a threshold lets through the share that it says, and no more", () => {
  const negatives = Array.from({ length: 100 }, (_, i) => i);
  for (const [rate, allowed] of [
    [0.05, 5],
    [0.01, 1],
    [0, 0],
  ] as const) {
    const threshold = thresholdFor(negatives, rate);
    expect(negatives.filter((score) => score > threshold)).toHaveLength(allowed);
  }
});

test("tokens are counted", () => {
  expect([...countTokens([[1, 1, 3], [0]], 4)]).toEqual([0, 2, 0, 1, 1, 0, 0, 0]);
});

test("a probe is read back as it was; one that is missing or damaged is named", () => {
  const folder = temporaryFolder();
  expect(() => loadProbe(folder)).toThrow(/none there/);
  const probe: ProbeFile = {
    ...{
      format: 1,
      model: { name: "demo@rl-cai", hash: "00" },
      reading: "request",
      site: "blocks.1.hook_resid_post",
      principle: "privacy",
    },
    ...{ labels: "its own answers", direction: [1, 2], positive: 3, negative: 1, weights: [1, 0], bias: 0.5 },
    ...{ mean: [0, 0], scale: [1, 1], threshold: 0.4, falsePositiveRate: 0.05 },
  };
  saveProbe(folder, probe);
  expect(loadProbe(folder)).toEqual(probe);
  saveProbe(folder, { ...probe, weights: [Number.NaN] });
  expect(() => loadProbe(folder)).toThrow(/weights/);
});
