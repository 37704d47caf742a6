import type { Value } from "../graph.ts";
import type { Dimension } from "../onnx.ts";
import { dimensionAt } from "../shapes.ts";
import { add, div, mul, sqrt, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { reduceSumSquare } from "./reduce.ts";
import { reshape } from "./shape.ts";

/**
 * y = scale · x / sqrt(mean(x²) + epsilon) over the last axis; x (N, C), scale (C). Zhang & Sennrich 2019.
 * The backward computes r = 1/rms anew: the operator's own second output is wrong on some providers. With t = dy · x,
 * dscale = tᵀr and dx = r·dy·scale − x·r³·(t @ scale)/C.
 */
export function rmsNorm(x: Value, scale: Value, epsilon: number): Value {
  return x.graph.apply(
    "SimplifiedLayerNormalization",
    [x, scale],
    { dtype: x.dtype, shape: x.shape },
    {
      attributes: { axis: -1, epsilon: { float: epsilon } },
      gradient: (dy) => {
        const width = Number(dimensionAt(x.shape, -1));
        const column = [width, 1] satisfies Dimension[];
        const r = div(1, sqrt(add(mul(reduceSumSquare(x, [-1], true), 1 / width), epsilon)));
        const t = mul(dy, x);
        const dscale = reshape(matmul(t, r, { transposeA: true }), [width]);
        const cube = mul(mul(r, r), mul(r, 1 / width));
        const along = mul(matmul(t, reshape(scale, column)), cube);
        return [sub(mul(mul(dy, scale), r), mul(x, along)), dscale];
      },
    },
  );
}
