import {
  add,
  type Code,
  compile,
  encodeModule,
  get,
  i32,
  increase,
  instantiate,
  type Local,
  lessThan,
  load,
  localsOf,
  loopWhile,
  parameters,
  set,
  sharedMemory,
  splat,
  store,
  vAdd,
  vDiv,
  vMul,
  vSqrt,
  vSub,
  WasmFunction,
} from "./wasm/wasm.ts";

/** What one update has in common for all parameters, in float32. */
export interface AdamWScalars {
  readonly beta1: number;
  readonly beta2: number;
  /** clip · (1 − beta1) and clip² · (1 − beta2), by which the unclipped gradient and its square are multiplied. */
  readonly gradientShare: number;
  readonly squareShare: number;
  readonly stepSize: number;
  readonly epsilon: number;
  /** 1 − learning rate · decay. */
  readonly kept: number;
}

/** One step's numbers, before they are rounded to float32. */
export interface AdamWStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly learningRate: number;
  readonly stepSize: number;
  readonly epsilon: number;
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number;
}

/** Scalars for gradients of the given norm, of which min(1, clipNorm / norm) is taken; every operation in float32. */
export function adamWScalars(step: AdamWStep, norm: number, weightDecay: number): AdamWScalars {
  const round = Math.fround;
  const clip = Math.min(round(round(step.clipNorm) / round(norm + round(1e-6))), 1);
  return {
    beta1: round(step.beta1),
    beta2: round(step.beta2),
    gradientShare: round(clip * round(1 - step.beta1)),
    squareShare: round(round(clip * clip) * round(1 - step.beta2)),
    stepSize: round(step.stepSize),
    epsilon: round(step.epsilon),
    kept: round(1 - round(round(step.learningRate) * round(weightDecay))),
  };
}

type Kernel = (
  ...pointersAndScalars: readonly [g: number, p: number, m: number, v: number, bytes: number, ...scalars: number[]]
) => void;

/** Floats of each tensor that are worked on at a time; four such pieces stay in the first-level cache. */
const PIECE = 2048;

/**
 * m ← beta1·m + share·g; v ← beta2·v + share₂·g²; p ← kept·p − stepSize·m / (√v + epsilon), four at a time. Each operation
 * is rounded on its own, so the bits are those of a graph of the same operations.
 */
function kernel(): WasmFunction {
  const types = ["i32", "i32", "i32", "i32", "i32", ...Array.from({ length: 7 }, () => "f32" as const)] as const;
  const f = new WasmFunction("adamw", types);
  const [g, p, m, v, bytes, beta1, beta2, share, squareShare, stepSize, epsilon, kept] = parameters(f, 12);
  const all = (scalar: Local): Code => splat(get(scalar));
  const end = f.local("i32");
  const [gradient, first, second] = localsOf(f, "v128", 3);
  const square = vMul(get(gradient), get(gradient));
  const change = vDiv(vMul(get(first), all(stepSize)), vAdd(vSqrt(get(second)), all(epsilon)));
  f.body = [
    ...set(end, add(get(g), get(bytes))),
    ...loopWhile(lessThan(get(g), get(end)), [
      ...set(gradient, load(get(g))),
      ...set(first, vAdd(vMul(load(get(m)), all(beta1)), vMul(get(gradient), all(share)))),
      ...set(second, vAdd(vMul(load(get(v)), all(beta2)), vMul(square, all(squareShare)))),
      ...store(get(p), vSub(vMul(load(get(p)), all(kept)), change)),
      ...store(get(m), get(first)),
      ...store(get(v), get(second)),
      ...[g, p, m, v].flatMap((pointer) => increase(pointer, i32(16))),
    ]),
  ];
  return f;
}

/** Updates parameter and moments where they are, piece by piece through a small memory of the kernel's own. */
export type AdamW = (
  gradient: Float32Array,
  parameter: Float32Array,
  first: Float32Array,
  second: Float32Array,
  scalars: AdamWScalars,
) => void;

export function adamWKernel(): AdamW {
  const memory = sharedMemory(4 * 4 * PIECE, 16);
  const { adamw } = instantiate<{ readonly adamw: Kernel }>(compile(encodeModule([kernel()], 16)), memory);
  const pieces = [0, 1, 2, 3].map((index) => new Float32Array(memory.buffer, index * 4 * PIECE, PIECE)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return (gradient, parameter, first, second, scalars) => {
    const { beta1, beta2, gradientShare, squareShare, stepSize, epsilon, kept } = scalars;
    const tensors = [gradient, parameter, first, second] as const;
    for (let start = 0; start < gradient.length; start += PIECE) {
      const count = Math.min(PIECE, gradient.length - start);
      for (const [index, tensor] of tensors.entries()) pieces[index]!.set(tensor.subarray(start, start + count));
      const bytes = 16 * Math.ceil(count / 4);
      adamw(
        ...([0, 1, 2, 3].map((index) => index * 4 * PIECE) as [number, number, number, number]),
        bytes,
        beta1,
        beta2,
        gradientShare,
        squareShare,
        stepSize,
        epsilon,
        kept,
      );
      for (const index of [1, 2, 3] as const) tensors[index].set(pieces[index].subarray(0, count), start);
    }
  };
}
