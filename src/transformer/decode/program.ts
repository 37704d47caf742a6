import { type CompiledModule, instantiate, type SharedMemory } from "../../tensor/wasm/index.ts";
import type { Kernels } from "./kernels.ts";
import {
  CONTROL,
  type DecodePlan,
  type LayerPlan,
  type PackedLinear,
  PROJECTIONS,
  type Projection,
  ROW,
  SPARE_ROWS,
  UNWANTED,
} from "./plan.ts";
import { PANEL } from "./product-kernels.ts";
import { type Columns, RuntimeProducts } from "./runtime-products.ts";

/** Thrown in the threads that a failed one leaves behind. */
export class Deserted extends Error {}

/** Turns of waiting before a thread goes to sleep: a millisecond or two, for a core that has slept is slow to come back. */
const SPINS = 1_000_000;
/** So few rows are normalised by every thread for itself, which is cheaper than waiting for one another. */
const ALONE = 2;

/** From so many rows, and multiplications a thread, the runtime is faster at a product than our kernels. */
const MANY = { rows: 8, multiplications: 2 ** 22 } as const;

const padded = (count: number): number => Math.ceil(count / PANEL) * PANEL;

/** One thread's columns of y = x Wᵀ + bias, or of y + x Wᵀ. */
interface Product extends Columns {
  readonly y: number;
  readonly isSum: boolean;
}

/** Where a product goes, and what is added to it: bytes. */
function placeOf({ linear: { panels, bias }, y, first, isSum }: Product) {
  const [offset, stride] = [4 * PANEL * first, 4 * PANEL * panels];
  const to = y + offset;
  return isSum ? { to, stride, base: to, baseStride: stride } : { to, stride, base: bias + offset, baseStride: 0 };
}

function isMany(parts: readonly Product[], rows: number): boolean {
  if (rows < MANY.rows) return false;
  const weights = parts.reduce((sum, { linear, first, end }) => sum + linear.inner * PANEL * (end - first), 0);
  return rows * weights >= MANY.multiplications;
}

/** One thread's part of a step: all threads run the same program over the same memory and wait for one another. */
export class DecodeProgram {
  readonly #plan: DecodePlan;
  readonly #kernels: Kernels;
  readonly #thread: number;
  readonly #control: Int32Array;
  readonly #table: Uint32Array;
  readonly #scales: Float32Array;
  readonly #floats: Float32Array;
  /** By the first weight: products of many rows, or false where the runtime's bits are not those of our kernels. */
  readonly #runtime = new Map<PackedLinear, RuntimeProducts | false>();

  constructor(plan: DecodePlan, module: CompiledModule, memory: SharedMemory, thread: number) {
    this.#plan = plan;
    this.#thread = thread;
    this.#kernels = instantiate<Kernels>(module, memory);
    this.#control = new Int32Array(memory.buffer, plan.control, CONTROL.words);
    this.#table = new Uint32Array(memory.buffer, plan.rowTable, plan.maxRows * ROW.words);
    this.#scales = new Float32Array(memory.buffer, plan.rowTable, plan.maxRows * ROW.words);
    this.#floats = new Float32Array(memory.buffer);
  }

  /** Waits for jobs for ever; what a helping thread does. */
  async serve(): Promise<never> {
    let done = 0;
    while (true) {
      for (let n = 0; n < SPINS && Atomics.load(this.#control, CONTROL.job) === done; n++);
      while (Atomics.load(this.#control, CONTROL.job) === done) Atomics.wait(this.#control, CONTROL.job, done);
      done++;
      await this.#take();
    }
  }

  /** Tells the helping threads to begin, and does this thread's part. */
  async lead(): Promise<void> {
    if (this.#plan.threads > 1) {
      Atomics.add(this.#control, CONTROL.job, 1);
      Atomics.notify(this.#control, CONTROL.job);
    }
    await this.#take();
  }

  /** Nobody waits any more: a thread has failed. */
  end(): void {
    Atomics.store(this.#control, CONTROL.failed, 1);
    Atomics.add(this.#control, CONTROL.phase, 1);
    Atomics.notify(this.#control, CONTROL.phase);
  }

  async #take(): Promise<void> {
    try {
      await this.#step();
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** The rows of the row table through the whole model. */
  async #step(): Promise<void> {
    const { layers, buffers } = this.#plan;
    const rows = Atomics.load(this.#control, CONTROL.rows);
    const isShared = rows > ALONE;
    const [firstRow, endRow] = isShared ? this.#share(rows) : [0, rows];
    const together = (): void => {
      if (isShared) this.#wait();
    };
    for (let row = firstRow; row < endRow; row++) this.#embed(row);
    const { residual, normed, queries, keys, values, mixed, gate } = buffers;
    for (const [index, layer] of layers.entries()) {
      this.#normalise(residual, layer.inputNorm, firstRow, endRow);
      together();
      await this.#project(index, { q: queries, k: keys, v: values }, normed, rows);
      this.#wait();
      for (let row = firstRow; row < endRow; row++) this.#remember(layer, index, row);
      together();
      this.#attend(layer, index, rows);
      this.#wait();
      await this.#project(index, { o: residual }, mixed, rows);
      this.#wait();
      this.#normalise(residual, layer.attentionNorm, firstRow, endRow);
      together();
      await this.#project(index, { gate, up: buffers.up }, normed, rows);
      this.#gate(layer, rows);
      this.#wait();
      await this.#project(index, { down: residual }, gate, rows);
      this.#wait();
    }
    await this.#distributions(rows);
  }

  /** An equal share of `count` things: [first, end). */
  #share(count: number): readonly [number, number] {
    const { threads } = this.#plan;
    return [Math.floor((count * this.#thread) / threads), Math.floor((count * (this.#thread + 1)) / threads)];
  }

  /** Until all threads are here. @throws Deserted when one of them has failed. */
  #wait(): void {
    this.#meet();
    if (Atomics.load(this.#control, CONTROL.failed) === 1) throw new Deserted("Another thread of the batch has failed");
  }

  #meet(): void {
    const { threads } = this.#plan;
    if (threads === 1) return;
    const control = this.#control;
    const phase = Atomics.load(control, CONTROL.phase);
    if (Atomics.load(control, CONTROL.failed) === 1) return;
    if (Atomics.add(control, CONTROL.arrived, 1) === threads - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.phase, 1);
      Atomics.notify(control, CONTROL.phase);
      return;
    }
    for (let n = 0; n < SPINS; n++) if (Atomics.load(control, CONTROL.phase) !== phase) return;
    while (Atomics.load(control, CONTROL.phase) === phase) Atomics.wait(control, CONTROL.phase, phase);
  }

  #field(row: number, field: number): number {
    return this.#table[row * ROW.words + field] as number;
  }

  #embed(row: number): void {
    const { embeddings, channels, buffers, head } = this.#plan;
    const token = this.#field(row, ROW.token);
    const from = embeddings / 4 + Math.floor(token / PANEL) * head.inner * PANEL + (token % PANEL);
    const to = buffers.residual / 4 + row * padded(channels);
    for (let i = 0; i < channels; i++) this.#floats[to + i] = this.#floats[from + i * PANEL] as number;
  }

  #normalise(from: number, weight: number, first: number, end: number): void {
    const { channels, normEpsilon, buffers } = this.#plan;
    const bytes = 4 * padded(channels);
    for (let row = first; row < end; row++)
      this.#kernels.rmsNorm(from + row * bytes, weight, buffers.normed + row * bytes, channels, normEpsilon);
  }

  /**
   * This thread's share of the output channels of projections with one input, for all rows, with what their adapters
   * add. "o" and "down" add to the residual stream. An adapter's inner products are few: every thread makes them all,
   * without waiting.
   */
  async #project(
    index: number,
    outputs: Partial<Readonly<Record<Projection, number>>>,
    x: number,
    rows: number,
  ): Promise<void> {
    const { layers, adapters, buffers, scratch } = this.#plan;
    const { projections } = layers[index] as LayerPlan;
    const parts = PROJECTIONS.flatMap((name) => {
      const y = outputs[name];
      if (y === undefined) return [];
      const linear = projections[name];
      const [first, end] = this.#share(linear.panels);
      if (first === end) return [];
      return [{ name, linear, y, first, end, isSum: y === buffers.residual }];
    });
    for (const { linear, y, first, end, isSum } of parts) {
      if (!isSum || !linear.hasBias) continue;
      const [offset, stride] = [4 * PANEL * first, 4 * PANEL * linear.panels];
      for (let row = 0; row < rows; row++)
        this.#kernels.accumulate(linear.bias + offset, y + row * stride + offset, PANEL * (end - first));
    }
    await this.#products(parts, x, rows);
    if (adapters.length === 0) return;
    const inner = buffers.scratch + 4 * this.#thread * scratch;
    for (const { name, linear, y, first, end } of parts) {
      for (let row = 0; row < rows; row++) {
        const adapter = adapters[this.#field(row, ROW.adapter) - 1]?.[index]?.[name];
        if (adapter === undefined) continue;
        const { a, b } = adapter;
        const [from, to] = [x + row * 4 * linear.inner, y + row * 4 * PANEL * linear.panels];
        this.#product({ linear: a, y: inner, first: 0, end: a.panels, isSum: false }, from, 1);
        this.#product({ linear: b, y: to, first, end, isSum: true }, inner, 1);
      }
    }
  }

  /** Products that share their input, by whoever is faster; the bits are the same. */
  async #products(parts: readonly Product[], x: number, rows: number): Promise<void> {
    if (isMany(parts, rows) && (await this.#byRuntime(parts, x, rows))) return;
    for (const part of parts) this.#product(part, x, rows);
  }

  /** False, with nothing changed, where the runtime fails or its first products have another bit than ours: then we do it. */
  async #byRuntime(parts: readonly Product[], x: number, rows: number): Promise<boolean> {
    const key = (parts[0] as Product).linear;
    const known = this.#runtime.get(key);
    if (known === false) return false;
    let at = this.#plan.buffers.products + 4 * this.#thread * this.#plan.products;
    try {
      const runtime = known ?? (await RuntimeProducts.create(this.#floats, parts));
      await runtime.run(x, rows, at);
      const isUsable = known !== undefined || this.#isSame(parts, x, rows, at);
      this.#runtime.set(key, isUsable && runtime);
      if (!isUsable) return false;
    } catch {
      this.#runtime.set(key, false);
      return false;
    }
    for (const part of parts) {
      const { base, baseStride, to, stride } = placeOf(part);
      const bytes = 4 * PANEL * (part.end - part.first);
      this.#kernels.place(at, bytes, to, stride, base, baseStride, rows, bytes);
      at += rows * bytes;
    }
    return true;
  }

  /** Whether our kernels give the products at `at` too, bit for bit. */
  #isSame(parts: readonly Product[], x: number, rows: number, at: number): boolean {
    const { products, zeros } = this.#plan;
    let found = at / 4;
    for (const { linear, first, end } of parts) {
      const width = PANEL * (end - first);
      const own = at + 4 * (products - SPARE_ROWS * width);
      const weight = linear.weight + 4 * PANEL * first * linear.inner;
      for (let row = 0; row < rows; row += SPARE_ROWS) {
        const count = Math.min(SPARE_ROWS, rows - row);
        const from = x + row * 4 * linear.inner;
        this.#kernels.linear(
          from,
          4 * linear.inner,
          weight,
          linear.inner,
          own,
          4 * width,
          zeros,
          0,
          count,
          end - first,
        );
        for (let n = 0; n < count * width; n++) if (this.#floats[found + n] !== this.#floats[own / 4 + n]) return false;
        found += count * width;
      }
    }
    return true;
  }

  #product(part: Product, x: number, rows: number): void {
    const { linear, first, end } = part;
    if (first === end) return;
    const { base, baseStride, to, stride } = placeOf(part);
    const panel = linear.weight + 4 * PANEL * first * linear.inner;
    this.#kernels.linear(x, 4 * linear.inner, panel, linear.inner, to, stride, base, baseStride, rows, end - first);
  }

  /** Rotates one row's queries and keys, and puts its keys and values into the cache. */
  #remember(layer: LayerPlan, index: number, row: number): void {
    const { buffers, heads, keyValueHeads, headSize, normEpsilon, cosine, sine } = this.#plan;
    const bytes = 4 * headSize;
    const position = this.#field(row, ROW.position);
    const queries = buffers.queries + row * heads * bytes;
    const rotated = buffers.rotated + row * heads * bytes;
    const angle = position * 2 * headSize;
    const normed = buffers.scratch + 4 * this.#thread * this.#plan.scratch;
    const turn = (from: number, to: number, count: number): void => {
      if (layer.hasRope) this.#kernels.rope(from, to, count, cosine + angle, sine + angle);
      else this.#kernels.copy(from, to, count * headSize);
    };
    const turnNormed = (from: number, to: number, norm: number): void => {
      this.#kernels.rmsNorm(from, norm, normed, headSize, normEpsilon);
      turn(normed, to, 1);
    };
    if (layer.queryNorm === 0) turn(queries, rotated, heads);
    else for (let n = 0; n < heads; n++) turnNormed(queries + n * bytes, rotated + n * bytes, layer.queryNorm);
    const capacity = this.#field(row, ROW.capacity);
    for (let head = 0; head < keyValueHeads; head++) {
      const block = this.#cacheOf(row, index, head, capacity) + position * bytes;
      const offset = (row * keyValueHeads + head) * bytes;
      if (layer.keyNorm === 0) turn(buffers.keys + offset, block, 1);
      else turnNormed(buffers.keys + offset, block, layer.keyNorm);
      this.#kernels.copy(buffers.values + offset, block + capacity * bytes, headSize);
    }
  }

  /** Keys of one layer and head, (capacity, D); the values follow. */
  #cacheOf(row: number, layer: number, head: number, capacity: number): number {
    const { keyValueHeads, headSize } = this.#plan;
    return this.#field(row, ROW.cache) + (layer * keyValueHeads + head) * 8 * capacity * headSize;
  }

  #attend({ window }: LayerPlan, layer: number, rows: number): void {
    const { buffers, heads, keyValueHeads, headSize, scratch } = this.#plan;
    const bytes = 4 * headSize;
    const groups = heads / keyValueHeads;
    const scores = buffers.scratch + 4 * this.#thread * scratch;
    const [first, end] = this.#share(rows * keyValueHeads);
    for (let task = first; task < end; task++) {
      const row = Math.floor(task / keyValueHeads);
      const capacity = this.#field(row, ROW.capacity);
      const seen = this.#field(row, ROW.position) + 1;
      const skipped = Math.max(0, seen - window);
      const keys = this.#cacheOf(row, layer, task % keyValueHeads, capacity) + skipped * bytes;
      const values = keys + capacity * bytes;
      const offset = task * groups * bytes;
      this.#kernels.attention(
        buffers.rotated + offset,
        keys,
        values,
        buffers.mixed + offset,
        seen - skipped,
        groups,
        scores,
      );
    }
  }

  /** silu(gate) · up over this thread's own share of the channels, so that nobody has to wait before. */
  #gate({ projections }: LayerPlan, rows: number): void {
    const { gate, up } = this.#plan.buffers;
    const [first, end] = this.#share(projections.gate.panels);
    for (let row = 0; row < rows; row++) {
      const at = 4 * PANEL * (row * projections.gate.panels + first);
      this.#kernels.swiglu(gate + at, up + at, PANEL * (end - first));
    }
  }

  /** Logits, and probabilities at each row's temperature, after the rows where they are wanted. */
  async #distributions(rows: number): Promise<void> {
    const { buffers, channels, finalNorm, normEpsilon, head, vocabularySize } = this.#plan;
    const bytes = 4 * padded(channels);
    let wanted = 0;
    for (let row = 0; row < rows; row++) {
      if (this.#field(row, ROW.wanted) === UNWANTED) continue;
      const at = buffers.normed + this.#field(row, ROW.wanted) * bytes;
      this.#kernels.rmsNorm(buffers.residual + row * bytes, finalNorm, at, channels, normEpsilon);
      wanted++;
    }
    if (wanted > 0) {
      const [firstPanel, endPanel] = this.#share(head.panels);
      const part = { linear: head, y: buffers.logits, first: firstPanel, end: endPanel, isSum: false };
      await this.#products([part], buffers.normed, wanted);
      this.#wait();
      const [first, end] = this.#share(wanted);
      for (let row = 0; row < rows; row++) {
        const place = this.#field(row, ROW.wanted);
        if (place === UNWANTED || place < first || place >= end) continue;
        const offset = 4 * PANEL * head.panels * place;
        const [logits, probabilities] = [buffers.logits + offset, buffers.probabilities + offset];
        const scale = this.#scales[row * ROW.words + ROW.scale] as number;
        const most = this.#kernels.maximum(logits, vocabularySize);
        const sum = this.#kernels.exponentials(logits, probabilities, vocabularySize, most, 1);
        this.#floats[buffers.statistics / 4 + 2 * place] = most;
        this.#floats[buffers.statistics / 4 + 2 * place + 1] = sum;
        const mass = scale === 1 ? sum : this.#kernels.exponentials(logits, probabilities, vocabularySize, most, scale);
        this.#kernels.scale(probabilities, vocabularySize, 1 / mass);
      }
    }
    this.#wait();
  }
}
