/**
 * What bfloat16 would bring: oneDNN, called through FFI, beside onnxruntime on the matrix products of a training step.
 *   pip download --no-deps onednn-cpu-gomp, unzip; PRECEPT_DNNL=…/libdnnl.so.3 node benchmarks/engine/bf16.ts [--write]
 * koffi comes by `npm --prefix benchmarks install`. One thread, processor time, medians; other work on the machine
 * lengthens that little. --write puts the table into docs/experiments.md between the markers "bf16".
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { Graph, toOnnx } from "../../src/tensor/graph.ts";
import { matmul } from "../../src/tensor/operators/matmul.ts";
import { slice } from "../../src/tensor/operators/shape.ts";
import { loadSession, toRuntime } from "../../src/tensor/runtime.ts";
import { median } from "./contender.ts";

/** The part of koffi that is used. */
type Native = (...values: readonly unknown[]) => number;
interface Koffi {
  load(path: string): { func(declaration: string): Native };
  address(pointer: unknown): bigint;
}

const BF16 = 2;
const F32 = 3;
const [SOURCE, WEIGHTS, DESTINATION] = [1, 33, 17];
const REPEATS = 7;

/** Products of a training step, 2,048 tokens: forward (x Wᵀ), gradient of x (dy W), gradient of W (dyᵀ x). */
const LAYERS = [
  { inner: 256, outer: 768 },
  { inner: 256, outer: 4096 },
  { inner: 576, outer: 1536 },
] as const;
const ROWS = 2048;

interface Product {
  readonly name: string;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}
const products: readonly Product[] = LAYERS.flatMap(({ inner, outer }) => [
  { name: "forward", m: ROWS, k: inner, n: outer, transposeA: false, transposeB: true },
  { name: "gradient of x", m: ROWS, k: outer, n: inner, transposeA: false, transposeB: false },
  { name: "gradient of W", m: outer, k: ROWS, n: inner, transposeA: true, transposeB: false },
]);

/** oneDNN 3 through its C interface; every handle lives until the process ends. */
class OneDnn {
  readonly #call: (name: string, parameters: string) => Native;
  readonly #address: (pointer: unknown) => bigint;
  /** The library, which is unloaded once nobody holds it, and the arrays whose addresses it was given. */
  readonly #held: unknown[];
  readonly #engine: unknown;
  readonly #stream: unknown;

  constructor(koffi: Koffi, path: string) {
    const library = koffi.load(path);
    this.#held = [library];
    const functions = new Map<string, Native>();
    this.#address = koffi.address;
    this.#call = (name, parameters) => {
      const native = functions.get(name) ?? library.func(`int dnnl_${name}(${parameters})`);
      functions.set(name, native);
      return (...values) => {
        const status = native(...values);
        if (status !== 0) throw new Error(`dnnl_${name} returned ${status}`);
        return status;
      };
    };
    this.#engine = this.#made("engine_create", "int kind, size_t index", 1, 0);
    this.#stream = this.#made("stream_create", "void *engine, unsigned int flags", this.#engine, 1);
  }

  /** A handle that a function returns through its first parameter. */
  #made(name: string, parameters: string, ...values: readonly unknown[]): unknown {
    const out: [unknown] = [null];
    this.#call(name, `_Out_ void **handle, ${parameters}`)(out, ...values);
    return out[0];
  }

  layout(rows: number, columns: number, type: number, isTransposed: boolean): unknown {
    const strides = isTransposed ? [1, rows] : [columns, 1];
    const parameters = "int dimensions, int64_t *sizes, int type, int64_t *strides";
    return this.#made("memory_desc_create_with_strides", parameters, 2, [rows, columns], type, strides);
  }

  memory(layout: unknown, data: Float32Array | Uint16Array): unknown {
    this.#held.push(data);
    return this.#made("memory_create", "void *layout, void *engine, void *data", layout, this.#engine, data);
  }

  product(a: unknown, b: unknown, c: unknown): unknown {
    const parameters = "void *engine, void *a, void *b, void *bias, void *c, void *attributes";
    const description = this.#made("matmul_primitive_desc_create", parameters, this.#engine, a, b, null, c, null);
    return this.#made("primitive_create", "void *description", description);
  }

  conversion(from: unknown, to: unknown): unknown {
    const parameters = "void *from, void *fromEngine, void *to, void *toEngine, void *attributes";
    const values = [from, this.#engine, to, this.#engine, null];
    const description = this.#made("reorder_primitive_desc_create", parameters, ...values);
    return this.#made("primitive_create", "void *description", description);
  }

  run(primitive: unknown, memories: Readonly<Record<number, unknown>>): void {
    const entries = Object.entries(memories);
    const list = Buffer.alloc(16 * entries.length);
    for (const [index, [role, memory]] of entries.entries()) {
      list.writeInt32LE(Number(role), 16 * index);
      list.writeBigUInt64LE(this.#address(memory), 16 * index + 8);
    }
    const parameters = "void *primitive, void *stream, int count, void *list";
    this.#call("primitive_execute", parameters)(primitive, this.#stream, entries.length, list);
    this.#call("stream_wait", "void *stream")(this.#stream);
  }
}

async function gflops({ m, k, n }: Product, body: () => unknown): Promise<number> {
  const milliseconds: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const used = process.cpuUsage();
    await body();
    const { user, system } = process.cpuUsage(used);
    milliseconds.push((user + system) / 1000);
  }
  return (2 * m * k * n) / median(milliseconds) / 1e6;
}

const fill = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i));

async function onnxruntime(product: Product): Promise<number> {
  const { m, k, n, transposeA, transposeB } = product;
  const graph = new Graph();
  const shapes = { a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] };
  const c = matmul(graph.input("a", "float32", shapes.a), graph.input("b", "float32", shapes.b), product);
  // One row alone is returned, because the binding copies what it returns.
  const session = await loadSession(toOnnx(graph, { row: slice(c, 0, 0, 1) }), 1);
  const tensor = (shape: readonly number[], count: number) => toRuntime({ dtype: "float32", shape, data: fill(count) });
  const feeds = { a: tensor(shapes.a, m * k), b: tensor(shapes.b, k * n) };
  return gflops(product, () => session.run(feeds));
}

async function oneDnn(dnnl: OneDnn, product: Product): Promise<{ fp32: number; bf16: number; converting: number }> {
  const { m, k, n, transposeA, transposeB } = product;
  const layouts = (type: number) => [dnnl.layout(m, k, type, transposeA), dnnl.layout(k, n, type, transposeB)] as const;
  const [[a32, b32], [a16, b16]] = [layouts(F32), layouts(BF16)];
  const c = dnnl.layout(m, n, F32, false);
  const result = dnnl.memory(c, new Float32Array(m * n));
  const wide = [dnnl.memory(a32, fill(m * k)), dnnl.memory(b32, fill(k * n))] as const;
  const narrow = [dnnl.memory(a16, new Uint16Array(m * k)), dnnl.memory(b16, new Uint16Array(k * n))] as const;
  const convert = [dnnl.conversion(a32, a16), dnnl.conversion(b32, b16)] as const;
  const narrowing = (): void => {
    for (const index of [0, 1] as const) dnnl.run(convert[index], { 1: wide[index], 17: narrow[index] });
  };
  narrowing();
  const [full, half] = [dnnl.product(a32, b32, c), dnnl.product(a16, b16, c)];
  const multiply =
    (primitive: unknown, [a, b]: readonly [unknown, unknown]) =>
    () =>
      dnnl.run(primitive, { [SOURCE]: a, [WEIGHTS]: b, [DESTINATION]: result });
  const [fp32, bf16] = [multiply(full, wide), multiply(half, narrow)];
  return {
    fp32: await gflops(product, fp32),
    bf16: await gflops(product, bf16),
    converting: await gflops(product, () => {
      narrowing();
      bf16();
    }),
  };
}

const path = process.env["PRECEPT_DNNL"];
if (path === undefined) throw new Error("PRECEPT_DNNL must name libdnnl.so.3 of a oneDNN for the CPU");
const koffi = createRequire(new URL("../package.json", import.meta.url))("koffi") as Koffi;
const dnnl = new OneDnn(koffi, path);
const rows: string[][] = [];
const rates: { ort: number; fp32: number; bf16: number; converting: number }[] = [];
for (const product of products) {
  const [ort, rate] = [await onnxruntime(product), await oneDnn(dnnl, product)];
  rates.push({ ort, ...rate });
  const cells = [ort, rate.fp32, rate.bf16, rate.converting].map((value) => value.toFixed(0));
  rows.push([`${product.m} × ${product.k} × ${product.n}`, product.name, ...cells]);
}
const gain = (of: "fp32" | "bf16" | "converting"): number => {
  // Time of all products together, which the equal number of operations in a layer's three makes comparable.
  const time = (value: (rate: (typeof rates)[number]) => number): number =>
    products.reduce((sum, { m, k, n }, i) => sum + (m * k * n) / value(rates[i]!), 0);
  return time(({ ort }) => ort) / time((rate) => rate[of]);
};
const flags = readFileSync("/proc/cpuinfo", "utf8");
const found = ["avx512_bf16", "amx_bf16"].filter((flag) => flags.includes(flag));
const text = [
  `GFLOP/s at one thread, by processor time; ${cpus()[0]?.model}, which offers here: ${found.join(", ") || "neither avx512_bf16 nor amx_bf16"}.`,
  "",
  "| m × k × n | product | onnxruntime fp32 | oneDNN fp32 | oneDNN bf16 | bf16, operands converted first |",
  "| --- | --- | --- | --- | --- | --- |",
  ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  "",
  `Over all of them, against onnxruntime: oneDNN fp32 ${gain("fp32").toFixed(2)} times as fast, bf16 ${gain("bf16").toFixed(2)}, bf16 with conversion ${gain("converting").toFixed(2)}.`,
].join("\n");
console.log(text);
if (process.argv.includes("--write")) {
  const file = new URL("../../docs/experiments.md", import.meta.url);
  const document = readFileSync(file, "utf8");
  const [begin, end] = ["<!-- begin bf16 -->", "<!-- end bf16 -->"];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < 0) throw new Error("docs/experiments.md has no section bf16");
  writeFileSync(file, `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`);
}
