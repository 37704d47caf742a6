import { gatherRows, mul, neg, reduceSum, reshape, sub } from "../../tensor/index.ts";
import { dpoLoss } from "../../training/index.ts";
import { type ComparisonExample, type ExampleLoss, fillRows } from "./losses.ts";

/** A prompt with an answer, its end token included, as a preference model reads it. */
export interface ScoredAnswer {
  readonly tokens: readonly number[];
}

/** −score of an answer: what a preference model's training did for it is to lower this. */
export const rewardLoss: ExampleLoss<ScoredAnswer> = {
  rowsPerExample: 1,
  lengthOf: ({ tokens }) => tokens.length,
  build(model, input) {
    const { batch, length, config } = model;
    const hidden = model.hiddenStates(
      input("tokens", "int32", [batch, length]),
      input("segments", "int32", [batch, length]),
    );
    const rows = reshape(hidden, [batch * length, config.hiddenSize]);
    const losses = neg(model.scalar(gatherRows(rows, input("ends", "int32", [batch]))));
    return { total: reduceSum(losses), readings: { loss: losses }, hidden };
  },
  fill(given, examples, length) {
    const rows = given.map(({ tokens }) => tokens);
    const ends = Int32Array.from({ length: examples }, (_, i) => i * length + (given[i]?.tokens.length ?? 1) - 1);
    return { ...fillRows(rows, examples, length), ends };
  },
  drawnFrom: "nothing",
  draw: (example) => example,
};

/** A comparison with what direct preference optimisation knows of it. */
export interface OptimisedComparison extends ComparisonExample {
  /** Where each response begins in its sequence. */
  readonly starts: readonly [number, number];
  /** log P of both responses under the reference, nats. */
  readonly references: readonly [number, number];
}

/** The part that a comparison has in the loss of direct preference optimisation (Rafailov et al. 2023 eq. 7). Reading "margin": β (Δ₁ − Δ₂). */
export const optimisedLoss = (beta: number): ExampleLoss<OptimisedComparison> => ({
  rowsPerExample: 2,
  lengthOf: ({ sequences }) => Math.max(...sequences.map(({ length }) => Math.max(1, length - 1))),
  build(model, input) {
    const { batch, length } = model;
    const [pairs, shape] = [batch / 2, [batch, length]];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const logprobs = model.tokenLogprobs(model.logits(hidden), input("targets", "int32", shape));
    const sums = reshape(reduceSum(mul(logprobs, input("responses", "float32", shape)), [1]), [batch, 1]);
    const side = (name: string) =>
      sub(
        reshape(gatherRows(sums, input(`${name}_rows`, "int32", [pairs])), [pairs]),
        input(`${name}_references`, "float32", [pairs]),
      );
    const [first, second] = [side("first"), side("second")];
    const weights = input("weights", "float32", [pairs]);
    const label = input("labels", "float32", [pairs]);
    const mean = dpoLoss({ first, second, label, weights }, { beta, variant: "sigmoid", labelSmoothing: 0 });
    const readings = { margin: mul(sub(first, second), beta) };
    return { total: mul(mean, reduceSum(weights)), readings, hidden };
  },
  fill(given, examples, length) {
    const targets = new Int32Array(2 * examples * length);
    const responses = new Float32Array(2 * examples * length);
    for (const [i, { sequences, starts }] of given.entries()) {
      for (const [member, tokens] of sequences.entries()) {
        const row = (2 * i + member) * length;
        for (let t = 0; t + 1 < tokens.length; t++) {
          targets[row + t] = tokens[t + 1] ?? 0;
          responses[row + t] = t + 1 >= (starts[member] ?? 1) ? 1 : 0;
        }
      }
    }
    const rows = given.flatMap(({ sequences }) =>
      sequences.map((tokens) => tokens.slice(0, Math.max(1, tokens.length - 1))),
    );
    const perPair = (read: (example: OptimisedComparison) => number): Float32Array =>
      Float32Array.from({ length: examples }, (_, i) => (given[i] === undefined ? 0 : read(given[i])));
    return {
      ...fillRows(rows, 2 * examples, length),
      ...{ targets, responses },
      first_rows: Int32Array.from({ length: examples }, (_, i) => 2 * i),
      second_rows: Int32Array.from({ length: examples }, (_, i) => 2 * i + 1),
      first_references: perPair(({ references }) => references[0]),
      second_references: perPair(({ references }) => references[1]),
      labels: perPair(({ label }) => label),
      weights: perPair(({ weight }) => weight),
    };
  },
  drawnFrom: "nothing",
  draw(example, read, random) {
    const [margin = 0] = read("margin");
    const label = random.next() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
    return { ...example, label, weight: Math.sqrt(example.weight) };
  },
});
