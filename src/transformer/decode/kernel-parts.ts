import {
  type Code,
  f32,
  f32Add,
  get,
  i32,
  type Local,
  lane,
  localsOf,
  set,
  splat,
  splatI32,
  vAddI32,
  vMax,
  vMin,
  vMul,
  vMulAdd,
  vNearest,
  vShiftLeft,
  vToI32,
  type WasmFunction,
} from "../../tensor/wasm/index.ts";

export const times = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
export const variables = (f: WasmFunction, count: number): Local[] => times(count).map(() => f.local("v128"));
export const at = (locals: readonly Local[], index: number): Local => locals[index] as Local;
export const zero = splat(f32(0));

/** The sum of the four lanes. */
export const sumOf = (f: WasmFunction, value: Code): Code => {
  const v = f.local("v128");
  return [
    ...set(v, value),
    ...f32Add(f32Add(lane(get(v), 0), lane(get(v), 1)), f32Add(lane(get(v), 2), lane(get(v), 3))),
  ];
};

/** exp of a vector (Cephes' expf: 2^n times a polynomial of degree 6 on |r| ≤ ln 2 / 2); inputs below −87 give 1e-38. */
export function exponential(f: WasmFunction): (value: Code) => Code {
  const [x, n, r] = localsOf(f, "v128", 3);
  const constant = (value: number): Code => f.constant(value);
  const polynomial = [1.9875691e-4, 1.3981999e-3, 8.333452e-3, 4.1665796e-2, 1.6666666e-1, 5e-1, 1, 1];
  return (value) => [
    ...set(x, vMax(vMin(value, constant(88)), constant(-87))),
    ...set(n, vNearest(vMul(get(x), constant(Math.LOG2E)))),
    ...set(r, vMulAdd(get(n), constant(-0.693359375), get(x))),
    ...set(r, vMulAdd(get(n), constant(2.1219444e-4), get(r))),
    ...vMul(
      polynomial.slice(1).reduce<Code>((sum, c) => vMulAdd(sum, get(r), constant(c)), constant(polynomial[0] ?? 0)),
      vShiftLeft(vAddI32(vToI32(get(n)), splatI32(i32(127))), 23),
    ),
  ];
}
