import { gatherRows, reshape, transpose } from "../../tensor/index.ts";
import type { LossBuilder } from "../../transformer/index.ts";
import { everyTokenLoss, headsLoss, sequenceLogits, smoothLogits } from "../losses/token-heads.ts";
import type { TokenHeadsJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { type BatchShape, epochOrder, fillTokenBatch, type Placement, packUnits } from "./batching.ts";
import { encodeResponse, keepFitting, leaveOpen, shapeFor } from "./encoding.ts";
import { openJob } from "./job-state.ts";
import { learningModel, refuseEmpty } from "./learning-model.ts";
import { trainSupervised } from "./supervised.ts";
import type { StepBatch } from "./token-training.ts";

interface EncodedExample {
  readonly id: string;
  readonly tokens: readonly number[];
  /** The first token that the heads are read on. */
  readonly readFrom: number;
  readonly length: number;
  readonly labels: readonly (number | null)[];
}

/**
 * Trains scalar heads and their transformer to say, after every token of a response, whether it breaks what the head stands for.
 * A label is of the whole response: which of its tokens show it is learned (after Sharma et al. 2025, arXiv 2501.18837).
 */
export async function* trainTokenHeads(job: TokenHeadsJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const open = await openJob(job);
  if (open.finished !== undefined) return open.finished;
  refuseEmpty("Training token heads", job.examples, "labelled responses");
  const { heads, window = 4, temperature = 1, form = "sequence" } = job;
  const model = await learningModel(job, open.saved, { head: "new", heads });
  const encoded = job.examples.map(({ id, prompt, response, labels }): EncodedExample => {
    const whole = encodeResponse(model.tokenizer, prompt, response);
    if (form === "end")
      return { id, tokens: whole.tokens, readFrom: whole.tokens.length - 1, length: whole.tokens.length, labels };
    // While it is written, nobody knows yet where a response will end.
    const { tokens, responseStart } = leaveOpen(model.tokenizer, whole);
    return { id, tokens, readFrom: responseStart, length: tokens.length, labels };
  });
  const examples = keepFitting(encoded, model.config.contextLength, job).filter(
    ({ tokens, readFrom }) => tokens.length > readFrom,
  );
  refuseEmpty("Training token heads", examples, "responses that are not empty");
  const units = examples.map(({ length }) => [length]);
  const chosen = shapeFor(units.flat(), model.config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const plan = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(examples.length, job.seed, epoch) }),
  ).flat();
  const sizes: Sizes = {
    shape,
    heads,
    rows: Math.max(...plan.map((placements) => placements.length)),
    tokens: Math.max(...examples.map(({ length, readFrom }) => length - readFrom)),
  };
  return yield* trainSupervised({
    job,
    open,
    model,
    loss: headsLossBuilder(sizes, { window, temperature, form }),
    shape,
    steps: plan.length,
    guessLoss: Math.LN2,
    batchAt: (step) => fillBatch(plan[step - 1] ?? [], examples, sizes),
    schedule: job.schedule ?? { shape: "cosine", warmup: 0.05 },
  });
}

interface Sizes {
  readonly shape: BatchShape;
  readonly heads: number;
  /** Responses of a batch, at most. */
  readonly rows: number;
  /** Tokens of a response, at most. */
  readonly tokens: number;
}

/** Inputs "tokens", "segments" (B, T); "places", "mask" (R · L): flat positions of the responses' tokens; "labels", "weights" (R · H). */
function headsLossBuilder(
  { rows, tokens, heads }: Sizes,
  { window, temperature, form }: { [K in "window" | "temperature" | "form"]-?: NonNullable<TokenHeadsJob[K]> },
): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const flat = reshape(hidden, [model.batch * model.length, model.config.hiddenSize]);
    const logits = reshape(model.heads(gatherRows(flat, input("places", "int32", [rows * tokens]))), [
      rows,
      tokens,
      heads,
    ]);
    const byHead = (values: typeof logits) => reshape(transpose(values, [0, 2, 1]), [rows * heads, tokens]);
    const mask = reshape(input("mask", "float32", [rows * heads * tokens]), [rows * heads, tokens]);
    const labels = input("labels", "float32", [rows * heads]);
    const weights = input("weights", "float32", [rows * heads]);
    if (form !== "sequence") return { loss: everyTokenLoss(byHead(logits), mask, labels, weights), metrics: {} };
    const whole = sequenceLogits(smoothLogits(byHead(logits), window), mask, temperature);
    return { loss: headsLoss(whole, labels, weights), metrics: {} };
  };
}

function fillBatch(
  placements: readonly Placement[],
  examples: readonly EncodedExample[],
  { shape, heads, rows, tokens }: Sizes,
): StepBatch {
  const of = (unit: number): EncodedExample => examples[unit] as EncodedExample;
  const batch = fillTokenBatch(placements, shape, ({ unit }) => ({ tokens: of(unit).tokens, weights: [] }), true);
  const places = new Int32Array(rows * tokens);
  const mask = new Float32Array(rows * heads * tokens);
  const labels = new Float32Array(rows * heads);
  const weights = new Float32Array(rows * heads);
  for (const [row, { unit, offset }] of placements.entries()) {
    const { length, readFrom, labels: own } = of(unit);
    for (let t = readFrom; t < length; t++) places[row * tokens + t - readFrom] = offset + t;
    for (let head = 0; head < heads; head++) {
      const at = row * heads + head;
      mask.fill(1, at * tokens, at * tokens + length - readFrom);
      const label = own[head] ?? null;
      labels[at] = label ?? 0;
      weights[at] = label === null ? 0 : 1;
    }
  }
  return { tokens: batch.tokens, segments: batch.segments, places, mask, labels, weights };
}
