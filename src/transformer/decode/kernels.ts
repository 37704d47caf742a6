import {
  add,
  and,
  type Code,
  encodeModule,
  f32,
  f32Add,
  f32Div,
  f32FromI32,
  f32Load,
  f32Max,
  f32Mul,
  f32Sqrt,
  f32Store,
  get,
  i32,
  increase,
  type Local,
  lane,
  lessThan,
  load,
  loadSplat,
  localsOf,
  loopWhile,
  parameters,
  set,
  shiftLeft,
  splat,
  store,
  sub,
  vAdd,
  vDiv,
  vMax,
  vMul,
  vMulAdd,
  vSub,
  WasmFunction,
} from "../../tensor/wasm/index.ts";
import { attentionKernel } from "./attention-kernel.ts";
import { exponential, sumOf, zero } from "./kernel-parts.ts";
import { linearKernel, placeKernel, tileKernel } from "./product-kernels.ts";

/** Pages of 64 KiB: all that 32-bit addresses reach. */
export const MAXIMUM_PAGES = 65536;

/**
 * The decoder's arithmetic on a shared memory; pointers and strides are bytes. Every output is one chain of additions in
 * an order of its own, so it does not depend on how many rows are computed with it, nor by which thread.
 */
export interface Kernels {
  /** y = addend + x Wᵀ for `rows` rows and `panels` panels of packed weights; y may be the addend. */
  linear(
    ...numbers: readonly [
      x: number,
      xStride: number,
      weight: number,
      inner: number,
      y: number,
      yStride: number,
      addend: number,
      addendStride: number,
      rows: number,
      panels: number,
    ]
  ): void;
  /** y = x + addend for `rows` rows of so many bytes. */
  place(
    ...numbers: readonly [
      x: number,
      xStride: number,
      y: number,
      yStride: number,
      addend: number,
      addendStride: number,
      rows: number,
      bytes: number,
    ]
  ): void;
  /** x / sqrt(mean(x²) + epsilon) · weight over n channels. */
  rmsNorm(x: number, weight: number, y: number, channels: number, epsilon: number): void;
  /** Rotates `heads` heads from x to y by the angles of one position (cosine and sine of half a head). */
  rope(x: number, y: number, heads: number, cosine: number, sine: number): void;
  /** One position's `groups` query heads over `length` keys and values (length, D) of their key head; room for their scores. */
  attention(
    ...numbers: readonly [
      queries: number,
      keys: number,
      values: number,
      output: number,
      length: number,
      groups: number,
      scores: number,
    ]
  ): void;
  /** silu(gate) · up into gate's place. */
  swiglu(gate: number, up: number, channels: number): void;
  /** gelu(gate) · up into gate's place. */
  geglu(gate: number, up: number, channels: number): void;
  /** max(x). */
  maximum(x: number, count: number): number;
  /** y = exp(scale · (x − shift)); returns the sum. */
  exponentials(x: number, y: number, count: number, shift: number, scale: number): number;
  /** y = x. */
  copy(x: number, y: number, count: number): void;
  /** y = x + y. */
  accumulate(x: number, y: number, count: number): void;
  /** x · factor, in place. */
  scale(x: number, count: number, factor: number): void;
}

/** The kernels for heads of `headSize` channels (a multiple of 8). All counts of channels are multiples of 4. */
export function kernelModule(headSize: number): Uint8Array<ArrayBuffer> {
  const tiles: WasmFunction[] = [];
  const tile = (rows: number, panels: number): number => {
    const name = `tile${rows}x${panels}`;
    const known = tiles.findIndex((one) => one.name === name);
    return known >= 0 ? known : tiles.push(tileKernel(name, rows, panels)) - 1;
  };
  const linear = linearKernel(tile);
  return encodeModule(
    [
      ...tiles,
      linear,
      placeKernel(),
      rmsNormKernel(),
      ropeKernel(headSize),
      attentionKernel(headSize),
      gatedKernel("swiglu", get),
      gatedKernel("geglu", geluExponent),
      maximumKernel(),
      exponentialsKernel(),
      scaleKernel(),
      pairKernel("copy", (x) => x),
      pairKernel("accumulate", vAdd),
    ],
    MAXIMUM_PAGES,
  );
}

function rmsNormKernel(): WasmFunction {
  const f = new WasmFunction("rmsNorm", ["i32", "i32", "i32", "i32", "f32"]);
  const [x, weight, y, channels, epsilon] = parameters(f, 5);
  const [i, end] = localsOf(f, "i32", 2);
  const [sum, factor] = localsOf(f, "v128", 2);
  const mean = f32Div(sumOf(f, get(sum)), f32FromI32(get(channels)));
  const here = (base: Local): Code => add(get(base), get(i));
  f.body = [
    ...set(end, shiftLeft(get(channels), i32(2))),
    ...set(sum, zero),
    ...loopWhile(lessThan(get(i), get(end)), [
      ...set(sum, vMulAdd(load(here(x)), load(here(x)), get(sum))),
      ...increase(i, i32(16)),
    ]),
    ...set(factor, splat(f32Div(f32(1), f32Sqrt(f32Add(mean, get(epsilon)))))),
    ...set(i, i32(0)),
    ...loopWhile(lessThan(get(i), get(end)), [
      ...store(here(y), vMul(vMul(load(here(x)), get(factor)), load(here(weight)))),
      ...increase(i, i32(16)),
    ]),
  ];
  return f;
}

/** (a, b) of the two halves of a head to (a cos − b sin, b cos + a sin), as Hugging Face lays heads out. */
function ropeKernel(headSize: number): WasmFunction {
  const f = new WasmFunction("rope", ["i32", "i32", "i32", "i32", "i32"]);
  const [x, y, heads, cosine, sine] = parameters(f, 5);
  const [a, b, c, s] = localsOf(f, "v128", 4);
  const half = 2 * headSize;
  const body: number[] = [];
  for (let offset = 0; offset < half; offset += 16) {
    body.push(
      ...set(a, load(get(x), offset)),
      ...set(b, load(get(x), half + offset)),
      ...set(c, load(get(cosine), offset)),
      ...set(s, load(get(sine), offset)),
      ...store(get(y), vSub(vMul(get(a), get(c)), vMul(get(b), get(s))), offset),
      ...store(get(y), vAdd(vMul(get(b), get(c)), vMul(get(a), get(s))), half + offset),
    );
  }
  f.body = loopWhile(get(heads), [
    ...body,
    ...increase(x, i32(4 * headSize)),
    ...increase(y, i32(4 * headSize)),
    ...set(heads, sub(get(heads), i32(1))),
  ]);
  return f;
}

/** What gelu is x · sigmoid of: 2 sqrt(2/π) (x + 0.044715 x³). */
function geluExponent(g: Local): Code {
  const slope = 2 * Math.sqrt(2 / Math.PI);
  const square = vMul(get(g), get(g));
  return vMul(get(g), vAdd(splat(f32(slope)), vMul(splat(f32(0.044715 * slope)), square)));
}

/** gate · sigmoid(exponent(gate)) · up. */
function gatedKernel(name: string, exponent: (gate: Local) => Code): WasmFunction {
  const f = new WasmFunction(name, ["i32", "i32", "i32"]);
  const [gate, up, channels] = parameters(f, 3);
  const end = f.local("i32");
  const g = f.local("v128");
  const exp = exponential(f);
  f.body = [
    ...set(end, add(get(gate), shiftLeft(get(channels), i32(2)))),
    ...loopWhile(lessThan(get(gate), get(end)), [
      ...set(g, load(get(gate))),
      ...store(get(gate), vDiv(vMul(get(g), load(get(up))), vAdd(f.constant(1), exp(vSub(zero, exponent(g)))))),
      ...increase(gate, i32(16)),
      ...increase(up, i32(16)),
    ]),
  ];
  return f;
}

function maximumKernel(): WasmFunction {
  const f = new WasmFunction("maximum", ["i32", "i32"], "f32");
  const [x, count] = parameters(f, 2);
  const end = f.local("i32");
  const most = f.local("v128");
  f.body = [
    ...set(end, add(get(x), shiftLeft(get(count), i32(2)))),
    ...set(most, splat(f32(Number.NEGATIVE_INFINITY))),
    ...loopWhile(lessThan(get(x), and(get(end), i32(-16))), [
      ...set(most, vMax(get(most), load(get(x)))),
      ...increase(x, i32(16)),
    ]),
    ...loopWhile(lessThan(get(x), get(end)), [
      ...set(most, vMax(get(most), loadSplat(get(x)))),
      ...increase(x, i32(4)),
    ]),
    ...f32Max(f32Max(lane(get(most), 0), lane(get(most), 1)), f32Max(lane(get(most), 2), lane(get(most), 3))),
  ];
  return f;
}

/** x and y begin at multiples of 16 bytes, as rows of logits do; the sum has four partial sums. */
function exponentialsKernel(): WasmFunction {
  const f = new WasmFunction("exponentials", ["i32", "i32", "i32", "f32", "f32"], "f32");
  const [x, y, count, shift, scale] = parameters(f, 5);
  const end = f.local("i32");
  const rest = f.local("f32");
  const [sum, value] = localsOf(f, "v128", 2);
  const exp = exponential(f);
  const result = exp(vMul(vSub(get(value), splat(get(shift))), splat(get(scale))));
  f.body = [
    ...set(end, add(get(x), shiftLeft(get(count), i32(2)))),
    ...set(sum, zero),
    ...loopWhile(lessThan(get(x), and(get(end), i32(-16))), [
      ...set(value, load(get(x))),
      ...set(value, result),
      ...store(get(y), get(value)),
      ...set(sum, vAdd(get(sum), get(value))),
      ...increase(x, i32(16)),
      ...increase(y, i32(16)),
    ]),
    ...loopWhile(lessThan(get(x), get(end)), [
      ...set(value, loadSplat(get(x))),
      ...set(value, result),
      ...f32Store(get(y), lane(get(value), 0)),
      ...set(rest, f32Add(get(rest), lane(get(value), 0))),
      ...increase(x, i32(4)),
      ...increase(y, i32(4)),
    ]),
    ...f32Add(sumOf(f, get(sum)), get(rest)),
  ];
  return f;
}

function scaleKernel(): WasmFunction {
  const f = new WasmFunction("scale", ["i32", "i32", "f32"]);
  const [x, count, factor] = parameters(f, 3);
  const end = f.local("i32");
  f.body = [
    ...set(end, add(get(x), shiftLeft(get(count), i32(2)))),
    ...loopWhile(lessThan(get(x), get(end)), [
      ...f32Store(get(x), f32Mul(f32Load(get(x)), get(factor))),
      ...increase(x, i32(4)),
    ]),
  ];
  return f;
}

/** y = f(x, y) by fours. */
function pairKernel(name: string, result: (x: Code, y: Code) => Code): WasmFunction {
  const f = new WasmFunction(name, ["i32", "i32", "i32"]);
  const [x, y, count] = parameters(f, 3);
  const end = f.local("i32");
  f.body = [
    ...set(end, add(get(x), shiftLeft(get(count), i32(2)))),
    ...loopWhile(lessThan(get(x), get(end)), [
      ...store(get(y), result(load(get(x)), load(get(y)))),
      ...increase(x, i32(16)),
      ...increase(y, i32(16)),
    ]),
  ];
  return f;
}
