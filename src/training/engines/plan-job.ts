import { join } from "node:path";
import { omitUndefined } from "../../omit-undefined.ts";
import { SCALAR_HEAD } from "../../transformer/index.ts";
import type { Placement, TokenDocument } from "../local/batching.ts";
import { planDpo } from "../local/dpo.ts";
import type { EncodedPair } from "../local/pairs.ts";
import { type PairPlan, planPreferenceModel } from "../local/preference-model.ts";
import { planSft } from "../local/sft.ts";
import { learningRateAt, type Schedule } from "../schedules.ts";
import type { DpoJob, PreferenceModelJob, SftJob } from "../trainer.ts";
import type { EngineJob, EnginePlan, EngineRow, PlannedStep } from "./job-folder.ts";
import {
  commonOf,
  type EngineSettings,
  layoutOf,
  type Outline,
  outlineIn,
  placeSeen,
  writeAdapter,
} from "./plan-models.ts";
import { planRounds, type RoundJob } from "./plan-rounds.ts";

export type { EngineSettings } from "./plan-models.ts";

/** A job whose data is fixed before its first step. */
export type FixedJob = SftJob | PreferenceModelJob | DpoJob;

/** What TRL trains. */
export type TrlJob = FixedJob | RoundJob;

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
  job: TrlJob,
  folder: string,
  fingerprint: string,
  settings: EngineSettings,
): Promise<EnginePlan> {
  const outline = await outlineIn(job.initial, join(folder, "initial"));
  if (job.objective === "grpo" || job.objective === "rloo")
    return planRounds(job, outline, { folder, fingerprint, settings });
  const { rows, heldOut, loss, guessLoss, ...planned } = planObjective(job, outline);
  const steps = planSteps(job, { rows, ...planned });
  const head = job.objective !== "preference-model" ? "none" : outline.names.includes(SCALAR_HEAD) ? "keep" : "zero";
  if (job.lora !== undefined) await writeAdapter(job, folder, outline, head);
  if (job.objective === "dpo" && job.reference !== undefined) await outlineIn(job.reference, join(folder, "reference"));
  const { model, ...common } = commonOf(job, outline, fingerprint, settings);
  const fullest = steps.reduce((most, step) => Math.max(most, step.rows.length), 1);
  const guess = planned.keepsBest ? guessLoss : undefined;
  return {
    rows,
    heldOut,
    steps,
    job: {
      ...common,
      objective: job.objective,
      ...(await placesOf(job, folder)),
      model: { ...model, head },
      steps: steps.length,
      stateEvery: job.stateEvery ?? 50,
      loss,
      layout: layoutOf(fullest, settings),
      ...omitUndefined({
        // As the local engine: ten times the loss of whoever guesses without looking.
        maxLoss: guessLoss && 10 * guessLoss,
        heldOut: heldOut.length > 0 ? omitUndefined({ steps: [...planned.measured], guess }) : undefined,
      }),
    },
  };
}

/** The places of a planned job's models, which may have been moved since: their content is in its fingerprint. */
export async function placesOf(job: TrlJob, folder: string): Promise<Pick<EngineJob, "initial" | "reference">> {
  const reference = "reference" in job && job.reference !== job.initial ? job.reference : undefined;
  return {
    initial: await placeSeen(job.initial, join(folder, "initial")),
    ...omitUndefined({ reference: reference && (await placeSeen(reference, join(folder, "reference"))) }),
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

function planSteps(
  job: FixedJob,
  { rows, placements, lengthOf, schedule }: Pick<Objective, "rows" | "placements" | "lengthOf" | "schedule">,
): PlannedStep[] {
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
const weightOf = (row: EngineRow): number =>
  "label" in row ? row.weight : "weights" in row ? sumOf(row.weights.slice(1)) : 0;
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
