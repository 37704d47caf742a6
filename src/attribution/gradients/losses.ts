import type { Rng } from "../../rng.ts";
import { gatherRows, mul, neg, reduceSum, reshape, sub, type Value } from "../../tensor/index.ts";
import { preferenceLoss } from "../../training/index.ts";
import type { DeclareInput, GraphModel } from "../../transformer/index.ts";

/** Inputs of a batch by name. */
export type Feeds = Readonly<Record<string, Int32Array | Float32Array>>;

/** A loss whose sum over the examples of a batch is differentiated: no example's part depends on another example. */
export interface ExampleLoss<X> {
  /** Rows of the batch that belong to one example, one after another. */
  readonly rowsPerExample: number;
  /** Places that its longest row takes. */
  lengthOf(example: X): number;
  build(model: GraphModel, input: DeclareInput): BuiltLoss;
  /** The inputs of `examples` examples of `length` places a row, of which the last ones may be missing. */
  fill(given: readonly X[], examples: number, length: number): Feeds;
  /** What `draw` reads of an example beside the loss's readings. */
  readonly drawnFrom: "logits" | "nothing";
  /**
   * The example with labels that the model itself would give it, and the roots of its weights. `read` gives (its share of) an
   * output. Gradients of such labels have the Fisher matrix of the loss as their second moment (Martens 2014 §5): a loss w ℓ has w
   * times that of ℓ, where its own gradient would bring w².
   */
  draw(example: X, read: (output: string) => Float32Array, random: Rng): X;
}

export interface BuiltLoss {
  /** Σ over examples, nats. */
  readonly total: Value;
  /** What is read of each example: (E). */
  readonly readings: Readonly<Record<string, Value>>;
  /** (B, T, C) after the last norm. */
  readonly hidden: Value;
  /** (B, T, V), where the loss has them. */
  readonly logits?: Value;
}

/** A prompt and its completion as tokens: `weights[t]` is that of predicting `tokens[t]`. */
export interface CompletionExample {
  readonly tokens: readonly number[];
  readonly weights: readonly number[];
  /** What `tokens[t]` counts as, where that is not itself. */
  readonly labels?: readonly number[];
}

/** Σ_t w_t · −log P(token_t), the part that an example has in the loss of fine-tuning; reading "loss". */
export const completionLoss: ExampleLoss<CompletionExample> = {
  rowsPerExample: 1,
  lengthOf: ({ tokens }) => Math.max(1, tokens.length - 1),
  build(model, input) {
    const shape = [model.batch, model.length];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const logits = model.logits(hidden);
    const logprobs = model.tokenLogprobs(logits, input("targets", "int32", shape));
    const losses = neg(reduceSum(mul(logprobs, input("weights", "float32", shape)), [1]));
    return { total: reduceSum(losses), readings: { loss: losses }, hidden, logits };
  },
  fill(given, examples, length) {
    const targets = new Int32Array(examples * length);
    const weights = new Float32Array(examples * length);
    for (const [row, { tokens, weights: own, labels = tokens }] of given.entries()) {
      for (let t = 0; t + 1 < tokens.length; t++) {
        targets[row * length + t] = labels[t + 1] ?? 0;
        weights[row * length + t] = own[t + 1] ?? 0;
      }
    }
    const rows = given.map(({ tokens }) => tokens.slice(0, Math.max(1, tokens.length - 1)));
    return { ...fillRows(rows, examples, length), targets, weights };
  },
  drawnFrom: "logits",
  draw(example, read, random) {
    const { tokens, weights } = example;
    const logits = read("logits");
    const width = logits.length / Math.max(1, tokens.length - 1);
    const labels = tokens.map((token, t) => {
      if (t === 0 || (weights[t] ?? 0) === 0) return token;
      return drawToken(logits.subarray((t - 1) * width, t * width), random);
    });
    return { ...example, labels, weights: weights.map(Math.sqrt) };
  },
};

/** Both responses of a labelled pair as tokens, their end tokens included. */
export interface ComparisonExample {
  readonly sequences: readonly [readonly number[], readonly number[]];
  /** P(first is better). */
  readonly label: number;
  readonly weight: number;
}

/**
 * −(y log σ(d) + (1 − y) log σ(−d)), d = score(first) − score(second), the part that a comparison has in the loss of a
 * preference model. Reading "margin": d.
 */
export const comparisonLoss: ExampleLoss<ComparisonExample> = {
  rowsPerExample: 2,
  lengthOf: ({ sequences }) => Math.max(...sequences.map(({ length }) => length)),
  build(model, input) {
    const { batch, length, config } = model;
    const pairs = batch / 2;
    const shape = [batch, length];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const rows = reshape(hidden, [batch * length, config.hiddenSize]);
    const first = model.scalar(gatherRows(rows, input("firsts", "int32", [pairs])));
    const second = model.scalar(gatherRows(rows, input("seconds", "int32", [pairs])));
    const weights = input("weights", "float32", [pairs]);
    const mean = preferenceLoss(first, second, input("labels", "float32", [pairs]), weights);
    return { total: mul(mean, reduceSum(weights)), readings: { margin: sub(first, second) }, hidden };
  },
  fill(given, examples, length) {
    const ends = (side: 0 | 1): Int32Array =>
      Int32Array.from({ length: examples }, (_, i) => {
        const own = given[i]?.sequences[side].length ?? 1;
        return (2 * i + side) * length + own - 1;
      });
    return {
      ...fillRows(
        given.flatMap(({ sequences }) => sequences),
        2 * examples,
        length,
      ),
      firsts: ends(0),
      seconds: ends(1),
      labels: Float32Array.from({ length: examples }, (_, i) => given[i]?.label ?? 0),
      weights: Float32Array.from({ length: examples }, (_, i) => given[i]?.weight ?? 0),
    };
  },
  drawnFrom: "nothing",
  draw(example, read, random) {
    const [margin = 0] = read("margin");
    const label = random.next() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
    return { ...example, label, weight: Math.sqrt(example.weight) };
  },
};

/** Tokens, one sequence a row, with the segments and the mask that tell them from padding. */
export function fillRows(sequences: readonly (readonly number[])[], rows: number, length: number): Feeds {
  const tokens = new Int32Array(rows * length);
  const segments = new Int32Array(rows * length);
  const mask = new Float32Array(rows * length);
  for (const [row, sequence] of sequences.entries()) {
    tokens.set(sequence, row * length);
    segments.fill(1, row * length, row * length + sequence.length);
    mask.fill(1, row * length, row * length + sequence.length);
  }
  return { tokens, segments, mask };
}

/** A token with the probability that the logits give it. */
function drawToken(logits: Float32Array, random: Rng): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > top) top = logit;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  let left = random.next() * total;
  for (let token = 0; token < logits.length; token++) {
    left -= Math.exp((logits[token] ?? 0) - top);
    if (left < 0) return token;
  }
  return logits.length - 1;
}
