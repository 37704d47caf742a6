import { PreceptError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { PreferenceExample, PreferenceModelJob } from "../trainer.ts";
import { type BatchShape, fillTokenBatch, type Placement, type TokenBatch } from "./batching.ts";
import { encodeResponse, keepFitting, leaveOpen } from "./encoding.ts";

/** Both responses of a labelled pair as token sequences. */
export interface EncodedPair {
  readonly id: string;
  readonly sequences: readonly [readonly number[], readonly number[]];
  /** Where each response begins in its sequence. */
  readonly starts: readonly [number, number];
  /** P(first is better). */
  readonly label: number;
  readonly weight: number;
}

/** How pairs are encoded: `leavesOpen` gives responses that were cut no end. */
type PairEncoding = Pick<PreferenceModelJob, "lossWeights" | "length" | "tooLong"> & { readonly leavesOpen?: boolean };

/** @throws PreceptError input-invalid for a label outside [0, 1]. */
function encodePair(
  tokenizer: Tokenizer,
  { id, prompt, responses, label, source, isCut }: PreferenceExample,
  { lossWeights, leavesOpen = false }: PairEncoding,
): EncodedPair {
  if (!(label >= 0 && label <= 1)) {
    throw new PreceptError("input-invalid", {
      attempted: "Training on comparisons",
      found: `the label ${label} of comparison ${id}`,
      expected: "P(first is better) in [0, 1]",
    });
  }
  const [first, second] = responses.map((response, side) => {
    const encoded = encodeResponse(tokenizer, prompt, response);
    return leavesOpen && isCut?.[side] === true ? leaveOpen(tokenizer, encoded) : encoded;
  });
  return {
    id,
    sequences: [first!.tokens, second!.tokens],
    starts: [first!.responseStart, second!.responseStart],
    label,
    weight: lossWeights?.[source] ?? 1,
  };
}

/** All pairs that fit. @throws PreceptError context-overflow as `keepFitting` does. */
export function encodePairs(
  examples: readonly PreferenceExample[],
  tokenizer: Tokenizer,
  contextLength: number,
  job: PairEncoding,
): EncodedPair[] {
  const encoded = examples.map((example) => {
    const pair = encodePair(tokenizer, example, job);
    return { id: example.id, length: Math.max(...pair.sequences.map((tokens) => tokens.length)), pair };
  });
  return keepFitting(encoded, contextLength, job).map(({ pair }) => pair);
}

export interface PlacedPairs {
  /** (B, T) inputs that hold both responses of every pair. */
  readonly rows: TokenBatch;
  /** Which slot of the batch each pair has. */
  readonly slots: ReadonlyMap<number, number>;
  readonly labels: Float32Array;
  readonly weights: Float32Array;
}

/** Fills a batch with pairs; `count` slots, of which some may stay empty with weight 0. */
export function placePairs(
  placements: readonly Placement[],
  shape: BatchShape,
  pairs: readonly EncodedPair[],
  count: number,
  keepLast: boolean,
): PlacedPairs {
  const slots = new Map<number, number>();
  const labels = new Float32Array(count);
  const weights = new Float32Array(count);
  for (const { unit } of placements) {
    const slot = slots.get(unit) ?? slots.size;
    slots.set(unit, slot);
    labels[slot] = pairs[unit]?.label ?? 0;
    weights[slot] = pairs[unit]?.weight ?? 0;
  }
  const document = ({ unit, member }: Placement) => ({ tokens: pairs[unit]?.sequences[member] ?? [], weights: [] });
  return { rows: fillTokenBatch(placements, shape, document, keepLast), slots, labels, weights };
}

/** The lengths of both sequences of every pair, as units to pack; each less the last token unless something is read on it. */
export const pairLengths = (pairs: readonly EncodedPair[], keepLast: boolean): number[][] =>
  pairs.map(({ sequences }) => sequences.map(({ length }) => length - (keepLast ? 0 : 1)));

/**
 * Held-out loss (nats per pair), accuracy over the pairs that a label decides, and mean |difference|; differences are
 * score(first) − score(second).
 */
export function judgePairs(
  pairs: readonly Pick<EncodedPair, "label">[],
  differences: readonly number[],
): Record<string, number> {
  if (pairs.length === 0) return {};
  const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  let agreed = 0;
  let decided = 0;
  const losses = pairs.map(({ label }, i) => {
    const d = differences[i] ?? 0;
    return label * softplus(-d) + (1 - label) * softplus(d);
  });
  const loss = losses.reduce((sum, own) => sum + own, 0) / pairs.length;
  const squares = losses.reduce((sum, own) => sum + (own - loss) ** 2, 0);
  for (const [i, { label }] of pairs.entries()) {
    const d = differences[i] ?? 0;
    if (label === 0.5) continue;
    decided += 1;
    if (d > 0 === label > 0.5 && d !== 0) agreed += 1;
  }
  return {
    "held_out/loss": loss,
    // Of the loss, and of its distance to a blind guess, which is the same for every pair.
    "held_out/standard_error": pairs.length < 2 ? 0 : Math.sqrt(squares / (pairs.length - 1) / pairs.length),
    "held_out/pairs": pairs.length,
    "held_out/decided": decided,
    ...(decided > 0 ? { "held_out/accuracy": agreed / decided } : {}),
    "held_out/margin": differences.reduce((sum, d) => sum + Math.abs(d), 0) / pairs.length,
  };
}
