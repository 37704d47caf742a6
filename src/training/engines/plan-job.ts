import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { omitUndefined } from "../../omit-undefined.ts";
import { rng } from "../../rng.ts";
import { makeFolder } from "../../storage/index.ts";
import {
  ADAMW_DEFAULTS,
  type CheckpointOutline,
  initialAdapter,
  loadCheckpoint,
  loraConfig,
  outlineCheckpoint,
  SCALAR_HEAD,
  saveAdapter,
  saveCheckpoint,
  weightShapes,
} from "../../transformer/index.ts";
import type { Placement, TokenDocument } from "../local/batching.ts";
import { planDpo } from "../local/dpo.ts";
import { stopTokens } from "../local/encoding.ts";
import type { EncodedPair } from "../local/pairs.ts";
import { type PairPlan, planPreferenceModel } from "../local/preference-model.ts";
import { planSft } from "../local/sft.ts";
import { learningRateAt, type Schedule } from "../schedules.ts";
import type { DpoJob, PreferenceModelJob, SftJob } from "../trainer.ts";
import { CONTRACT, type EngineJob, type EnginePlan, type EngineRow, type PlannedStep } from "./job-folder.ts";

/** A job whose data is fixed before its first step. */
export type FixedJob = SftJob | PreferenceModelJob | DpoJob;

/** How an engine computes a job; part of its fingerprint. */
export interface EngineSettings {
  readonly dtype: "float32" | "bfloat16";
  readonly processes: number;
  /** Rows that one process reads at once. Default: as many as the fullest step has. */
  readonly rowsPerProcess?: number | undefined;
  readonly backend: EngineJob["backend"];
}

type Outline = Pick<CheckpointOutline, "config" | "tokenizer" | "folder" | "names">;

/** What an objective plans, in the terms of the job folder. */
interface Objective extends Pick<EngineJob, "loss"> {
  readonly rows: readonly EngineRow[];
  readonly heldOut: readonly EngineRow[];
  readonly placements: readonly (readonly Placement[])[];
  /** Positions of one row, padding excluded. */
  readonly lengthOf: (row: EngineRow) => number;
  readonly schedule: Schedule;
  readonly guessLoss: number | undefined;
  /** Steps after which held-out rows are measured. */
  readonly measured: readonly number[];
  readonly keepsBest: boolean;
}

/**
 * Everything that can be decided before the first step: tokens, order, batches, rates, and with LoRA the adapter, which it writes
 * into the folder, as it does the initial model where that is no plain folder.
 * @throws PreceptError what encoding, packing and loading throw.
 */
export async function planJob(
  job: FixedJob,
  folder: string,
  fingerprint: string,
  settings: EngineSettings,
): Promise<EnginePlan> {
  const outline = (await outlineCheckpoint(job.initial)) ?? (await makePlain(job.initial, join(folder, "initial")));
  const planned = planObjective(job, outline);
  const { rows, heldOut, loss, measured, keepsBest, guessLoss } = planned;
  const steps = planSteps(job, planned);
  const head = job.objective !== "preference-model" ? "none" : outline.names.includes(SCALAR_HEAD) ? "keep" : "zero";
  if (job.lora !== undefined) await writeAdapter(job, folder, outline, head);
  const reference = job.objective === "dpo" ? job.reference : undefined;
  // Of a GGUF file or an adapter a plain copy, which is then the place.
  if (reference !== undefined && (await outlineCheckpoint(reference)) === undefined)
    await makePlain(reference, join(folder, "reference"));
  const { checkpointEvery, lora } = job;
  const isMeasured = heldOut.length > 0;
  return {
    rows,
    heldOut,
    steps,
    job: {
      contract: CONTRACT,
      objective: job.objective,
      fingerprint,
      ...(await placesOf(job, folder)),
      seed: job.seed,
      model: {
        dtype: settings.dtype,
        device: job.device === "webgpu" ? "auto" : (job.device ?? "auto"),
        padToken: padTokenOf(outline),
        endToken: outline.tokenizer.endToken,
        head,
      },
      optimizer: { ...ADAMW_DEFAULTS, weightDecay: job.weightDecay ?? 0 },
      steps: steps.length,
      stateEvery: job.stateEvery ?? 50,
      loss,
      layout: layoutOf(steps, settings),
      backend: settings.backend,
      ...omitUndefined({
        lora: lora && loraOf(lora),
        checkpointEvery,
        // As the local engine: ten times the loss of whoever guesses without looking.
        maxLoss: guessLoss && 10 * guessLoss,
        heldOut: isMeasured
          ? omitUndefined({ steps: [...measured], guess: keepsBest ? guessLoss : undefined })
          : undefined,
      }),
    },
  };
}

function planObjective(job: FixedJob, outline: Outline): Objective {
  switch (job.objective) {
    case "sft": {
      const { documents, ids, heldOut, steps, schedule, guessLoss } = planSft(job, outline);
      const rowOf = ({ tokens, weights }: TokenDocument, id: string): EngineRow => ({
        id,
        tokens: [...tokens],
        weights: [...weights],
      });
      return {
        loss: { kind: "cross-entropy" },
        rows: documents.map((document, i) => rowOf(document, ids[i] ?? "")),
        heldOut: heldOut.map((document, i) => rowOf(document, `held-out-${i}`)),
        placements: steps,
        lengthOf: (row) => ("tokens" in row ? Math.max(1, row.tokens.length - 1) : 0),
        schedule,
        guessLoss,
        measured: [0, steps.length],
        keepsBest: false,
      };
    }
    case "preference-model": {
      const plan = planPreferenceModel(job, outline);
      const measured = plan.candidates === undefined ? [plan.steps.length] : [...plan.candidates];
      const keepsBest = plan.candidates !== undefined;
      return { loss: { kind: "bradley-terry-soft" }, ...ofPairs(plan, 0), measured, keepsBest };
    }
    case "dpo": {
      const plan = planDpo(job, outline);
      return {
        loss: { kind: "dpo", ...plan.options },
        ...ofPairs(plan, 1),
        measured: [plan.steps.length],
        keepsBest: false,
      };
    }
  }
}

/** `unread`: tokens at the end of a response that no position stands for, since nothing is read on the last one. */
function ofPairs({ pairs, heldOut, steps, schedule, guessLoss }: PairPlan, unread: 0 | 1) {
  const rowOf = ({ id, sequences: [first, second], starts, label, weight }: EncodedPair): EngineRow => ({
    id,
    first: [...first],
    second: [...second],
    starts: [...starts],
    label,
    weight,
  });
  return {
    rows: pairs.map(rowOf),
    heldOut: heldOut.map(rowOf),
    placements: steps,
    lengthOf: (row: EngineRow) => ("first" in row ? row.first.length + row.second.length - 2 * unread : 0),
    schedule,
    guessLoss,
  };
}

function planSteps(job: FixedJob, { rows, placements, lengthOf, schedule }: Objective): PlannedStep[] {
  let tokens = 0;
  return placements.map((placed, index) => {
    const own = [...new Set(placed.map(({ unit }) => unit))];
    const read = own.map((place) => rows[place] as EngineRow);
    tokens += read.reduce((sum, row) => sum + lengthOf(row), 0);
    return {
      step: index + 1,
      rows: own,
      // As the local engine: a step of weight 0 learns nothing.
      weight: Math.max(1e-8, sumOf(read.map(weightOf))),
      decided: sumOf(read.map((row) => ("label" in row && row.label !== 0.5 ? row.weight : 0))),
      rate: learningRateAt(schedule, job.learningRate, index + 1, placements.length),
      tokens,
    };
  });
}

/** The first token of a document is never predicted. */
const weightOf = (row: EngineRow): number => ("label" in row ? row.weight : sumOf(row.weights.slice(1)));
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function layoutOf(steps: readonly PlannedStep[], { processes, rowsPerProcess }: EngineSettings): EngineJob["layout"] {
  const fullest = steps.reduce((most, { rows }) => Math.max(most, rows.length), 1);
  const each = Math.min(rowsPerProcess ?? Number.POSITIVE_INFINITY, Math.ceil(fullest / processes));
  const accumulate = Math.ceil(fullest / (processes * each));
  return { processes, strategy: processes === 1 ? "single" : "ddp", rowsPerProcess: each, accumulate };
}

/**
 * What fills rows up. A preference model reads its score before the first of them, so that no token that ends a response will
 * do: SmolLM2's pad token is its end token, and moved the score one token early.
 */
function padTokenOf({ tokenizer, config }: Outline): number {
  const ends = stopTokens(tokenizer);
  const { padToken } = tokenizer;
  if (padToken !== undefined && !ends.includes(padToken)) return padToken;
  const free = Array.from({ length: Math.min(config.vocabularySize, ends.length + 1) }, (_, token) => token);
  return free.find((token) => !ends.includes(token)) ?? 0;
}

function loraOf(options: NonNullable<FixedJob["lora"]>): EngineJob["lora"] {
  const { rank, alpha, dropout, targetModules, rankStabilised } = loraConfig(options);
  return { rank, alpha, dropout, targets: [...targetModules], rslora: rankStabilised };
}

/** The seeded adapter that the local engine begins with, in PEFT's format, with a new scalar head where there is one. */
async function writeAdapter(
  job: FixedJob,
  folder: string,
  { config, names, folder: initial }: Outline,
  head: EngineJob["model"]["head"],
): Promise<void> {
  const all = weightShapes(config);
  const shapes = new Map(names.flatMap((name) => (all.has(name) ? [[name, { shape: all.get(name) ?? [] }]] : [])));
  const lora = loraConfig(job.lora ?? { rank: 1 });
  const { weights } = initialAdapter(shapes, lora, rng(job.seed, "lora"));
  const scalars = { shape: [1, config.hiddenSize], data: new Float32Array(config.hiddenSize) };
  const own = names.includes(SCALAR_HEAD)
    ? (await loadCheckpoint(resolve(folder, initial))).weights.get(SCALAR_HEAD)
    : undefined;
  const start = head === "none" ? weights : new Map([...weights, [SCALAR_HEAD, own ?? scalars] as const]);
  await saveAdapter(join(folder, "initial-adapter"), { config: lora, weights: start }, job.initial);
}

/** A plain folder of what is none: a GGUF file, which transformers cannot save again, or adapters over a base. */
async function makePlain(place: string, folder: string): Promise<Outline> {
  const { config, tokenizer, weights } = await loadCheckpoint(place);
  await saveCheckpoint(folder, { config, tokenizer, weights });
  return { config, tokenizer, folder: basename(folder), names: [...weights.keys()] };
}

/** A model's place as it is seen from the job folder; `copy` where it had to be made plain. */
async function placeSeen(place: string, copy: string): Promise<string> {
  const outline = await outlineCheckpoint(place);
  if (outline === undefined) return basename(copy);
  makeFolder(dirname(copy));
  // Python follows links before it goes up.
  return relative(realpathSync(dirname(copy)), realpathSync(outline.folder)).replaceAll("\\", "/");
}

/** The places of a planned job's models, which may have been moved since: their content is in its fingerprint. */
export async function placesOf(job: FixedJob, folder: string): Promise<Pick<EngineJob, "initial" | "reference">> {
  const reference = job.objective === "dpo" ? job.reference : undefined;
  return {
    initial: await placeSeen(job.initial, join(folder, "initial")),
    ...omitUndefined({ reference: reference && (await placeSeen(reference, join(folder, "reference"))) }),
  };
}
