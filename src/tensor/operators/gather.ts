import { type Value, withGradient } from "../graph.ts";
import type { Dimension } from "../onnx.ts";
import { elementCount, normalizeAxis } from "../shapes.ts";
import { broadcastTo } from "./broadcast.ts";
import { exp, mul, neg } from "./elementwise.ts";
import { reshape } from "./shape.ts";
import { logSoftmax } from "./softmax.ts";

/** Zeros shaped like a static value, made at run time so that they take no room in the model. */
function zerosLike(x: Value): Value {
  const shape = x.graph.constant(x.dimensions, "int64");
  return x.graph.apply(
    "Expand",
    [x.graph.constant(0, x.dtype), shape],
    { dtype: x.dtype, shape: x.shape },
    { gradient: "none" },
  );
}

/** target + updates at the indices along the axis. ScatterElements, because ScatterND loses updates on two threads. */
export function scatterAdd(target: Value, indices: Value, updates: Value, axis: number): Value {
  return target.graph.apply(
    "ScatterElements",
    [target, indices, updates],
    { dtype: target.dtype, shape: target.shape },
    {
      attributes: { axis, reduction: "add" },
      gradient: (dy) => [dy, undefined, gatherElements(dy, indices, axis)],
    },
  );
}

/** Rows of a (rows, columns) table, e.g. embeddings: indices (…) to (…, columns). */
export function gatherRows(table: Value, indices: Value): Value {
  const columns = table.shape[1] as Dimension;
  return table.graph.apply(
    "Gather",
    [table, indices],
    { dtype: table.dtype, shape: [...indices.shape, columns] },
    {
      attributes: { axis: 0 },
      gradient: (dy) => {
        const count = elementCount(indices.dimensions);
        const updates = reshape(dy, [count, columns]);
        return [
          scatterAdd(zerosLike(table), broadcastTo(reshape(indices, [count, 1]), updates), updates, 0),
          undefined,
        ];
      },
    },
  );
}

/** Along the axis, the elements at the indices; the other axes must be equal. */
export function gatherElements(x: Value, indices: Value, axis: number): Value {
  const along = normalizeAxis(axis, x.rank);
  return x.graph.apply(
    "GatherElements",
    [x, indices],
    { dtype: x.dtype, shape: indices.shape },
    {
      attributes: { axis: along },
      gradient: (dy) => [scatterAdd(zerosLike(x), indices, dy, along), undefined],
    },
  );
}

/** One element of every row of the last axis: x (…, V), indices (…) to (…). */
export function pick(x: Value, indices: Value): Value {
  const chosen = gatherElements(x, reshape(indices, [...indices.shape, 1]), -1);
  return reshape(chosen, indices.shape);
}

/**
 * log softmax(logits) at the targets: logits (…, V), targets (…) to (…). Gradient dy · (onehot − softmax), made from
 * one scatter so that (…, V) is written no more often than it must.
 */
export function pickLogprobs(logits: Value, targets: Value): Value {
  const logprobs = logSoftmax(logits);
  const indices = reshape(targets, [...targets.shape, 1]);
  return withGradient(pick(logprobs, targets), [logits], (dy) => {
    const weight = reshape(dy, indices.shape);
    return [scatterAdd(mul(exp(logprobs), neg(weight)), indices, weight, logits.rank - 1)];
  });
}
