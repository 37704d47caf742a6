/**
 * A WebAssembly assembler, just large enough for the kernels here. Code is a list of bytes that leaves its value on
 * the stack, so expressions nest: `add(get(i), i32(4))`. https://webassembly.github.io/spec/core/binary/
 */
export type Code = readonly number[];

export type ValueType = "i32" | "f32" | "v128";
const typeCodes = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** A parameter or local variable of a function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

export class WasmFunction {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly result: ValueType | undefined;
  readonly locals: Local[] = [];
  readonly #constants = new Map<number, Local>();
  body: Code = [];

  constructor(name: string, parameters: readonly ValueType[], result?: ValueType) {
    this.name = name;
    this.parameters = parameters.map((type, index) => ({ index, type }));
    this.result = result;
  }

  local(type: ValueType): Local {
    const local = { index: this.parameters.length + this.locals.length, type };
    this.locals.push(local);
    return local;
  }

  /** Four times the same number, made once when the function begins: the compiler does not take constants out of loops. */
  constant(value: number): Code {
    const local = this.#constants.get(value) ?? this.local("v128");
    this.#constants.set(value, local);
    return get(local);
  }

  /** What makes the constants, and the body. */
  code(): Code {
    return [...[...this.#constants].flatMap(([value, local]) => set(local, splat(f32(value)))), ...this.body];
  }

  parameter(index: number): Local {
    const parameter = this.parameters[index];
    if (parameter === undefined) throw new RangeError(`${this.name} has no parameter ${index}`);
    return parameter;
  }
}

/** LEB128, unsigned. */
function encodeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** LEB128, signed 32 bits. */
function encodeSigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  while (true) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isDone = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isDone ? low : low | 0x80);
    if (isDone) return bytes;
  }
}

const simd = (opcode: number): number[] => [0xfd, ...encodeUnsigned(opcode)];
const binary =
  (opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (opcode: Code) =>
  (a: Code): Code => [...a, ...opcode];

export const get = ({ index }: Local): Code => [0x20, ...encodeUnsigned(index)];
export const set = ({ index }: Local, value: Code): Code => [...value, 0x21, ...encodeUnsigned(index)];
export const i32 = (value: number): Code => [0x41, ...encodeSigned(value)];
export const f32 = (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];

export const add = binary([0x6a]);
export const sub = binary([0x6b]);
export const mul = binary([0x6c]);
export const shiftLeft = binary([0x74]);
export const and = binary([0x71]);
export const lessThan = binary([0x49]);
export const atLeast = binary([0x4f]);
export const equals = binary([0x46]);

export const f32Load = (address: Code, offset = 0): Code => [...address, 0x2a, 2, ...encodeUnsigned(offset)];
export const f32Store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  0x38,
  2,
  ...encodeUnsigned(offset),
];
export const f32Sqrt = unary([0x91]);
export const f32Add = binary([0x92]);
export const f32Mul = binary([0x94]);
export const f32Div = binary([0x95]);
export const f32Max = binary([0x97]);
export const f32FromI32 = unary([0xb3]);

export const load = (address: Code, offset = 0): Code => [...address, ...simd(0x00), 4, ...encodeUnsigned(offset)];
export const loadSplat = (address: Code, offset = 0): Code => [...address, ...simd(0x09), 2, ...encodeUnsigned(offset)];
export const store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  4,
  ...encodeUnsigned(offset),
];
export const splat = unary(simd(0x13));
export const splatI32 = unary(simd(0x11));
export const lane = (value: Code, index: number): Code => [...value, ...simd(0x1f), index];
/** Lanes 0–3 are those of `a`, 4–7 those of `b`. */
export const shuffle = (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => [
  ...a,
  ...b,
  ...simd(0x0d),
  ...lanes.flatMap((from) => [4 * from, 4 * from + 1, 4 * from + 2, 4 * from + 3]),
];
export const vAdd = binary(simd(0xe4));
export const vSub = binary(simd(0xe5));
export const vMul = binary(simd(0xe6));
export const vDiv = binary(simd(0xe7));
/** b < a ? b : a, one instruction where WebAssembly's own minimum takes eight; a that is no number stays. */
export const vMin = binary(simd(0xea));
/** a < b ? b : a; a that is no number stays, b is passed over. */
export const vMax = binary(simd(0xeb));
export const vSqrt = unary(simd(0xe3));
export const vNearest = unary(simd(0x6a));
export const vToI32 = unary(simd(0xf8));
export const vAddI32 = binary(simd(0xae));
export const vShiftLeft = (a: Code, bits: number): Code => [...a, ...i32(bits), ...simd(0xab)];
/** a · b + c, fused where the processor can (relaxed SIMD). */
export const vMulAdd = (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...simd(0x105)];

export const call = (index: number, ...inputs: readonly Code[]): Code => [
  ...inputs.flat(),
  0x10,
  ...encodeUnsigned(index),
];
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...condition,
  0x04,
  0x40,
  ...then,
  ...(otherwise.length > 0 ? [0x05, ...otherwise] : []),
  0x0b,
];
/** do { body } while (condition). */
export const repeat = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
/** while (condition) { body }. */
export const loopWhile = (condition: Code, body: Code): Code => when(condition, repeat(body, condition));
/** variable += amount. */
export const increase = (variable: Local, amount: Code): Code => set(variable, add(get(variable), amount));

const withLength = (bytes: readonly number[]): number[] => [...encodeUnsigned(bytes.length), ...bytes];
const vector = (items: readonly (readonly number[])[]): number[] => [...encodeUnsigned(items.length), ...items.flat()];
const section = (id: number, items: readonly (readonly number[])[]): number[] => [id, ...withLength(vector(items))];
const encodeName = (name: string): number[] => withLength([...new TextEncoder().encode(name)]);

/** A module over the imported shared memory `env.memory` that exports every function; `call` counts them from 0. */
export function encodeModule(functions: readonly WasmFunction[], maximumPages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...vector(parameters.map(({ type }) => [typeCodes[type]])),
    ...vector(result === undefined ? [] : [[typeCodes[result]]]),
  ]);
  const memory = [
    ...encodeName("env"),
    ...encodeName("memory"),
    0x02,
    0x03,
    ...encodeUnsigned(0),
    ...encodeUnsigned(maximumPages),
  ];
  const bodies = functions.map((f) =>
    withLength([...vector(f.locals.map(({ type }) => [1, typeCodes[type]])), ...f.code(), 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => encodeUnsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...encodeName(name), 0x00, ...encodeUnsigned(index)]),
    ),
    ...section(10, bodies),
  ]);
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB. */
  grow(pages: number): number;
}

/** A compiled module; may be sent to other threads. */
export type CompiledModule = object;

/** The part of the WebAssembly interface that is used; Node's types leave it to the DOM's. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ) => { readonly exports: unknown };
}
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

export const sharedMemory = (bytes: number, maximum: number): SharedMemory =>
  new api.Memory({ initial: Math.ceil(bytes / 65536), maximum, shared: true });

export const compile = (bytes: Uint8Array<ArrayBuffer>): CompiledModule => new api.Module(bytes);

/** The functions of a module over a memory; the caller knows their signatures. */
export const instantiate = <Exports>(module: CompiledModule, memory: SharedMemory): Exports =>
  new api.Instance(module, { env: { memory } }).exports as Exports;

/** A tuple of so many locals. */
type Locals<N extends number, Found extends readonly Local[] = readonly []> = Found["length"] extends N
  ? Found
  : Locals<N, readonly [...Found, Local]>;

/** The first `count` parameters of a function. */
export const parameters = <const N extends number>(f: WasmFunction, count: N): Locals<N> =>
  Array.from({ length: count }, (_, n) => f.parameter(n)) as readonly Local[] as Locals<N>;

/** `count` new locals of one type. */
export const localsOf = <const N extends number>(f: WasmFunction, type: "i32" | "v128", count: N): Locals<N> =>
  Array.from({ length: count }, () => f.local(type)) as readonly Local[] as Locals<N>;
