import { rmSync } from "node:fs";
import { join } from "node:path";
import { exportRun, writeHarborDialogues } from "../../src/project/index.ts";
import { learnOnBoth, type UnplacedRound } from "../../src/training/engines/given-rollouts.test-support.ts";
import { eventsIn, PythonTrainer } from "../../src/training/engines/index.ts";
import { type Curve, relativeDifference, type Unplaced } from "../../src/training/engines/parity.test-support.ts";
import { LocalTrainer, readComparisons, readSftExamples } from "../../src/training/local/index.ts";
import { finish } from "../../src/training/local/tiny.test-support.ts";

export interface ScaleJob {
  readonly run: string;
  /** Of each kind, at most. */
  readonly rows: number;
  readonly seed: number;
  /** Where what was trained stays. */
  readonly scratch: string;
}

/** The shipped model of harbor, 0.9 million weights. */
const initial = "models/harbor/checkpoint";
/** A step is 4 rows of 64 tokens. */
const shape = { batch: 4, length: 64 };

/** Both engines on the same jobs, in float32, and TRL once in bfloat16. */
export async function measureParity(options: ScaleJob): Promise<string> {
  const { seed, scratch } = options;
  const lines = [];
  for (const { name, job, dtype } of await listJobs(options)) {
    const folder = join(scratch, name.replaceAll(/\W+/g, "-"));
    // A finished job would not tell its steps again.
    rmSync(join(folder, "local"), { recursive: true, force: true });
    const local = await finish(new LocalTrainer().train({ ...job, output: join(folder, "local") }));
    const output = join(folder, "python");
    const { result } = await finish(new PythonTrainer({ dtype }).train({ ...job, output }));
    // All of its steps, those of an earlier call of this command included.
    const steps = eventsIn(output).flatMap((event) =>
      event.type === "step" ? [{ ...event, steps: result.steps }] : [],
    );
    lines.push(describe(name, { local, python: { steps, result } }));
    process.stderr.write(`${lines.at(-1)}\n`);
  }
  for (const { name, job } of await listRounds(options)) {
    const { local, python } = await learnOnBoth(job);
    const far = (a: number, b: number): string => (Math.abs(a - b) / Math.abs(a)).toExponential(1);
    const losses = [local, python].map(({ loss }) => loss.toPrecision(5)).join(" / ");
    const differences = [far(local.loss, python.loss), "–", far(local.gradientNorm, python.gradientNorm)];
    lines.push(`| ${[name, 2, ...differences, losses].join(" | ")} |`);
    process.stderr.write(`${lines.at(-1)}\n`);
  }
  return [
    `Relative differences, the greatest over the steps named, of our engine and TRL on the data of a run of harbor (seed ${seed}), on a CPU:`,
    "",
    "| job | steps | loss, steps 1–10 | loss, step 20 | gradient norm, steps 1–10 | mean loss of the last quarter, ours / TRL |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** One job, and in which precision TRL computes it; our engine has float32. */
export interface ParityJob {
  readonly name: string;
  readonly job: Unplaced;
  readonly dtype: "float32" | "bfloat16";
}

/** On a run's own revisions and comparisons. */
export async function listJobs({ run, rows, seed, scratch }: ScaleJob): Promise<ParityJob[]> {
  const out = join(scratch, "rows");
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
  return jobs.flatMap(([name, job, dtype]) => {
    const written = writeHarborDialogues(job);
    const isFixed =
      written.objective === "sft" || written.objective === "preference-model" || written.objective === "dpo";
    return isFixed ? [{ name, job: written, dtype }] : [];
  });
}

/** One round, learned from twice, of responses that TRL draws: the second loss is not 0, as the first one is. */
async function listRounds({ run, rows, seed, scratch }: ScaleJob): Promise<{ name: string; job: UnplacedRound }[]> {
  const [first] = await listJobs({ run, rows, seed, scratch });
  if (first?.job.objective !== "sft") return [];
  const prompts = first.job.examples.slice(0, 16).map(({ id, prompt }) => ({ id, prompt }));
  const size = { prompts, rolloutsPerStep: 64, samplesPerPrompt: 4, maxTokens: 24, minibatches: 1, epochs: 2 };
  const reward = { checkpoint: join(run, "preference-model", "checkpoint") };
  const common = { ...size, initial, reward, seed, learningRate: 1e-4, klCoefficient: 0.1, batch: 64, length: 192 };
  return [
    { name: "grpo, two updates on given rollouts", job: { ...common, objective: "grpo" } },
    { name: "rloo, two updates on given rollouts", job: { ...common, objective: "rloo" } },
  ];
}

function describe(name: string, both: { readonly local: Curve; readonly python: Curve }): string {
  const { local, python } = both;
  const far = (metric: string, first: number, last: number): string =>
    relativeDifference(both, metric, [first, last]).toExponential(1);
  const quarters = [local, python].map((curve) => lastQuarter(curve).toPrecision(5)).join(" / ");
  const differences = [far("loss", 1, 10), far("loss", 20, 20), far("gradient_norm", 1, 10)];
  return `| ${[name, local.steps.length, ...differences, quarters].join(" | ")} |`;
}

function lastQuarter({ steps }: Curve): number {
  const last = steps.slice(Math.floor((3 * steps.length) / 4));
  return last.reduce((sum, { metrics }) => sum + (metrics["loss"] ?? 0), 0) / last.length;
}
