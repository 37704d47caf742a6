import { expect, it } from "vitest";
import type { Benchmark, BenchmarkSummary } from "../evaluation/benchmark/index.ts";
import type { Estimate } from "../statistics/index.ts";
import type { Page } from "./layout.ts";
import { showBenchmark } from "./show-benchmarks.ts";

const page: Page = { width: 100, paint: (_, text) => text };
const benchmark: Benchmark = {
  id: "own",
  version: "1",
  files: [],
  get: "",
  temperature: 0,
  derived: "mean",
  about: { title: "Own", citation: "", source: "", licence: "", size: 3, verified: "real rows" },
  metrics: { right: { kind: "rate", about: "right answers" }, odd: { kind: "rate", about: "of another kind" } },
  load: () => {
    throw new Error("not read");
  },
};
const measure = (estimate: number, more: Partial<Estimate> = {}): Estimate => ({
  estimate,
  low: estimate - 0.1,
  high: estimate + 0.1,
  n: 40,
  ...more,
});
const summary = (metrics: BenchmarkSummary["metrics"]): BenchmarkSummary => ({
  benchmark: "own",
  version: "1",
  title: "Own",
  subject: "m",
  metric: "x",
  judge: null,
  data: [],
  ...{ items: 40, available: 40, samples: 1, missing: {}, metrics, by: {}, seconds: 1, tokens: 0 },
});

it("shows rates in percent, derived means as they are, and clusters where they are fewer", () => {
  const shown = showBenchmark(
    benchmark,
    [summary({ right: measure(0.25, { clusters: 10 }), correlation: measure(-0.06, { clusters: 40 }) })],
    page,
  );
  expect(shown).toMatch(/right\s+25\.0\s+15\.0–35\.0\s+40 in 10/);
  expect(shown).toMatch(/correlation\s+-0\.06\s+-0\.16–0\.04\s+40$/m);
});

it("names what no item could show", () => {
  expect(showBenchmark(benchmark, [summary({ right: measure(0.25) })], page)).toContain("no item shows it: odd");
});
