import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { asFileError, parseJson, tryJson, writeAll, writeWhole } from "../../storage/index.ts";
import { type PlannedRound, questionSchema, rolloutsSchema, roundLosses } from "./round-schema.ts";

/** The version of the job folder: whoever trains runs this one alone. */
export const CONTRACT = 1;

const count = z.int().min(1);
const place = z.int().min(0);
const share = z.number().min(0);
const tokens = z.array(place).min(1);

const loss = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("cross-entropy") }),
  z.strictObject({ kind: z.literal("bradley-terry-soft") }),
  z.strictObject({
    kind: z.literal("dpo"),
    variant: z.enum(["sigmoid", "ipo", "robust"]),
    beta: z.number().positive(),
    labelSmoothing: share.lt(0.5),
    nllWeight: share,
  }),
  ...roundLosses,
]);

/** job.json. Everything else about a job is in the files beside it; no text decides anything. */
export const jobSchema = z.strictObject({
  contract: z.literal(CONTRACT),
  objective: z.enum(["sft", "preference-model", "dpo", "grpo", "rloo"]),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  /** Folder of a plain checkpoint: absolute, a URL, or relative to the job folder. */
  initial: z.string().min(1),
  /** Of dpo, grpo and rloo, where it is not the initial one. */
  reference: z.string().min(1).optional(),
  seed: z.int(),
  model: z.strictObject({
    dtype: z.enum(["float32", "bfloat16"]),
    device: z.enum(["cpu", "cuda", "auto"]),
    padToken: place,
    endToken: place,
    head: z.enum(["none", "keep", "zero"]),
  }),
  lora: z
    .strictObject({
      rank: count,
      alpha: z.number().positive(),
      dropout: share.lt(1),
      targets: z.array(z.string().min(1)).min(1),
      rslora: z.boolean(),
    })
    .optional(),
  optimizer: z.strictObject({
    beta1: share.lt(1),
    beta2: share.lt(1),
    epsilon: z.number().positive(),
    weightDecay: share,
    clipNorm: z.number().positive(),
  }),
  steps: count,
  stateEvery: count,
  checkpointEvery: count.optional(),
  loss,
  /** A step with a greater loss has diverged, and ends the job. Default: nobody looks. */
  maxLoss: z.number().positive().optional(),
  /** Steps after which the held-out rows are measured, 0 before the first; with `guess` the best is kept, if it beats that loss. */
  heldOut: z.strictObject({ steps: z.array(place).min(1), guess: z.number().positive().optional() }).optional(),
  /** Of grpo and rloo, whose steps are rounds. */
  rollouts: rolloutsSchema.optional(),
  /** A step's rows are dealt out: `processes` × `rowsPerProcess` at once, `accumulate` times. */
  layout: z.strictObject({
    processes: count,
    strategy: z.enum(["single", "ddp"]),
    rowsPerProcess: count,
    accumulate: count,
  }),
  backend: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("python") }),
    z.strictObject({ kind: z.literal("ray"), resources: z.record(z.string(), z.number().positive()) }),
  ]),
});

export type EngineJob = z.infer<typeof jobSchema>;

/** A line of plan.jsonl. */
export const stepSchema = z.strictObject({
  step: count,
  rows: z.array(place).min(1),
  /** What the step's loss is divided by, over all processes. */
  weight: z.number().positive(),
  /** Of the pairs among them that a label decides. */
  decided: share,
  rate: share,
  /** That went through the model up to and with this step. */
  tokens: count,
});

/** A line of rows.jsonl or held-out.jsonl, by objective: a demonstration, a labelled pair, or a prompt. */
export const rowSchema = z.union([
  z.strictObject({ id: z.string(), tokens, weights: z.array(share) }),
  z.strictObject({
    id: z.string(),
    first: tokens,
    second: tokens,
    /** Where each response begins. */
    starts: z.tuple([place, place]),
    label: z.number().min(0).max(1),
    weight: share,
  }),
  questionSchema,
]);

export type PlannedStep = z.infer<typeof stepSchema>;
export type EngineRow = z.infer<typeof rowSchema>;

const resultSchema = z.strictObject({
  contract: z.literal(CONTRACT),
  fingerprint: z.string(),
  /** `folderHash` of checkpoint/. */
  sha256: z.string(),
  steps: place,
  tokens: place,
  metrics: z.record(z.string(), z.number()),
  /** Of the tokens, those that were drawn or scored. */
  forwardTokens: place.optional(),
  /** The bound that ended the job early, and in which round. */
  stopped: z.strictObject({ reason: z.string(), step: count }).optional(),
});

export type EngineResult = z.infer<typeof resultSchema>;

/** What TypeScript writes of a job, beside `initial-adapter/` and `initial/`. */
export interface EnginePlan {
  readonly job: EngineJob;
  readonly steps: readonly (PlannedStep | PlannedRound)[];
  readonly rows: readonly EngineRow[];
  readonly heldOut: readonly EngineRow[];
}

/** What of a job folder belongs to one fingerprint: another job there begins without it. */
const ownFiles =
  /^(job\.json|plan\.jsonl|rows\.jsonl|held-out\.jsonl|references\.json|told\.json|result\.json|cancel)$/;
const ownFolders =
  /^(states|kept|rollouts|reward|served-adapter|initial|initial-adapter|reference|checkpoint|checkpoint-\d+)$/;
const ownEvents = /^(events|log)-\d+\.(jsonl|txt)$/;

/** Fingerprint of the job in a folder; undefined where there is none. @throws PreceptError run-version for another contract. */
export function fingerprintIn(folder: string): string | undefined {
  const path = join(folder, "job.json");
  if (!existsSync(path)) return undefined;
  const value = tryJson(readFileSync(path, "utf8"));
  const head = z.looseObject({ contract: z.unknown(), fingerprint: z.unknown() }).safeParse(value);
  const contract = head.success ? head.data.contract : undefined;
  if (contract !== CONTRACT) {
    throw new PreceptError("run-version", {
      attempted: `Opening the job folder ${folder}`,
      found: contract === undefined ? "a job.json without a contract" : `a job of contract ${String(contract)}`,
      expected: `contract ${CONTRACT}`,
      remedy: "let the version of precept that wrote it finish it, or give another folder",
    });
  }
  return typeof head.data?.fingerprint === "string" ? head.data.fingerprint : undefined;
}

/** Writes the files of a job, job.json last: where it stands, the others do. @throws PreceptError disk or permission. */
export async function writeJobFolder(folder: string, { job, steps, rows, heldOut }: EnginePlan): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw asFileError(error, `Writing ${folder}`);
  }
  writeLines(join(folder, "plan.jsonl"), steps);
  writeLines(join(folder, "rows.jsonl"), rows);
  if (job.heldOut !== undefined) writeLines(join(folder, "held-out.jsonl"), heldOut);
  writeJob(folder, job);
}

/** job.json alone. */
export const writeJob = (folder: string, job: EngineJob): void =>
  writeWhole(join(folder, "job.json"), `${JSON.stringify(jobSchema.parse(job), null, 1)}\n`);

/** Removes all that a job left in its folder: its steps, states and result. Other files there are left alone. */
export async function clearJobFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    if (ownFiles.test(name) || ownFolders.test(name) || ownEvents.test(name))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The one sign of success; undefined without it. @throws PreceptError checkpoint-invalid. */
export function readResult(folder: string): EngineResult | undefined {
  const path = join(folder, "result.json");
  if (!existsSync(path)) return undefined;
  return parseJson(
    readFileSync(path, "utf8"),
    resultSchema,
    (found, cause) =>
      new PreceptError("checkpoint-invalid", {
        attempted: `Reading ${path}`,
        found,
        remedy: "delete the file: the job then goes on from its last state",
        cause,
      }),
  );
}

/** Line by line: all of them at once may be longer than a text can be. */
function writeLines(path: string, values: readonly unknown[]): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const value of values) writeAll(file, Buffer.from(`${JSON.stringify(value)}\n`));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw asFileError(error, `Writing ${path}`);
  }
}
