import { PreceptError } from "../../errors.ts";
import { add, cast, greater, matmul, mul, reshape, sub, type Value, where } from "../../tensor/index.ts";
import { type Checkpoint, type LossBuilder, loadCheckpoint } from "../../transformer/index.ts";
import { chosenLoss, type DpoOptions, dpoLoss } from "../losses/dpo.ts";
import { weightedMean } from "../losses/masked.ts";
import { preferenceAccuracy } from "../losses/preference.ts";
import type { DpoJob, PreferenceExample, TrainingProgress, TrainingResult } from "../trainer.ts";
import { type BatchShape, epochOrder, fillTokenBatch, type Placement, packUnits } from "./batching.ts";
import { shapeFor } from "./encoding.ts";
import { openJob, type SavedJob } from "./job-state.ts";
import { type LearningModel, learningModel, refuseEmpty, scorerOver } from "./learning-model.ts";
import { type EncodedPair, encodePairs, judgePairs, pairLengths, placePairs } from "./pairs.ts";
import type { PairPlan } from "./preference-model.ts";
import { trainSupervised } from "./supervised.ts";
import { TokenScorer, withoutScalarHead } from "./token-scorer.ts";
import type { StepBatch } from "./token-training.ts";

/** log-probabilities of both responses of a pair, sums over their tokens, nats. */
type PairLogprobs = readonly [number, number];

export interface DpoPlan extends PairPlan {
  readonly options: LossOptions;
}

/** What a job of DPO does at each step. @throws PreceptError input-invalid or context-overflow. */
export function planDpo(job: DpoJob, model: Pick<LearningModel, "tokenizer" | "config">): DpoPlan {
  refuseEmpty("Direct preference optimisation", job.comparisons, "comparisons");
  const options = dpoOptions(job);
  const encode = (examples: readonly PreferenceExample[]): EncodedPair[] =>
    encodePairs(examples, model.tokenizer, model.config.contextLength, { ...job, leavesOpen: true });
  const pairs = encode(job.comparisons);
  const heldOut = encode(job.heldOut ?? []);
  const units = pairLengths(pairs, false);
  const chosen = shapeFor([...units, ...pairLengths(heldOut, false)].flat(), model.config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const steps = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(pairs.length, job.seed, epoch) }),
  ).flat();
  return {
    options,
    pairs,
    heldOut,
    shape,
    steps,
    pairsPerBatch: Math.max(1, ...steps.map((placements) => placements.length / 2)),
    schedule: job.schedule ?? { shape: "linear", warmup: 0.1 },
    guessLoss: options.variant === "sigmoid" && options.nllWeight === 0 ? Math.LN2 : undefined,
  };
}

/**
 * Direct preference optimisation, Rafailov et al. 2023, with soft labels. Both responses of a pair stand in one batch; the
 * reference's log-probabilities are computed once, before the first step.
 */
export async function* trainDpo(job: DpoJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const open = await openJob(job);
  if (open.finished !== undefined) return open.finished;
  refuseEmpty("Direct preference optimisation", job.comparisons, "comparisons");
  const model = await learningModel(job, open.saved);
  const { options, pairs, heldOut, shape, steps: plan, pairsPerBatch, schedule, guessLoss } = planDpo(job, model);

  const reference = await referenceModel(job, model, open.saved);
  const scorer = await TokenScorer.create({ ...reference, shape, readings: ["logprobs"] });
  const references = await pairLogprobs(scorer, pairs);
  const heldOutReferences = await pairLogprobs(scorer, heldOut);
  await scorer.dispose();

  return yield* trainSupervised({
    job,
    open,
    model,
    loss: dpoLossBuilder(pairsPerBatch, options),
    shape,
    steps: plan.length,
    guessLoss,
    batchAt: (step) =>
      fillDpoBatch(plan[step - 1] ?? [], shape, {
        pairs,
        references,
        count: pairsPerBatch,
        hasLengths: options.nllWeight > 0,
      }),
    schedule,
    after: async (session) => {
      if (heldOut.length === 0) return {};
      const policy = await scorerOver(session, model, { shape, readings: ["logprobs"] });
      const logprobs = await pairLogprobs(policy, heldOut);
      await policy.dispose();
      const ratio = (i: number, side: 0 | 1): number => logprobs[i]![side] - heldOutReferences[i]![side];
      return judgePairs(
        heldOut,
        heldOut.map((_, i) => options.beta * (ratio(i, 0) - ratio(i, 1))),
      );
    },
  });
}

interface LossOptions extends DpoOptions {
  readonly nllWeight: number;
}

function dpoOptions({ beta = 0.1, variant = "sigmoid", labelSmoothing = 0, nllWeight = 0 }: DpoJob): LossOptions {
  const describeFault = (found: string, expected: string): PreceptError =>
    new PreceptError("input-invalid", { attempted: "Direct preference optimisation", found, expected });
  if (!(beta > 0 && Number.isFinite(beta))) throw describeFault(`beta ${beta}`, "a positive number");
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5))
    throw describeFault(`labelSmoothing ${labelSmoothing}`, "a share in [0, 1/2)");
  if (!(nllWeight >= 0 && Number.isFinite(nllWeight)))
    throw describeFault(`nllWeight ${nllWeight}`, "a number of 0 or more");
  return { beta, variant, labelSmoothing, nllWeight };
}

/** The frozen model: another checkpoint, the adapter's base, or the weights at the job's very start. */
async function referenceModel(
  job: DpoJob,
  model: LearningModel,
  saved: SavedJob | undefined,
): Promise<Pick<Checkpoint, "config" | "weights">> {
  const place = job.reference ?? (job.lora === undefined && saved !== undefined ? job.initial : undefined);
  if (place === undefined) return { config: model.config, weights: model.weights };
  const { config, weights } = await loadCheckpoint(place);
  return { config, weights: withoutScalarHead(weights) };
}

/** Sums of log-probabilities over the tokens of both responses of every pair. */
async function pairLogprobs(scorer: TokenScorer, pairs: readonly EncodedPair[]): Promise<PairLogprobs[]> {
  const sums = pairs.map((): [number, number] => [0, 0]);
  for (const placements of packUnits(pairLengths(pairs, false), scorer.shape)) {
    const batch = fillTokenBatch(placements, scorer.shape, ({ unit, member }) => ({
      tokens: pairs[unit]?.sequences[member] ?? [],
      weights: [],
    }));
    const { logprobs = new Float32Array() } = await scorer.read(batch);
    for (const placement of placements) {
      const [from, to] = responseRange(placement, pairs);
      let sum = 0;
      for (let at = from; at < to; at++) sum += logprobs[at] ?? 0;
      (sums[placement.unit] as [number, number])[placement.member] = sum;
    }
  }
  return sums;
}

/** Flat positions that predict the response's tokens. */
function responseRange({ unit, member, offset }: Placement, pairs: readonly EncodedPair[]): readonly [number, number] {
  const pair = pairs[unit] as EncodedPair;
  return [offset + (pair.starts[member] ?? 1) - 1, offset + (pair.sequences[member]?.length ?? 1) - 1];
}

/**
 * Inputs "tokens", "segments", "targets" (B, T); "first_mask", "second_mask" (P, B·T), 1 where a position predicts a token of
 * that pair's response; "first_reference", "second_reference", "labels", "weights" (P,), and with an NLL term "first_length",
 * "second_length".
 */
function dpoLossBuilder(pairs: number, options: LossOptions): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const places = model.batch * model.length;
    const floats = (name: string): Value => input(name, "float32", [pairs]);
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const logprobs = reshape(model.tokenLogprobs(model.logits(hidden), input("targets", "int32", shape)), [places, 1]);
    const sumOver = (name: string): Value =>
      reshape(matmul(input(name, "float32", [pairs, places]), logprobs), [pairs]);
    const [firstLogprob, secondLogprob] = [sumOver("first_mask"), sumOver("second_mask")];
    const first = sub(firstLogprob, floats("first_reference"));
    const second = sub(secondLogprob, floats("second_reference"));
    const [label, weights] = [floats("labels"), floats("weights")];
    const isFirst = greater(label, 0.5);
    const mean = (x: Value): Value => weightedMean(x, weights);
    const [chosen, rejected] = [where(isFirst, first, second), where(isFirst, second, first)];
    const preferred = dpoLoss({ first, second, label, weights }, options);
    const likely =
      options.nllWeight === 0
        ? undefined
        : chosenLoss({
            ...{ firstLogprob, secondLogprob, label, weights },
            firstLength: floats("first_length"),
            secondLength: floats("second_length"),
          });
    return {
      loss: likely === undefined ? preferred : add(preferred, mul(likely, options.nllWeight)),
      metrics: {
        ...(likely !== undefined && { "loss/dpo": preferred, "loss/nll": likely }),
        "rewards/chosen": mean(mul(chosen, options.beta)),
        "rewards/rejected": mean(mul(rejected, options.beta)),
        "rewards/accuracies": preferenceAccuracy(first, second, label, weights),
        "rewards/margins": mean(mul(sub(chosen, rejected), options.beta)),
        "logps/chosen": mean(where(isFirst, firstLogprob, secondLogprob)),
        "logps/rejected": mean(where(isFirst, secondLogprob, firstLogprob)),
        "labels/decided": mean(cast(greater(mul(sub(label, 0.5), sub(label, 0.5)), 0), "float32")),
      },
    };
  };
}

interface BatchInputs {
  readonly pairs: readonly EncodedPair[];
  readonly references: readonly PairLogprobs[];
  /** Slots for pairs. */
  readonly count: number;
  readonly hasLengths: boolean;
}

function fillDpoBatch(
  placements: readonly Placement[],
  shape: BatchShape,
  { pairs, references, count, hasLengths }: BatchInputs,
): StepBatch {
  const { rows, slots, labels, weights } = placePairs(placements, shape, pairs, count, false);
  const places = shape.batch * shape.length;
  const masks = [new Float32Array(count * places), new Float32Array(count * places)] as const;
  const referenceSums = [new Float32Array(count), new Float32Array(count)] as const;
  // An empty slot weighs nothing, and must not divide by nothing.
  const lengths = [new Float32Array(count).fill(1), new Float32Array(count).fill(1)] as const;
  for (const placement of placements) {
    const slot = slots.get(placement.unit) ?? 0;
    const side = placement.member === 0 ? 0 : 1;
    const [from, to] = responseRange(placement, pairs);
    masks[side].fill(1, slot * places + from, slot * places + to);
    lengths[side][slot] = to - from;
    referenceSums[side][slot] = references[placement.unit]?.[side] ?? 0;
  }
  return {
    tokens: rows.tokens,
    segments: rows.segments,
    targets: rows.targets,
    labels,
    weights,
    first_mask: masks[0],
    second_mask: masks[1],
    first_reference: referenceSums[0],
    second_reference: referenceSums[1],
    ...(hasLengths && { first_length: lengths[0], second_length: lengths[1] }),
  };
}
