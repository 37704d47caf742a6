import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { GROWTH_BATCHES, type GrowthResult, LENGTHS } from "./growth.ts";
import type { MemoryResult } from "./memory.ts";
import type { ProductsResult } from "./products.ts";
import type { SamplingResult } from "./sampling.ts";
import { OURS, type TrainingResult } from "./training.ts";

/** When and on what something was measured. */
interface Conditions {
  readonly date: string;
  readonly commit: string;
  readonly processor: string;
  readonly threads: number;
  /** Processes waiting for a core at the end, one-minute mean: above the number of cores the machine was shared. */
  readonly load: number;
}

type Kept<T> = T & { readonly conditions?: Conditions };

export interface Measured {
  readonly training: Record<string, Kept<TrainingResult>>;
  readonly lora: Record<string, Kept<TrainingResult>>;
  readonly sampling: Record<string, readonly Kept<SamplingResult>[]>;
  readonly products: Record<string, Kept<ProductsResult>>;
  readonly memory: Record<string, Kept<MemoryResult>>;
  readonly growth: Record<string, Kept<GrowthResult>>;
}

const DATA = new URL("../../docs/engine-measured.json", import.meta.url);
const DOCUMENT = new URL("../../docs/engine.md", import.meta.url);

export const startEmpty = (): Measured => ({
  training: {},
  lora: {},
  sampling: {},
  products: {},
  memory: {},
  growth: {},
});

export const readStored = (): Measured => ({
  ...startEmpty(),
  ...(existsSync(DATA) ? (JSON.parse(readFileSync(DATA, "utf8")) as Partial<Measured>) : {}),
});

/** Adds what was measured to what is on disk, the newer instead of the older. */
export function keep(measured: Measured, threads: number): void {
  const conditions: Conditions = {
    date: new Date().toISOString().slice(0, 16),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    processor: cpus()[0]?.model ?? "unknown",
    threads,
    load: Math.round(loadavg()[0]! * 10) / 10,
  };
  const all = readStored();
  for (const part of ["training", "lora", "products", "memory", "growth"] as const) {
    for (const [name, result] of Object.entries(measured[part]))
      Object.assign(all[part], { [name]: { ...result, conditions } });
  }
  for (const [name, results] of Object.entries(measured.sampling)) {
    const fresh = results.map((result) => ({ ...result, conditions }));
    const older = (all.sampling[name] ?? []).filter(({ batch }) => !fresh.some((result) => result.batch === batch));
    all.sampling[name] = [...older, ...fresh].toSorted((a, b) => a.batch - b.batch);
  }
  // By way of another file, because whoever is stopped while writing would leave nothing of what took hours.
  const fresh = new URL("engine-measured.json.new", DATA);
  writeFileSync(fresh, `${JSON.stringify(all, null, 1)}\n`);
  renameSync(fresh, DATA);
}

const MODEL_ORDER = ["0.9M", "4.5M", "14M", "135M"];
const sortEntries = <T>(items: Readonly<Record<string, T>>): [string, T][] =>
  MODEL_ORDER.flatMap((name) => (items[name] === undefined ? [] : [[name, items[name]] as [string, T]]));
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const round = (value: number): string => Math.round(value).toLocaleString("en");
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const range = (numbers: readonly number[]): string =>
  numbers.length === 0 ? "—" : `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;

function trainingTable(results: Readonly<Record<string, TrainingResult>>): string {
  const head = [
    "model",
    "tokens per step",
    "engine",
    "tokens/s",
    "GFLOP/s",
    "of fp32 GEMM",
    "processor ms per step",
    "load",
    "warm-up",
    "peak memory",
    "loss differs by",
  ];
  const rows = sortEntries(results).flatMap(([name, { batch, length, peers }]) =>
    peers.map((peer) => [
      name,
      `${batch} × ${length}`,
      `${peer.name} ${peer.precision}`,
      round(peer.tokensPerSecond),
      round(peer.gflops),
      percent(peer.gemmShare),
      round(peer.processorMilliseconds),
      `${peer.loadSeconds.toFixed(1)} s`,
      `${peer.warmUpSeconds.toFixed(1)} s`,
      gigabytes(peer.peakMemory),
      peer.name === OURS ? "" : peer.lossDifference.toExponential(0),
    ]),
  );
  return table(head, rows);
}

/** What bounds a step: its matrix products alone, and the ratio that would be left if all else were free. */
function productsTable({ products, training }: Measured): string {
  const rows = sortEntries(products).flatMap(([name, { ours, torch }]) => {
    const peers = training[name]?.peers;
    if (peers === undefined) return [];
    const own = peers[0]!.milliseconds;
    const best = Math.min(...peers.slice(1).flatMap((peer) => (peer.precision === "fp32" ? [peer.milliseconds] : [])));
    return [
      [
        name,
        `${round(ours)} ms`,
        `${round(torch)} ms`,
        (torch / ours).toFixed(2),
        percent(ours / own),
        percent(torch / best),
        (best / ours).toFixed(2),
      ],
    ];
  });
  const head = [
    "model",
    "products alone, onnxruntime",
    "PyTorch",
    "ratio",
    "of our step",
    "of PyTorch's step",
    "ratio to PyTorch's step were all else free",
  ];
  return table(head, rows);
}

function samplingTable(results: Measured["sampling"]): string {
  const rows = sortEntries(results).flatMap(([name, batches]) =>
    batches.map(({ batch, peers, ratios }) => [
      name,
      `${batch}`,
      ...peers.map(({ tokensPerSecond, agrees }) => `${round(tokensPerSecond)}${agrees ? "" : " (other tokens)"}`),
      ...peers.slice(1).map((peer) => (ratios[peer.name] ?? Number.NaN).toFixed(2)),
      peers.map(({ peakMemory }) => gigabytes(peakMemory)).join(", "),
    ]),
  );
  const names = ["transformers", "node-llama-cpp"];
  return table(["model", "batch", OURS, ...names, ...names.map((name) => `ratio to ${name}`), "peak memory"], rows);
}

function growthTable({ training, sampling }: GrowthResult): string {
  const cell = (batch: number, length: number): string => {
    const found = training.find((item) => item.batch === batch && item.length === length);
    return found === undefined
      ? "—"
      : `${round(found.tokensPerSecond)} (${round(found.gflops)} GFLOP/s, ${gigabytes(found.peakMemory)})`;
  };
  return table(
    ["rows", ...LENGTHS.map((length) => `training, length ${length}`), "sampling"],
    GROWTH_BATCHES.map((batch) => {
      const sampled = sampling.find((item) => item.batch === batch);
      const rate = sampled === undefined ? "—" : `${round(sampled.tokensPerSecond)}`;
      return [`${batch}`, ...LENGTHS.map((length) => cell(batch, length)), rate];
    }),
  );
}

/** The table: what was asked beside what was measured. */
function targetTable({ training, lora, sampling, memory }: Measured): string {
  const rows: string[][] = [];
  const add = (figure: string, target: string, value: string, met: boolean): void => {
    rows.push([figure, target, value, met ? "met" : "**short**"]);
  };
  for (const [name, { ratios }] of sortEntries(training)) {
    const { median, rounds, processor } = ratios.fp32;
    if (name !== "135M")
      add(
        `training ${name}, ratio to the best fp32 PyTorch`,
        "≥ 1.2",
        `${median.toFixed(2)} (rounds ${range(rounds)}; processor time ${processor.toFixed(2)})`,
        median >= 1.2,
      );
  }
  for (const [name, { ratios }] of sortEntries(lora)) {
    const { median, rounds, processor } = ratios.fp32;
    add(
      `training ${name} with LoRA, ratio to PyTorch + PEFT`,
      "≥ 1.0",
      `${median.toFixed(2)} (rounds ${range(rounds)}; processor time ${processor.toFixed(2)})`,
      median >= 1,
    );
  }
  for (const [name, { peers, gemm }] of sortEntries(training)) {
    const own = peers[0]!;
    if (name === "0.9M") continue;
    const value = `${own.gemmShare.toFixed(2)} (${round(own.gflops)} of ${round(gemm.fp32)} GFLOP/s)`;
    add(`share of the fp32 GEMM rate, ${name}`, "≥ 0.65", value, own.gemmShare >= 0.65);
  }
  for (const [name, results] of sortEntries(sampling)) {
    for (const { batch, ratios } of results) {
      const [python = Number.NaN, cpp = Number.NaN] = [ratios["transformers"], ratios["node-llama-cpp"]];
      if (batch === 64)
        add(
          `sampling ${name}, batch 64, ratio to the better of both`,
          "≥ 2",
          Math.min(python, cpp).toFixed(2),
          Math.min(python, cpp) >= 2,
        );
      if (batch === 1) add(`sampling ${name}, batch 1, ratio to node-llama-cpp`, "≥ 1.0", cpp.toFixed(2), cpp >= 1);
    }
  }
  for (const [name, { peers, parameters }] of sortEntries(training)) {
    const eager = peers.find((peer) => peer.name === "torch eager" && peer.precision === "fp32");
    if (eager === undefined) continue;
    const own = peers[0]!.peakMemory;
    const value = `${gigabytes(own)} beside ${gigabytes(eager.peakMemory)}; 16 bytes per parameter are ${gigabytes(16 * parameters)}`;
    // Eager PyTorch keeps parameters, gradients, two moments and activations, and nothing twice: the target's own sum.
    add(
      `memory ${name}, full training, beside eager PyTorch`,
      "16 bytes per parameter + activations",
      value,
      own <= eager.peakMemory,
    );
  }
  for (const [name, { ours, torch, tokens }] of sortEntries(memory)) {
    const value = `${ours.toFixed(1)} beside ${torch.toFixed(1)}`;
    add(
      `memory ${name}, full training on ${tokens} tokens, beside eager PyTorch`,
      "16 bytes per parameter + activations",
      value,
      ours <= torch,
    );
  }
  return table(["figure", "target", "measured", ""], rows);
}

/** All tables by title, those of nothing measured left out. */
export function tables(measured: Measured): Record<string, string> {
  const result: Record<string, string> = { targets: targetTable(measured) };
  if (Object.keys(measured.training).length > 0) result["training"] = trainingTable(measured.training);
  if (Object.keys(measured.products).length > 0) result["products"] = productsTable(measured);
  if (Object.keys(measured.lora).length > 0) result["lora"] = trainingTable(measured.lora);
  if (Object.keys(measured.sampling).length > 0) result["sampling"] = samplingTable(measured.sampling);
  for (const growth of Object.values(measured.growth)) result["growth"] = growthTable(growth);
  return result;
}

/** What was measured when, on what. */
function conditionsLine(measured: Measured): string {
  const all = [
    ...Object.values(measured.training),
    ...Object.values(measured.lora),
    ...Object.values(measured.sampling).flat(),
    ...Object.values(measured.products),
    ...Object.values(measured.memory),
    ...Object.values(measured.growth),
  ].flatMap(({ conditions }) => (conditions === undefined ? [] : [conditions]));
  const seen = new Map(all.map((item) => [`${item.commit} ${item.date}`, item]));
  const runs = [...seen.values()].map(({ date, commit, load }) => `${date} (${commit}, load ${load})`);
  const [first] = all;
  return first === undefined ? "" : `${first.processor}, ${first.threads} threads. Measured ${runs.join("; ")}.`;
}

/** Puts the tables between the markers of docs/engine.md. */
export function writeTables(): void {
  const measured = readStored();
  let text = readFileSync(DOCUMENT, "utf8");
  for (const [title, body] of Object.entries({ conditions: conditionsLine(measured), ...tables(measured) })) {
    const [begin, end] = [`<!-- begin ${title} -->`, `<!-- end ${title} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < 0) throw new Error(`docs/engine.md has no section ${title}`);
    text = `${text.slice(0, from + begin.length)}\n${body}\n${text.slice(to)}`;
  }
  writeFileSync(DOCUMENT, text);
}
