import {
  add,
  type Code,
  compile,
  encodeModule,
  f32Add,
  get,
  i32,
  increase,
  instantiate,
  lane,
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
  vMul,
  WasmFunction,
} from "./wasm/wasm.ts";

/** Rows of floats in one memory, each from a multiple of 16 bytes on and of a multiple of four floats; places and lengths in bytes. */
export interface RowsKernel {
  readonly floats: Float32Array;
  /** to += factor · from. */
  addScaled(to: number, from: number, bytes: number, factor: number): void;
  /** Σ a · b, and to += factor · a, in one pass. */
  dotAndAdd(a: number, b: number, to: number, bytes: number, factor: number): number;
}

type Exports = Pick<RowsKernel, "addScaled" | "dotAndAdd">;

/** Four floats at a time, each operation rounded on its own. @throws RangeError for more than WebAssembly can address. */
export function rowsKernel(floats: number): RowsKernel {
  const pages = Math.ceil((4 * floats) / 65536);
  // Places are signed: half of what WebAssembly can address.
  if (pages > 32768) throw new RangeError(`${floats} floats in one memory of WebAssembly`);
  const memory = sharedMemory(4 * floats, pages);
  const { addScaled, dotAndAdd } = instantiate<Exports>(
    compile(encodeModule([buildAddScaled(), buildDotAndAdd()], pages)),
    memory,
  );
  return { floats: new Float32Array(memory.buffer, 0, floats), addScaled, dotAndAdd };
}

function buildAddScaled(): WasmFunction {
  const f = new WasmFunction("addScaled", ["i32", "i32", "i32", "f32"]);
  const [to, from, bytes, factor] = parameters(f, 4);
  const [end] = localsOf(f, "i32", 1);
  const [all] = localsOf(f, "v128", 1);
  f.body = [
    ...set(all, splat(get(factor))),
    ...set(end, add(get(from), get(bytes))),
    ...loopWhile(lessThan(get(from), get(end)), [
      ...store(get(to), vAdd(load(get(to)), vMul(get(all), load(get(from))))),
      ...[to, from].flatMap((pointer) => increase(pointer, i32(16))),
    ]),
  ];
  return f;
}

function buildDotAndAdd(): WasmFunction {
  const f = new WasmFunction("dotAndAdd", ["i32", "i32", "i32", "i32", "f32"], "f32");
  const [a, b, to, bytes, factor] = parameters(f, 5);
  const [end] = localsOf(f, "i32", 1);
  const [all, sum, own] = localsOf(f, "v128", 3);
  const part = (n: 0 | 1 | 2 | 3): Code => lane(get(sum), n);
  f.body = [
    ...set(all, splat(get(factor))),
    ...set(end, add(get(a), get(bytes))),
    ...loopWhile(lessThan(get(a), get(end)), [
      ...set(own, load(get(a))),
      ...set(sum, vAdd(get(sum), vMul(get(own), load(get(b))))),
      ...store(get(to), vAdd(load(get(to)), vMul(get(all), get(own)))),
      ...[a, b, to].flatMap((pointer) => increase(pointer, i32(16))),
    ]),
    ...f32Add(f32Add(part(0), part(1)), f32Add(part(2), part(3))),
  ];
  return f;
}
