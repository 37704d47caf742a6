import { type CompiledModule, instantiate, type SharedMemory } from "../../tensor/wasm/index.ts";
import type { Kernels } from "./kernels.ts";
import { padToPanel } from "./packing.ts";
import { type DecodePlan, type LayerPlan, type PlannedEdit, ROW, UNWANTED } from "./plan.ts";
import { PANEL } from "./product-kernels.ts";
import { editRow } from "./site-edits.ts";
import { StepProducts } from "./step-products.ts";
import { Teammate } from "./teammate.ts";

/** So few rows are normalised by every thread for itself, which is cheaper than waiting for one another. */
const ALONE = 2;

/** One thread's part of a step: all threads run the same program over the same memory and wait for one another. */
export class DecodeProgram {
  readonly #plan: DecodePlan;
  readonly #kernels: Kernels;
  readonly #team: Teammate;
  readonly #products: StepProducts;
  readonly #table: Uint32Array;
  readonly #scales: Float32Array;
  readonly #floats: Float32Array;

  constructor(plan: DecodePlan, module: CompiledModule, memory: SharedMemory, thread: number) {
    this.#plan = plan;
    this.#kernels = instantiate<Kernels>(module, memory);
    this.#team = new Teammate(plan, memory, thread);
    this.#products = new StepProducts(plan, this.#kernels, this.#team, memory.buffer);
    this.#table = new Uint32Array(memory.buffer, plan.rowTable, plan.maxRows * ROW.words);
    this.#scales = new Float32Array(memory.buffer, plan.rowTable, plan.maxRows * ROW.words);
    this.#floats = new Float32Array(memory.buffer);
  }

  /** Does this thread's part of every step, for ever; what a helping thread does. */
  serve(): Promise<never> {
    return this.#team.serve(() => this.#step());
  }

  /** Does a step, together with the helping threads. */
  lead(): Promise<void> {
    return this.#team.lead(() => this.#step());
  }

  /** Nobody waits any more: a thread has failed. */
  end(): void {
    this.#team.end();
  }

  /** The rows of the row table through the whole model. */
  async #step(): Promise<void> {
    const { layers, buffers } = this.#plan;
    const rows = this.#team.rows;
    const isShared = rows > ALONE;
    const [firstRow, endRow] = isShared ? this.#team.share(rows) : [0, rows];
    const together = (): void => {
      if (isShared) this.#team.wait();
    };
    for (let row = firstRow; row < endRow; row++) this.#embed(row);
    const { residual, normed, queries, keys, values, mixed, gate } = buffers;
    for (const [index, layer] of layers.entries()) {
      const { edits, mixedNorm, thoughtNorm } = layer;
      this.#edit(edits.resid_pre, residual, rows);
      const isMixedApart = mixedNorm !== 0 || edits.attn_out !== undefined;
      const isThoughtApart = thoughtNorm !== 0 || edits.mlp_out !== undefined;
      this.#normalise(residual, layer.inputNorm, firstRow, endRow);
      together();
      await this.#products.project(index, { q: queries, k: keys, v: values }, normed, rows);
      this.#team.wait();
      for (let row = firstRow; row < endRow; row++) this.#remember(layer, index, row);
      together();
      this.#attend(layer, index, rows);
      this.#team.wait();
      await this.#products.project(index, { o: isMixedApart ? normed : residual }, mixed, rows);
      this.#team.wait();
      if (isMixedApart) this.#addOutput(mixedNorm, edits.attn_out, rows);
      this.#edit(edits.resid_mid, residual, rows);
      this.#normalise(residual, layer.attentionNorm, firstRow, endRow);
      together();
      await this.#products.project(index, { gate, up: buffers.up }, normed, rows);
      this.#gate(layer, rows);
      this.#team.wait();
      this.#edit(edits.mlp_post, gate, rows, PANEL * layer.projections.gate.panels);
      await this.#products.project(index, { down: isThoughtApart ? normed : residual }, gate, rows);
      this.#team.wait();
      if (isThoughtApart) this.#addOutput(thoughtNorm, edits.mlp_out, rows);
      this.#edit(edits.resid_post, residual, rows);
    }
    await this.#distributions(rows);
  }

  #field(row: number, field: number): number {
    return this.#table[row * ROW.words + field] as number;
  }

  #embed(row: number): void {
    const { embeddings, channels, buffers, head, embeddingScale } = this.#plan;
    const token = this.#field(row, ROW.token);
    const from = embeddings / 4 + Math.floor(token / PANEL) * head.inner * PANEL + (token % PANEL);
    const to = buffers.residual / 4 + row * padToPanel(channels);
    for (let i = 0; i < channels; i++)
      this.#floats[to + i] = embeddingScale * (this.#floats[from + i * PANEL] as number);
  }

  #normalise(from: number, weight: number, first: number, end: number): void {
    const { channels, normEpsilon, buffers } = this.#plan;
    const bytes = 4 * padToPanel(channels);
    for (let row = first; row < end; row++)
      this.#kernels.rmsNorm(from + row * bytes, weight, buffers.normed + row * bytes, channels, normEpsilon);
  }

  /** Edits rows that all threads may have written, each by one of them, before anybody goes on. */
  #edit(edits: readonly PlannedEdit[] | undefined, buffer: number, rows: number, stride?: number): void {
    if (edits === undefined) return;
    this.#team.wait();
    const width = stride ?? padToPanel(this.#plan.channels);
    const [first, end] = this.#team.share(rows);
    for (let row = first; row < end; row++) editRow(this.#floats, buffer / 4 + row * width, edits);
    this.#team.wait();
  }

  /** Adds the rows in `normed` to the residual stream, after their norm (0: none) and their edits; each row is one thread's. */
  #addOutput(weight: number, edits: readonly PlannedEdit[] | undefined, rows: number): void {
    const { channels, normEpsilon, buffers } = this.#plan;
    const bytes = 4 * padToPanel(channels);
    const [first, end] = this.#team.share(rows);
    for (let row = first; row < end; row++) {
      const at = buffers.normed + row * bytes;
      if (weight !== 0) this.#kernels.rmsNorm(at, weight, at, channels, normEpsilon);
      if (edits !== undefined) editRow(this.#floats, at / 4, edits);
      this.#kernels.accumulate(at, buffers.residual + row * bytes, channels);
    }
    this.#team.wait();
  }

  /** Rotates one row's queries and keys, and puts its keys and values into the cache. */
  #remember(layer: LayerPlan, index: number, row: number): void {
    const { buffers, heads, keyValueHeads, headSize, normEpsilon } = this.#plan;
    const bytes = 4 * headSize;
    const position = this.#field(row, ROW.position);
    const queries = buffers.queries + row * heads * bytes;
    const rotated = buffers.rotated + row * heads * bytes;
    const angle = position * 2 * headSize;
    const normed = buffers.scratch + 4 * this.#team.thread * this.#plan.scratch;
    const turn = (from: number, to: number, count: number): void => {
      if (layer.hasRope) this.#kernels.rope(from, to, count, layer.cosine + angle, layer.sine + angle);
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
    const scores = buffers.scratch + 4 * this.#team.thread * scratch;
    const [first, end] = this.#team.share(rows * keyValueHeads);
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

  /** silu(gate) · up, or gelu, over this thread's own share of the channels, so that nobody has to wait before. */
  #gate({ projections }: LayerPlan, rows: number): void {
    const { buffers, isGelu } = this.#plan;
    const { gate, up } = buffers;
    const { geglu, swiglu } = this.#kernels;
    const [first, end] = this.#team.share(projections.gate.panels);
    for (let row = 0; row < rows; row++) {
      const at = 4 * PANEL * (row * projections.gate.panels + first);
      (isGelu ? geglu : swiglu)(gate + at, up + at, PANEL * (end - first));
    }
  }

  /** Logits, and probabilities at each row's temperature, after the rows where they are wanted. */
  async #distributions(rows: number): Promise<void> {
    const { buffers, channels, finalNorm, normEpsilon, head, vocabularySize } = this.#plan;
    const bytes = 4 * padToPanel(channels);
    let wanted = 0;
    for (let row = 0; row < rows; row++) {
      if (this.#field(row, ROW.wanted) === UNWANTED) continue;
      const at = buffers.normed + this.#field(row, ROW.wanted) * bytes;
      this.#kernels.rmsNorm(buffers.residual + row * bytes, finalNorm, at, channels, normEpsilon);
      wanted++;
    }
    if (wanted > 0) {
      await this.#products.multiply(head, buffers.normed, buffers.logits, wanted);
      this.#team.wait();
      const [first, end] = this.#team.share(wanted);
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
    this.#team.wait();
  }
}
