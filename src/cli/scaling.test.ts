import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { keepSize, readScaling, type SizeRecord } from "../oversight/index.ts";
import { settingsOf, sweepSteps } from "../project/oversight/scaling/sweep.ts";
import { sweepAmounts } from "../project/oversight/scaling/teacher.ts";
import { wilson } from "../statistics/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const logistic = (x: number): number => 1 / (1 + Math.exp(0.9 * Math.log(x / 3e5)));

/** A sweep as another machine left it: a falling rate, a gap that shrinks, and a rate that nothing is known of at two sizes. */
function writeSweep(folder: string, change: (record: SizeRecord, index: number) => Partial<SizeRecord> = () => ({})) {
  return [111_160, 198_632, 375_440, 794_520, 1_638_032].map((parameters, index) => {
    const place = join(folder, `size-${index}`);
    const record: SizeRecord = {
      ...{ name: `${(parameters / 1e6).toFixed(2)}M`, seed: 1, settings: "a", parameters, tokens: 3_512_703 },
      ...{ flops: 6 * parameters * 3.5e6, seconds: 60 },
      tendencies: {
        violation: { successes: Math.round(400 * logistic(parameters)), n: 400 },
        "gold-proxy": { value: -0.2 * (parameters / 1e5) ** -0.3, error: 0.01, n: 200 },
        rare: { successes: 0, n: index > 1 ? 0 : 10 },
      },
      controls: {},
    };
    keepSize(place, { ...record, ...change(record, index) });
    return place;
  });
}

describe("precept scaling RUN…", () => {
  test("foretells the largest size of a sweep, prints what simpler rules say, and keeps it beside the sizes", async () => {
    const folder = temporaryFolder();
    const sizes = writeSweep(folder);
    const { code, stdout, stderr } = await preceptHere(["scaling", ...sizes]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.replaceAll(folder, "OUT")).toMatchInlineSnapshot(`
      "5 runs at 5 places, 0.111M to 1.64M parameters; the fit does not see the largest. Rates in %, the
      rest as it is.
                        smaller sizes                 foretold  measured
         violation       29.5 to 71.0        18.0 [13.0, 26.3]      17.8  inside
         gold-proxy  -0.194 to -0.107  -0.086 [-0.113, -0.062]    -0.086  inside
         inside     2 of 2 in their 95 % intervals
         mean error fit 0.001 · constant 0.199 · straight line 0.025 · size before 0.069
         note       left out: rare, which could be counted at 2 sizes; a fit needs three
         kept       OUT/oversight/scaling
      "
    `);
    const [kept] = readScaling(folder);
    expect(kept?.tendencies.map(({ name }) => name)).toEqual(["violation", "gold-proxy"]);
    expect(kept?.tendencies[0]?.prediction.observed.estimate).toBeCloseTo(logistic(1_638_032), 2);
    const again = await preceptHere(["scaling", ...sizes.toReversed()]);
    expect(readScaling(folder)[0]?.tendencies[0]?.prediction).toEqual(kept?.tendencies[0]?.prediction);
    expect(again.code).toBe(0);
  });

  test("a finished size is one file, wherever it lies", async () => {
    const folder = temporaryFolder();
    const sizes = writeSweep(join(folder, "a"));
    mkdirSync(join(folder, "b", "size-4"), { recursive: true });
    cpSync(join(sizes[4]!, "size.json"), join(folder, "b", "size-4", "size.json"));
    const moved = [...sizes.slice(0, 4), join(folder, "b", "size-4", "size.json")];
    const found = JSON.parse((await preceptHere(["scaling", ...moved, "--metric", "violation", "--json"])).stdout);
    expect([found.tendencies.length, found.tendencies[0].points.length]).toEqual([1, 5]);
  });

  test("what cannot be fitted is said: one size, two, other tokens, an unknown metric, no place on the axis", async () => {
    const folder = temporaryFolder();
    const sizes = writeSweep(folder);
    const fails = async (args: readonly string[], said: RegExp): Promise<void> => {
      const { code, stderr } = await preceptHere(["scaling", ...args]);
      expect([code !== 0, stderr]).toEqual([true, expect.stringMatching(said)]);
    };
    await fails([sizes[0]!], /one size[\s\S]*three different sizes[\s\S]*precept scaling sweep/);
    await fails(sizes.slice(0, 2), /2 sizes[\s\S]*three different/);
    await fails([...sizes, "--metric", "charm"], /--metric charm[\s\S]*violation, gold-proxy, rare/);
    await fails([...sizes, "--over", "rl-steps"], /size of a sweep[\s\S]*rl-steps/);
    await fails([...sizes, "--parameters", "1,2"], /5 runs and 2 sizes/);
    await fails([...sizes, "--parameters", "many"], /"many"[\s\S]*1\.5b/);
    await fails([join(folder, "nowhere")], /nowhere, which is not there/);
    await fails([folder], /nothing was measured/);
    const other = writeSweep(join(folder, "other"), ({ tokens }, index) => ({ tokens: tokens * (1 + index) }));
    await fails(other, /different numbers of tokens[\s\S]*0\.11M seed 1: 3,512,703[\s\S]*--over tokens/);
    writeFileSync(join(sizes[0]!, "size.json"), readFileSync(join(sizes[0]!, "size.json"), "utf8").slice(0, 60));
    await fails(sizes, /Reading .*size\.json/);
  });

  test("runs of any models are fitted, by the weights in their names or as given; a run without either is refused", async () => {
    const folder = temporaryFolder();
    const evaluations = ["Qwen-0.5B", "Qwen-1.5B", "Qwen-7B"].map((subject, index) => {
      const place = join(folder, subject);
      writeBenchmark(join(place, "xstest"), subject, [30, 20, 12][index]!);
      return place;
    });
    const found = JSON.parse((await preceptHere(["scaling", ...evaluations, "--json"])).stdout);
    expect(found.tendencies[0]).toMatchObject({ name: "overRefusal", kind: "rate" });
    expect(found.tendencies[0].points.map(({ x }: { x: number }) => x)).toEqual([0.5e9, 1.5e9, 7e9]);
    const given = [
      "scaling",
      ...evaluations,
      "--parameters",
      "490m,1.54b,7.6b",
      "--metric",
      "xstest.overRefusal",
      "--json",
    ];
    const named = JSON.parse((await preceptHere(given)).stdout);
    expect(named.tendencies[0].points[0].x).toBe(490e6);
    writeBenchmark(join(folder, "unnamed", "xstest"), "my-model", 3);
    const { code, stderr } = await preceptHere(["scaling", ...evaluations, join(folder, "unnamed")]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/how many weights[\s\S]*--parameters/)]);
    const flops = await preceptHere(["scaling", ...evaluations, "--over", "flops"]);
    expect([flops.code, flops.stderr]).toEqual([2, expect.stringMatching(/floating-point operations/)]);
  });

  test("runs on harbor are fitted by checkpoint and split, and one run by its RL steps, kept within it", async () => {
    const folder = temporaryFolder();
    const runs = [0.5, 0.3, 0.2].map((violation, index) => writeHarborRun(join(folder, `run-${index}`), violation));
    const args = [
      "scaling",
      ...runs.map((run) => `${run}@sl-cai`),
      "--metric",
      "violation",
      "--parameters",
      "1m,2m,4m",
    ];
    const found = JSON.parse((await preceptHere([...args, "--split", "seen", "--json"])).stdout);
    expect(
      found.tendencies[0].points.map((point: { measured: { estimate: number } }) => point.measured.estimate),
    ).toEqual([0.5, 0.3, 0.2]);
    // 20 clusters tell less than 100 answers; a mean that is a whole number of hundredths is no rate.
    const named = await preceptHere([
      ...args.filter((word) => word !== "--metric" && word !== "violation"),
      "--metric",
      "clustered,reward",
      "--split",
      "seen",
      "--json",
    ]);
    const [clustered, reward] = JSON.parse(named.stdout).tendencies;
    expect([clustered.kind, reward.kind]).toEqual(["rate", "gap"]);
    expect(clustered.prediction.observed.n).toBeLessThan(100);
    const notes = await preceptHere([...args, "--split", "seen"]);
    expect(notes.stdout).toContain("tell nothing of their scatter");
    const absent = await preceptHere([...args, "--split", "unseen"]);
    expect([absent.code, absent.stderr]).toEqual([2, expect.stringMatching(/split unseen[\s\S]*seen/)]);
    const other = await preceptHere(["scaling", `${runs[0]}@dpo`, runs[1]!, "--parameters", "1m,2m"]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/not measured[\s\S]*one of sl-cai/)]);
    const flops = await preceptHere(["scaling", ...runs, "--over", "flops"]);
    expect([flops.code, flops.stderr]).toEqual([2, expect.stringMatching(/does not record floating-point/)]);
    expect((await preceptHere(["scaling", runs[0]!, "--over", "rl-steps"])).code).toBe(0);
    expect(readScaling(runs[0]!)[0]?.tendencies[0]?.name).toBe("goldReward");
  });
});

describe("precept scaling sweep", () => {
  test.each([
    [["--widths", "40"], /one size[\s\S]*three different sizes/],
    [["--widths", "40,42,48"], /a width of 42[\s\S]*multiples of 8/],
    [["--widths", "40,wide"], /"wide"/],
    [["--only", "44"], /--only 44[\s\S]*40, 56, 80, 120, 176/],
  ])("refuses %j", async (flags, said) => {
    const { code, stderr } = await preceptHere(["scaling", "sweep", temporaryFolder(), ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(said)]);
  });

  test("a size of a smoke sweep, or of other steps, is none of the sweep, and no fit takes it beside others", async () => {
    const folder = temporaryFolder();
    const sizes = writeSweep(folder, (_, index) => ({ settings: index === 2 ? "smoke" : "a" }));
    const sweep = await preceptHere(["scaling", "sweep", folder]);
    expect([sweep.code, sweep.stderr]).toEqual([
      2,
      expect.stringMatching(/0\.11M, which was trained or measured otherwise/),
    ]);
    const fit = await preceptHere(["scaling", ...sizes]);
    expect([fit.code, fit.stderr]).toEqual([2, expect.stringMatching(/0\.11M seed 1 and 0\.38M seed 1.*two ways/)]);
  });

  test("a size that other tokens trained is refused, and nothing of it is lost", async () => {
    const folder = temporaryFolder();
    const [first = ""] = writeSweep(join(folder, "others"));
    const names = ["size-0.11M-seed-1", "size-0.20M-seed-1"].map((name) => join(folder, name));
    names.forEach((name, index) => {
      cpSync(first, name, { recursive: true });
      const record = JSON.parse(readFileSync(join(first, "size.json"), "utf8"));
      writeFileSync(
        join(name, "size.json"),
        JSON.stringify({ ...record, settings: settingsOf(sweepSteps, sweepAmounts), tokens: 1000 + index }),
      );
    });
    const { code, stderr } = await preceptHere(["scaling", "sweep", folder]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/same tokens at every size/)]);
    expect(names.map((name) => readFileSync(join(name, "size.json"), "utf8").includes("tokens"))).toEqual([true, true]);
  });
});

function writeBenchmark(folder: string, subject: string, successes: number): void {
  const n = 100;
  const metric = wilson(successes, n);
  mkdirSync(join(folder, "benchmark"), { recursive: true });
  writeFileSync(
    join(folder, "benchmark", "summary.json"),
    JSON.stringify({
      ...{ benchmark: "xstest", version: "1", title: "XSTest", subject, metric: "m", judge: null, data: [] },
      ...{ items: n, available: n, samples: 1, missing: {}, metrics: { overRefusal: metric }, by: {} },
      ...{ seconds: 1, tokens: 1 },
    }),
  );
}

/** A run on harbor whose stages say nothing of what they computed. */
function writeHarborRun(folder: string, violation: number): string {
  const near = (estimate: number) => ({ estimate, low: estimate - 0.1, high: estimate + 0.1, n: 100 });
  const clustered = { ...near(violation), clusters: 20 };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "summary.json"),
    JSON.stringify({
      ...{ schemaVersion: 1, preset: "demo", seed: 1, constitutionHash: "00", roles: {}, peakMemoryBytes: 1 },
      checkpoints: {
        "sl-cai": { seen: { violation: wilson(100 * violation, 100), clustered, reward: near(violation) } },
      },
      stages: { "sl-cai": { seconds: 1, tokens: 1, tokensPerSecond: 1 } },
      goldReward: [6, 12, 18, 24].map((step) => ({ step, gold: near(0.3 + step / 100) })),
    }),
  );
  return folder;
}
