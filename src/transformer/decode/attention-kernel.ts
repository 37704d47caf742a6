import {
  add,
  and,
  type Code,
  f32,
  f32Max,
  f32Store,
  get,
  i32,
  increase,
  lane,
  lessThan,
  load,
  loadSplat,
  localsOf,
  loopWhile,
  parameters,
  set,
  shiftLeft,
  shuffle,
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
import { at, exponential, sumOf, times, variables, zero } from "./kernel-parts.ts";

/** Softmax attention of one position over `length` positions, both rounded up to 4: of keys as many are read, of scores written. */
export function attentionKernel(headSize: number): WasmFunction {
  const f = new WasmFunction("attention", ["i32", "i32", "i32", "i32", "i32", "i32", "i32"]);
  const [queries, keys, values, output, length, groups, scores] = parameters(f, 7);
  const [t, end, pointer] = localsOf(f, "i32", 3);
  const [query, most, total, weight] = localsOf(f, "v128", 4);
  const sums = variables(f, 8);
  const exp = exponential(f);
  const head = 4 * headSize;
  const [ends, left, first] = localsOf(f, "i32", 3);

  const dots: number[] = [...times(4).flatMap((n) => set(at(sums, n), zero))];
  for (let offset = 0; offset < head; offset += 16) {
    dots.push(...set(query, load(get(queries), offset)));
    for (const n of times(4)) {
      dots.push(...set(at(sums, n), vMulAdd(get(query), load(get(pointer), n * head + offset), get(at(sums, n)))));
    }
  }
  const sum = (n: number): Code => get(at(sums, n));
  const [low, high] = [at(sums, 4), at(sums, 5)];
  // Four sums of four lanes, transposed and added: one vector of four scores.
  const pairs = (a: number, b: number): Code =>
    vAdd(shuffle(sum(a), sum(b), [0, 4, 1, 5]), shuffle(sum(a), sum(b), [2, 6, 3, 7]));
  const four: Code = [
    ...set(low, pairs(0, 1)),
    ...set(high, pairs(2, 3)),
    ...vAdd(shuffle(get(low), get(high), [0, 1, 4, 5]), shuffle(get(low), get(high), [2, 3, 6, 7])),
  ];
  const scoreAt = (): Code => add(get(scores), get(t));
  const scorePass: Code = [
    ...set(t, i32(0)),
    ...set(pointer, get(keys)),
    ...loopWhile(lessThan(get(t), get(end)), [
      ...dots,
      ...store(scoreAt(), vMul(four, f.constant(1 / Math.sqrt(headSize)))),
      ...increase(pointer, i32(4 * head)),
      ...increase(t, i32(16)),
    ]),
    ...set(t, shiftLeft(get(length), i32(2))),
    ...loopWhile(lessThan(get(t), get(end)), [...f32Store(scoreAt(), f32(-1e30)), ...increase(t, i32(4))]),
  ];
  const softmaxPass: Code = [
    ...set(most, splat(f32(-1e30))),
    ...set(t, i32(0)),
    ...loopWhile(lessThan(get(t), get(end)), [...set(most, vMax(get(most), load(scoreAt()))), ...increase(t, i32(16))]),
    ...set(
      most,
      splat(f32Max(f32Max(lane(get(most), 0), lane(get(most), 1)), f32Max(lane(get(most), 2), lane(get(most), 3)))),
    ),
    ...set(total, zero),
    ...set(t, i32(0)),
    ...loopWhile(lessThan(get(t), get(end)), [
      ...set(weight, exp(vSub(load(scoreAt()), get(most)))),
      ...store(scoreAt(), get(weight)),
      ...set(total, vAdd(get(total), get(weight))),
      ...increase(t, i32(16)),
    ]),
    ...set(total, vDiv(splat(f32(1)), splat(sumOf(f, get(total))))),
  ];
  const mixPass: number[] = [];
  for (let offset = 0; offset < head; offset += 128) {
    const parts = times(Math.min(8, (head - offset) / 16));
    mixPass.push(
      ...parts.flatMap((n) => set(at(sums, n), zero)),
      ...set(t, get(scores)),
      ...set(pointer, get(values)),
      ...loopWhile(lessThan(get(t), get(ends)), [
        ...set(weight, loadSplat(get(t))),
        ...parts.flatMap((n) =>
          set(at(sums, n), vMulAdd(get(weight), load(get(pointer), offset + 16 * n), get(at(sums, n)))),
        ),
        ...increase(pointer, i32(head)),
        ...increase(t, i32(4)),
      ]),
      ...parts.flatMap((n) => store(get(output), vMul(get(at(sums, n)), get(total)), offset + 16 * n)),
    );
  }
  // First the keys for all heads that share them, then the values: each stays in the nearest cache meanwhile.
  f.body = [
    ...set(end, shiftLeft(and(add(get(length), i32(3)), i32(-4)), i32(2))),
    ...set(first, get(scores)),
    ...set(left, get(groups)),
    ...loopWhile(get(left), [
      ...scorePass,
      ...increase(queries, i32(head)),
      ...increase(scores, get(end)),
      ...set(left, sub(get(left), i32(1))),
    ]),
    ...set(scores, get(first)),
    ...loopWhile(get(groups), [
      ...set(ends, add(get(scores), shiftLeft(get(length), i32(2)))),
      ...softmaxPass,
      ...mixPass,
      ...increase(output, i32(head)),
      ...increase(scores, get(end)),
      ...set(groups, sub(get(groups), i32(1))),
    ]),
  ];
  return f;
}
