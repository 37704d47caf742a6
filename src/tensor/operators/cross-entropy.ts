import { type Value, withGradient } from "../graph.ts";
import { broadcastTo, reduceSum } from "./broadcast.ts";
import { add, clip, exp, log, mul, sub } from "./elementwise.ts";
import { gatherRows, pick, scatterAdd } from "./gather.ts";
import { matmul } from "./matmul.ts";
import { reduceMax } from "./reduce.ts";
import { concat, reshape, slice } from "./shape.ts";
import { logSoftmax } from "./softmax.ts";

/**
 * log softmax(hidden @ weightᵀ) at the targets, `rows` rows at a time: hidden (N, C), weight (V, C), targets (N) int32;
 * returns (N). More than one chunk: the scores are computed again for the gradient instead of being kept, so that only a
 * few (rows, V) tensors exist at once, for one product of four more (Hsu et al. 2024, Liger Kernel, §3.2). With P the
 * softmax, dhidden = dy · (weight[targets] − P weight) and dweight = Σ dy · hidden at the targets − Pᵀ (dy · hidden):
 * slopes and targets touch only what is C wide.
 */
export function projectedLogprobs(hidden: Value, weight: Value, targets: Value, rows: number): Value {
  const count = hidden.dimensions[0]!;
  const isWhole = rows >= count;
  const chunks = Array.from({ length: Math.ceil(count / rows) }, (_, i) => {
    const part = (x: Value): Value => (isWhole ? x : slice(x, 0, i * rows, Math.min(count, (i + 1) * rows)));
    const x = part(hidden);
    const scores = matmul(x, weight, { transposeB: true });
    if (isWhole) {
      const logs = logSoftmax(scores);
      return { part, x, logprobs: pick(logs, targets), probabilities: () => exp(logs) };
    }
    const chosen = pick(scores, part(targets));
    const logprobs = sub(chosen, logSumExp(scores));
    // Not the sum itself: by way of the result, so that the first scores are let go before the second are made.
    const logSum = reshape(sub(chosen, logprobs), [x.dimensions[0]!, 1]);
    const probabilities = (last: Value): Value =>
      exp(sub(matmul(after(last, x), weight, { transposeB: true }), logSum));
    return { part, x, logprobs, probabilities };
  });
  const output = join(chunks.map(({ logprobs }) => logprobs));
  return withGradient(output, [hidden, weight], (dy) => {
    const slopes = reshape(dy, [count, 1]);
    const sloped = mul(hidden, slopes);
    let spread: Value | undefined;
    let last = dy;
    const expected = chunks.map(({ part, probabilities }) => {
      const p = probabilities(last);
      const share = matmul(p, part(sloped), { transposeA: true, scale: -1 });
      spread = spread === undefined ? share : add(spread, share);
      const mean = matmul(p, weight);
      last = add(corner(spread), corner(mean));
      return mean;
    });
    const dhidden = mul(slopes, sub(gatherRows(weight, targets), join(expected)));
    return [dhidden, scatterAdd(spread!, broadcastTo(reshape(targets, [count, 1]), sloped), sloped, 0)];
  });
}

const join = (parts: readonly Value[]): Value => (parts.length === 1 ? parts[0]! : concat(parts, 0));

/** log Σ e^x over the last axis; x (N, V), returns (N). */
function logSumExp(x: Value): Value {
  const top = reduceMax(x, [-1], true);
  return add(log(reduceSum(exp(sub(x, top)), [-1])), reshape(top, x.shape.slice(0, -1)));
}

/** The first element. */
function corner(x: Value): Value {
  const first = x.shape.reduce<Value>((part, _, axis) => slice(part, axis, 0, 1), x);
  return reshape(first, []);
}

/**
 * x itself, but not before `before` has been computed: the runtime would else run all chunks side by side, or take the
 * second product for the first and keep that.
 */
const after = (before: Value, x: Value): Value => add(x, clip(corner(before), 0, 0));
