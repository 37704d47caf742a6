import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportRun, writeHarborDialogues } from "../../src/project/index.ts";
import {
  type Curve,
  relativeDifference,
  trainOnBoth,
  type Unplaced,
} from "../../src/training/engines/parity.test-support.ts";
import { readComparisons, readSftExamples } from "../../src/training/local/index.ts";

export interface ScaleJob {
  readonly run: string;
  /** Of each kind, at most. */
  readonly rows: number;
  readonly seed: number;
}

/** The shipped model of harbor, 0.9 million weights. */
const initial = "models/harbor/checkpoint";
/** A step is 4 rows of 64 tokens. */
const shape = { batch: 4, length: 64 };

/** Both engines on the same jobs over a run's own data, in float32, and TRL once in bfloat16. */
export async function measureParity({ run, rows, seed }: ScaleJob): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), "precept-parity-"));
  await exportRun({ folder: run, target: "trl", into: out, env: process.env });
  const examples = (await readSftExamples(join(out, "sft.jsonl"))).slice(0, rows);
  const comparisons = (await readComparisons(join(out, "preferences.jsonl"))).slice(0, rows / 2);
  const base = { initial, seed, ...shape, epochs: 1, tooLong: "skip" } as const;
  const sft = { ...base, objective: "sft", examples, learningRate: 1e-3 } as const;
  const jobs: readonly (readonly [string, Unplaced, "float32" | "bfloat16"])[] = [
    ["sft", sft, "float32"],
    ["sft, LoRA of rank 8", { ...sft, lora: { rank: 8 }, learningRate: 5e-3 }, "float32"],
    ["preference-model", { ...base, objective: "preference-model", comparisons, learningRate: 5e-4 }, "float32"],
    ["dpo", { ...base, objective: "dpo", comparisons, learningRate: 5e-4 }, "float32"],
    ["sft, TRL in bfloat16", sft, "bfloat16"],
  ];
  const lines = [];
  for (const [name, job, dtype] of jobs) {
    const written = writeHarborDialogues(job);
    if (written.objective !== "sft" && written.objective !== "preference-model" && written.objective !== "dpo")
      continue;
    const both = await trainOnBoth(written, { dtype });
    lines.push(describe(name, both));
    process.stderr.write(`${lines.at(-1)}\n`);
  }
  return [
    `Relative differences, the greatest over the steps named, of our engine and TRL on the data of a run of harbor (seed ${seed}), on one CPU:`,
    "",
    "| job | steps | loss, steps 1–10 | loss, step 20 | gradient norm, steps 1–10 | mean loss of the last quarter, ours / TRL | seconds, ours / TRL |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

function describe(name: string, both: { readonly local: Curve; readonly python: Curve }): string {
  const { local, python } = both;
  const far = (metric: string, first: number, last: number): string =>
    relativeDifference(both, metric, [first, last]).toExponential(1);
  const seconds = [local, python].map(({ result }) => (result.seconds ?? 0).toFixed(0)).join(" / ");
  const quarters = [local, python].map((curve) => lastQuarter(curve).toPrecision(5)).join(" / ");
  const differences = [far("loss", 1, 10), far("loss", 20, 20), far("gradient_norm", 1, 10)];
  return `| ${[name, local.steps.length, ...differences, quarters, seconds].join(" | ")} |`;
}

function lastQuarter({ steps }: Curve): number {
  const last = steps.slice(Math.floor((3 * steps.length) / 4));
  return last.reduce((sum, { metrics }) => sum + (metrics["loss"] ?? 0), 0) / last.length;
}
