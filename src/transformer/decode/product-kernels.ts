import {
  add,
  atLeast,
  type Code,
  call,
  equals,
  get,
  i32,
  increase,
  type Local,
  lessThan,
  load,
  loadSplat,
  localsOf,
  loopWhile,
  mul,
  parameters,
  repeat,
  set,
  store,
  sub,
  vAdd,
  vMulAdd,
  WasmFunction,
  when,
} from "../../tensor/wasm/index.ts";
import { at, times, variables, zero } from "./kernel-parts.ts";

/** Output channels that a packed weight keeps side by side: panel p of `inner` rows holds channels 8p … 8p + 7. */
export const PANEL = 8;

/**
 * Inputs that one chain of additions takes; the chains' sums are added in turn. It is how the tensor runtime's products
 * add up (MLAS, packed weights), so that either can make a product, bit for bit.
 */
const CHAIN = 256;

/** `rows` rows times `panels` panels, accumulated in registers: (x, xStride, w, panelBytes, y, yStride, addend, addendStride). */
export function tileKernel(name: string, rows: number, panels: number): WasmFunction {
  const f = new WasmFunction(name, ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"]);
  const [x, xStride, w, panelBytes, y, yStride, addend, addendStride] = parameters(f, 8);
  const xs = times(rows).map((row) => (row === 0 ? x : f.local("i32")));
  const ws = times(panels).map((panel) => (panel === 0 ? w : f.local("i32")));
  const end = f.local("i32");
  const halves = 2 * panels;
  const stop = f.local("i32");
  const totals = variables(f, rows * halves);
  const sums = variables(f, rows * halves);
  const weights = variables(f, halves);
  const input = f.local("v128");
  const body: number[] = [...set(end, add(get(w), get(panelBytes)))];
  for (const row of times(rows).slice(1)) body.push(...set(at(xs, row), add(get(at(xs, row - 1)), get(xStride))));
  for (const panel of times(panels).slice(1))
    body.push(...set(at(ws, panel), add(get(at(ws, panel - 1)), get(panelBytes))));
  for (const total of totals) body.push(...set(total, zero));
  const unroll = 4;
  const inside: number[] = [];
  for (const step of times(unroll)) {
    const weightAt = (half: number): Code => load(get(at(ws, half >> 1)), 32 * step + 16 * (half & 1));
    if (rows > 1) for (const half of times(halves)) inside.push(...set(at(weights, half), weightAt(half)));
    for (const row of times(rows)) {
      inside.push(...set(input, loadSplat(get(at(xs, row)), 4 * step)));
      for (const half of times(halves)) {
        const sum = at(sums, row * halves + half);
        const weight = rows > 1 ? get(at(weights, half)) : weightAt(half);
        inside.push(...set(sum, vMulAdd(get(input), weight, get(sum))));
      }
    }
  }
  for (const pointer of xs) inside.push(...increase(pointer, i32(4 * unroll)));
  for (const pointer of ws) inside.push(...increase(pointer, i32(32 * unroll)));
  const chain: Code = [
    ...set(stop, add(get(w), i32(CHAIN * 4 * PANEL))),
    ...when(lessThan(get(end), get(stop)), set(stop, get(end))),
    ...sums.flatMap((sum) => set(sum, zero)),
    ...repeat(inside, lessThan(get(w), get(stop))),
    ...sums.flatMap((sum, n) => set(at(totals, n), vAdd(get(at(totals, n)), get(sum)))),
  ];
  body.push(...repeat(chain, lessThan(get(w), get(end))));
  for (const row of times(rows)) {
    for (const half of times(halves)) {
      const sum = get(at(totals, row * halves + half));
      body.push(...store(get(y), vAdd(sum, load(get(addend), 16 * half)), 16 * half));
    }
    if (row < rows - 1) body.push(...increase(y, get(yStride)), ...increase(addend, get(addendStride)));
  }
  f.body = body;
  return f;
}

/** Walks the panels; a panel stays in the nearest cache while all rows pass over it. */
export function linearKernel(tile: (rows: number, panels: number) => number): WasmFunction {
  const f = new WasmFunction("linear", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"]);
  const [x, xStride, w, inner, y, yStride, addend, addendStride, rows, panels] = parameters(f, 10);
  const panelBytes = f.local("i32");
  const [xRow, yRow, addendRow, left] = localsOf(f, "i32", 4);
  const callTile = (count: number, width: number): Code =>
    call(
      tile(count, width),
      ...[x, xStride, w, panelBytes, y, yStride, addend, addendStride].map((local) => get(local)),
    );
  const block = (count: number): Code =>
    call(
      tile(count, 1),
      ...[xRow, xStride, w, panelBytes, yRow, yStride, addendRow, addendStride].map((local) => get(local)),
    );
  const advance = (width: number): Code => [
    ...increase(w, mul(get(panelBytes), i32(width))),
    ...increase(y, i32(32 * width)),
    ...increase(addend, i32(32 * width)),
    ...set(panels, sub(get(panels), i32(width))),
  ];
  const walkPanels = (count: number, width: number): Code => [
    ...loopWhile(atLeast(get(panels), i32(width)), [...callTile(count, width), ...advance(width)]),
    ...loopWhile(get(panels), [...callTile(count, 1), ...advance(1)]),
  ];
  const most = 6;
  const rest = times(most)
    .slice(1)
    .flatMap((count) => when(equals(get(left), i32(count)), block(count)));
  const many = loopWhile(get(panels), [
    ...set(xRow, get(x)),
    ...set(yRow, get(y)),
    ...set(addendRow, get(addend)),
    ...set(left, get(rows)),
    ...loopWhile(atLeast(get(left), i32(most)), [
      ...block(most),
      ...increase(xRow, mul(get(xStride), i32(most))),
      ...increase(yRow, mul(get(yStride), i32(most))),
      ...increase(addendRow, mul(get(addendStride), i32(most))),
      ...set(left, sub(get(left), i32(most))),
    ]),
    ...rest,
    ...advance(1),
  ]);
  f.body = [
    ...set(panelBytes, mul(get(inner), i32(4 * PANEL))),
    ...when(
      equals(get(rows), i32(1)),
      walkPanels(1, 4),
      when(equals(get(rows), i32(2)), walkPanels(2, 2), when(equals(get(rows), i32(3)), walkPanels(3, 2), many)),
    ),
  ];
  return f;
}

export function placeKernel(): WasmFunction {
  const f = new WasmFunction("place", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"]);
  const [x, xStride, y, yStride, addend, addendStride, rows, bytes] = parameters(f, 8);
  const i = f.local("i32");
  const here = (base: Local): Code => add(get(base), get(i));
  f.body = loopWhile(get(rows), [
    ...set(i, i32(0)),
    ...loopWhile(lessThan(get(i), get(bytes)), [
      ...store(here(y), vAdd(load(here(x)), load(here(addend)))),
      ...increase(i, i32(16)),
    ]),
    ...increase(x, get(xStride)),
    ...increase(y, get(yStride)),
    ...increase(addend, get(addendStride)),
    ...set(rows, sub(get(rows), i32(1))),
  ]);
  return f;
}
