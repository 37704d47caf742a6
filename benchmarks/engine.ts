/**
 * Precept's engine beside its peers on this machine, in turns within one run: `npm run bench:engine -- [flags]`
 *   --part training,lora,products,sampling,memory,growth   what to measure (all, each of the models that it asks for)
 *   --only 0.9M,4.5M,14M,135M     these models instead
 *   --rounds 5  --threads 2  --batches 1,8,64  --precision fp32,bf16  --modes eager,compile  --rank 16
 *   --write                       put the results among docs/engine-measured.json and the tables of docs/engine.md
 * PRECEPT_PYTHON names a Python with torch, transformers, peft and safetensors; node-llama-cpp comes by
 * `npm --prefix benchmarks install`. All of it takes most of an hour.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureGrowth } from "./engine/growth.ts";
import { measureMemory } from "./engine/memory.ts";
import { benchmarkModels, type ModelName, modelNames, prepare } from "./engine/models.ts";
import { compareProducts } from "./engine/products.ts";
import { keep, readStored, startEmpty, tables, writeTables } from "./engine/report.ts";
import { compareSampling } from "./engine/sampling.ts";
import { compareTraining } from "./engine/training.ts";

/** The models that each part is asked of. */
const PARTS = {
  training: ["0.9M", "4.5M", "14M"],
  lora: ["135M"],
  products: ["0.9M", "4.5M", "14M"],
  sampling: ["0.9M", "4.5M", "14M", "135M"],
  memory: ["135M"],
  growth: ["4.5M"],
} as const satisfies Record<string, readonly ModelName[]>;
type Part = keyof typeof PARTS;

const { values } = parseArgs({
  options: {
    part: { type: "string", default: Object.keys(PARTS).join() },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    batches: { type: "string", default: "1,8,64" },
    precision: { type: "string", default: "fp32,bf16" },
    modes: { type: "string", default: "eager,compile" },
    rank: { type: "string", default: "16" },
    write: { type: "boolean", default: false },
  },
});
const list = (text: string): string[] => text.split(",").filter((item) => item !== "");
function choose<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  return list(text).map((name) => {
    const found = known.find((item) => item === name);
    if (found === undefined) throw new Error(`--${flag} takes ${known.join(", ")}, not ${name}`);
    return found;
  });
}
const parts = choose<Part>("part", values.part, Object.keys(PARTS) as Part[]);
const only = choose<ModelName>("only", values.only, modelNames);
const precisions = choose<"fp32" | "bf16">("precision", values.precision, ["fp32", "bf16"]);
const modes = choose("modes", values.modes, ["eager", "compile"]);
const python = process.env["PRECEPT_PYTHON"] ?? "python/.venv/bin/python";
const [threads, rounds, rank] = [Number(values.threads), Number(values.rounds), Number(values.rank)];
const root = join(tmpdir(), `precept-bench-${process.pid}`);
const log = (line: string): void => console.error(line);
const all = startEmpty();

async function measure(part: Part, name: ModelName): Promise<void> {
  const model = benchmarkModels[name];
  const measured = startEmpty();
  log(`${part}, ${name}: ${threads} threads`);
  const options = { python, threads, rounds };
  if (part === "products") measured.products[name] = await compareProducts(model, options);
  else if (part === "memory") measured.memory[name] = await measureMemory(name, model, options);
  else if (part === "growth") measured.growth[name] = await measureGrowth(model, threads, log);
  else {
    const lora = part === "lora" ? rank : 0;
    const prepared = await prepare(name, model, root, lora);
    if (part === "sampling") {
      const batches = list(values.batches).map(Number);
      measured.sampling[name] = await compareSampling(model, prepared, { ...options, batches }, log);
    } else measured[part][name] = await compareTraining(model, prepared, { ...options, precisions, modes, lora }, log);
    rmSync(prepared.folder, { recursive: true, force: true });
  }
  Object.assign(all[part], measured[part]);
  if (values.write) keep(measured, threads);
}

try {
  for (const part of parts) for (const name of only.length > 0 ? only : PARTS[part]) await measure(part, name);
} finally {
  rmSync(root, { recursive: true, force: true });
}
for (const [title, table] of Object.entries(tables(values.write ? readStored() : all)))
  console.log(`${title}\n\n${table}\n`);
if (values.write) writeTables();
