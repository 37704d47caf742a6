import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noRange } from "../plan.ts";
import { adapterWeights, memoryOf } from "./memory.ts";
import { generationHours, sizeWork } from "./size-work.ts";
import { sizePipeline } from "./sizing.ts";
import { generationRate, parseGpus, readThroughput, type Throughput, throughputSchema } from "./throughput.ts";
import { paperWorkload, type Workload, workPart } from "./workload.ts";

const usual = readThroughput();
/** The same figures as if they were measured, and RL never waited: points instead of ranges. */
const points: Throughput = {
  ...usual,
  gpus: Object.fromEntries(
    Object.entries(usual.gpus).map(([name, gpu]) => [
      name,
      { ...gpu, priceWithin: 1, generation: gpu.generation.map((figure) => ({ ...figure, within: 1 })) },
    ]),
  ),
  training: { ...usual.training, within: 1 },
  rlBusy: { ...usual.rlBusy, low: 1 },
  client: { ...usual.client, within: 1 },
};
const h100 = (gpus: number) => ({ gpu: "H100", gpus });

describe("the paper's pipeline", () => {
  // Reckoned by hand from the same assumptions: GPU-hours at full use, of an 8B model in bfloat16 and a 70B one in FP8.
  const table = [
    ["SL-CAI and helpful data", 15, 67],
    ["pairs and labels", 4, 19],
    ["SFT", 11, 97],
    ["preference model", 7, 62],
    ["RL: sampling", 7, 30],
    ["RL: scoring", 7, 33],
    ["RL: learning", 13, 114],
  ] as const;

  it("takes what the table by hand says, to its rounding", () => {
    const [small, large] = [8e9, 70e9].map((weights) => sizeWork(paperWorkload(), { weights }, h100(8), points));
    table.forEach(([name, eight, seventy], i) => {
      expect(small?.parts[i]?.name).toBe(name);
      expect(Math.abs((small?.parts[i]?.gpuHours.low ?? 0) - eight), name).toBeLessThan(0.5 + 0.015 * eight);
      expect(Math.abs((large?.parts[i]?.gpuHours.low ?? 0) - seventy), name).toBeLessThan(0.5 + 0.015 * seventy);
    });
    expect(Math.abs((small?.total.gpuHours.high ?? 0) - 64)).toBeLessThan(1);
    expect(Math.abs((small?.total.cost.high ?? 0) - 190)).toBeLessThan(6);
    expect(Math.abs((large?.total.gpuHours.high ?? 0) / 421 - 1)).toBeLessThan(0.015);
    expect(Math.abs((large?.total.cost.high ?? 0) / 1300 - 1)).toBeLessThan(0.04);
  });

  it("has the tokens of the table", () => {
    const [data, labels, sft, pm, sampling, scoring, learning] = paperWorkload().parts;
    expect([data?.out.low, data?.in.low, data?.cached.low].map((n) => Math.round((n ?? 0) / 1e6))).toEqual([
      251, 572, 4114,
    ]);
    expect([labels?.out.low, labels?.in.low].map((n) => Math.round((n ?? 0) / 1e6))).toEqual([55, 205]);
    expect([sft?.learned.low, pm?.learned.low].map((n) => Math.round((n ?? 0) / 1e6))).toEqual([250, 159]);
    expect([sampling?.out.low, scoring?.in.low, learning?.learned.low].map((n) => Math.round((n ?? 0) / 1e6))).toEqual([
      164, 585, 293,
    ]);
    expect(data?.calls.low).toBe(182_831 * 9 + 270_592);
  });

  it("loses to prefixes without the cache what the table says", () => {
    const cached = paperWorkload().parts.reduce((sum, part) => sum + part.cached.low, 0);
    const lost = (weights: number) =>
      generationHours({ out: noRange, in: { low: cached, high: cached } }, weights, points, "H100").low;
    expect(Math.round(lost(8e9))).toBe(52);
    expect(Math.round(lost(70e9))).toBe(259);
  });
});

describe("a sizing", () => {
  it("takes half of the hours and as many GPU-hours on twice the GPUs, and costs the same", () => {
    const [one, two] = [8, 16].map((gpus) => sizeWork(paperWorkload(), { weights: 8e9 }, h100(gpus), usual).total);
    expect(two?.gpuHours).toEqual(one?.gpuHours);
    expect(two?.cost).toEqual(one?.cost);
    expect(two?.hours.low).toBeCloseTo((one?.hours.low ?? 0) / 2, 10);
    expect(two?.hours.high).toBeCloseTo((one?.hours.high ?? 0) / 2, 10);
  });

  it("grows with the model, whatever the size, and with the counts in proportion", () => {
    const sizes = [1.35e8, 1e9, 3e9, 8e9, 9e9, 32e9, 70e9, 71e9, 405e9];
    for (const gpu of Object.keys(usual.gpus)) {
      for (const end of ["low", "high"] as const) {
        const hours = sizes.map(
          (weights) => sizeWork(paperWorkload(), { weights }, { gpu, gpus: 8 }, usual).total.gpuHours[end],
        );
        expect(hours).toEqual(hours.toSorted((a, b) => a - b));
        expect(new Set(hours).size).toBe(sizes.length);
      }
    }
    const double: Workload = { ...paperWorkload(), parts: [...paperWorkload().parts, ...paperWorkload().parts] };
    const total = (workload: Workload) => sizeWork(workload, { weights: 8e9 }, h100(8), usual).total.gpuHours.high;
    expect(total(double)).toBeCloseTo(2 * total(paperWorkload()), 6);
  });

  it("is as wide as its figures are unsure, and a point where they are measured", () => {
    const learned = { learned: { low: 1e9, high: 1e9 } };
    const workload = { ...paperWorkload(), parts: [workPart("SFT", learned)] };
    const wide = sizeWork(workload, { weights: 8e9 }, h100(8), usual).total.gpuHours;
    expect(wide.high / wide.low).toBeCloseTo(1.5 ** 2, 10);
    const point = sizeWork(workload, { weights: 8e9 }, h100(8), points).total.gpuHours;
    // 8 × 8e9 × 1e9 operations at 0.4 × 989e12 a second.
    expect(point.low).toBeCloseTo(6.4e19 / 3.956e14 / 3600, 10);
    expect(point.high).toBe(point.low);
    expect(sizeWork(workload, { weights: 8e9, rank: 16 }, h100(8), points).total.gpuHours.low).toBeCloseTo(
      0.75 * point.low,
      10,
    );
  });

  it("leaves the other GPUs idle where one process trains", () => {
    const { parts } = sizeWork(paperWorkload(), { weights: 8e9 }, { ...h100(8), trainingGpus: 1 }, points);
    const [data, , sft] = parts;
    expect(data?.hours.low).toBeCloseTo((data?.gpuHours.low ?? 0) / 8, 10);
    expect(sft?.hours.low).toBe(sft?.gpuHours.low);
    // Three dollars an hour for each of the eight, at work or not.
    expect(data?.cost.low).toBeCloseTo(3 * (data?.gpuHours.low ?? 0), 8);
    expect(sft?.cost.low).toBeCloseTo(8 * 3 * (sft?.gpuHours.low ?? 0), 8);
  });

  it("leaves them idle where RL is by one process, which sends no weights", () => {
    const cluster = { ...h100(8), rlGpus: 1 };
    const { parts, chokes } = sizePipeline(paperWorkload(), { weights: 70e9 }, cluster, points);
    const [, , sft, , sampling] = parts;
    expect(sft?.hours.low).toBeCloseTo((sft?.gpuHours.low ?? 0) / 8, 10);
    expect(sampling?.hours.low).toBe(sampling?.gpuHours.low);
    expect(chokes.at(-1)).toMatchObject({ name: "weights", isTight: false, found: expect.stringContaining("one GPU") });
  });
});

describe("memory", () => {
  it("counts 16 bytes for a weight that learns, and what is frozen by its dtype", () => {
    const full = memoryOf({ weights: 8e9 }, "H100", 8, usual);
    expect(full).toMatchObject({
      training: 128e9,
      state: 96e9,
      isTrainingFit: false,
      isServingFit: true,
      servingGpus: 1,
    });
    const adapter = memoryOf({ weights: 8e9, rank: 16, dtype: "bfloat16" }, "H100", 8, usual);
    expect(adapter.training).toBeCloseTo(16e9 + 16 * adapterWeights(8e9, 16), 0);
    expect(adapter.isTrainingFit).toBe(true);
    expect(memoryOf({ weights: 70e9, rank: 16 }, "H100", 8, usual).isTrainingFit).toBe(false);
    expect(memoryOf({ weights: 405e9 }, "H100", 4, usual)).toMatchObject({ servingGpus: 7, isServingFit: false });
  });

  it("guesses an adapter's weights to a tenth: Llama 3 8B and 70B at rank 16 have 42 and 207 million", () => {
    expect(Math.abs(adapterWeights(8.03e9, 16) / 41.9e6 - 1)).toBeLessThan(0.1);
    expect(Math.abs(adapterWeights(70.6e9, 16) / 207e6 - 1)).toBeLessThan(0.15);
  });
});

describe("what gives out first", () => {
  const named = (weights: number, rank?: number) =>
    sizePipeline(paperWorkload(), { weights, rank, dtype: "bfloat16" }, h100(8), points).chokes;

  it("is told in order, with what to do", () => {
    const chokes = named(8e9, 16);
    expect(chokes.map(({ name }) => name)).toEqual(["memory", "prefixes", "client", "records", "state", "weights"]);
    expect(chokes.find(({ isTight }) => isTight)?.name).toBe("prefixes");
    expect(named(8e9)[0]).toMatchObject({ isTight: true, found: expect.stringContaining("128 GB") });
  });

  it("sees a full state of a large model, and a hundredfold of the calls", () => {
    expect(named(70e9)[4]).toMatchObject({ isTight: true, found: expect.stringContaining("840 GB") });
    expect(named(70e9, 16)[4]?.isTight).toBe(false);
    const hundredfold = paperWorkload().parts.map((part) => ({
      ...part,
      calls: { low: 100 * part.calls.low, high: 100 * part.calls.high },
    }));
    const [, , client, records] = sizePipeline(
      { ...paperWorkload(), parts: hundredfold },
      { weights: 8e9, rank: 16 },
      h100(8),
      points,
    ).chokes;
    expect([client?.isTight, records?.isTight]).toEqual([true, true]);
  });
});

describe("the figures", () => {
  it("are measured ones where somebody's own file says so, and refused where it says nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "precept-throughput-"));
    const own = join(folder, "own.json");
    writeFileSync(own, JSON.stringify({ ...usual, gpus: { L40S: usual.gpus["H100"] } }));
    expect(parseGpus("2xl40s", readThroughput(own))).toEqual({ count: 2, name: "L40S" });
    writeFileSync(own, JSON.stringify({ ...usual, client: { callsPerSecond: 3 } }));
    expect(() => readThroughput(own)).toThrow(/client\.within/);
    writeFileSync(own, "gpus: [");
    expect(() => readThroughput(own)).toThrow(/YAML or JSON/);
    expect(() => readThroughput(join(folder, "none.yaml"))).toThrow(/none\.yaml/);
  });

  it("name the GPUs that are known where one is not", () => {
    expect(parseGpus("8xH100", usual)).toEqual({ count: 8, name: "H100" });
    expect(parseGpus("h200", usual)).toEqual({ count: 1, name: "H200" });
    expect(() => parseGpus("8xB300", usual)).toThrow(/H100, H200, A100[\s\S]*--throughput FILE/);
    expect(() => parseGpus("0xH100", usual)).toThrow(/8xH100/);
    expect(() => parseGpus("eight", usual)).toThrow(/known/);
  });

  it("meet their own figures, and are less sure outside of them", () => {
    const gpu = throughputSchema.shape.gpus.parse(usual.gpus)["H100"];
    if (gpu === undefined) throw new Error("no H100");
    expect(generationRate(gpu, 8e9)).toMatchObject({ out: 8000, in: 25000, within: 2, bytes: 2 });
    expect(generationRate(gpu, 70e9)).toMatchObject({
      out: expect.closeTo(2000, 6),
      in: expect.closeTo(5000, 6),
      bytes: 1,
    });
    expect(generationRate(gpu, 140e9)).toMatchObject({ out: 1000, in: 2500, within: expect.closeTo(2 * 2 ** 0.25) });
    expect(generationRate(gpu, 5e8)).toMatchObject({ within: 4, bytes: 2 });
    expect(generationRate({ ...gpu, generation: gpu.generation.slice(0, 1) }, 4e9).out).toBe(16000);
  });
});
