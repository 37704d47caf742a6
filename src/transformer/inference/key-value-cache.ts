import { loadOnnxRuntime, type RuntimeTensor } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";

/** Keys and values of new tokens as a graph returns them: one (R, K, S, D) tensor per layer. */
export interface NewRows {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** S, padding included. */
  readonly length: number;
}

/** Columns are added this many at a time: few re-layouts, little attention to empty columns. */
const GROWTH = 16;
const roundUp = (columns: number): number => Math.ceil(columns / GROWTH) * GROWTH;

/** The score of a column that holds nothing; its probability is exactly 0. */
export const MASKED = -1e9;

/**
 * Keys and values of up to `maxRows` sequences, owned by JavaScript: a layer is a dense (rows, K, columns, D) block, so a
 * graph reads it as a view, and only the rows of new tokens are ever copied. A token's column is its position.
 */
export class KeyValueCache {
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Tokens held, per row. */
  readonly lengths: Int32Array;
  rows = 0;
  columns = 0;
  readonly #layers: number;
  readonly #heads: number;
  readonly #size: number;
  readonly #keys: Float32Array[];
  readonly #values: Float32Array[];
  readonly #bias: Float32Array;

  constructor({ layers, keyValueHeads, headSize }: TransformerConfig, maxRows: number, maxColumns: number) {
    this.maxRows = maxRows;
    this.maxColumns = roundUp(maxColumns);
    this.lengths = new Int32Array(maxRows);
    this.#layers = layers;
    this.#heads = keyValueHeads;
    this.#size = headSize;
    const block = (): Float32Array => new Float32Array(maxRows * keyValueHeads * this.maxColumns * headSize);
    this.#keys = Array.from({ length: layers }, block);
    this.#values = Array.from({ length: layers }, block);
    this.#bias = new Float32Array(maxRows * this.maxColumns);
  }

  /** Bytes that a cache of this size takes. */
  static bytes({ layers, keyValueHeads, headSize }: TransformerConfig, rows: number, columns: number): number {
    return 4 * rows * roundUp(columns) * (2 * layers * keyValueHeads * headSize + 1);
  }

  /** Empties the cache. What it held stays in memory, masked: finite numbers times probability 0. */
  reset(rows: number, columns: number): void {
    this.rows = rows;
    this.columns = roundUp(columns);
    this.lengths.fill(0);
    this.#bias.fill(MASKED, 0, rows * this.columns);
  }

  /** Makes room for this many columns; widens all rows in place, last row first. */
  grow(columns: number): void {
    if (columns <= this.columns) return;
    const wider = roundUp(columns);
    const widen = (data: Float32Array, blocks: number, width: number): void => {
      const [from, to] = [this.columns * width, wider * width];
      for (let block = blocks - 1; block > 0; block--) data.copyWithin(block * to, block * from, (block + 1) * from);
    };
    for (const data of [...this.#keys, ...this.#values]) widen(data, this.rows * this.#heads, this.#size);
    widen(this.#bias, this.rows, 1);
    for (let row = 0; row < this.rows; row++)
      this.#bias.fill(MASKED, row * wider + this.lengths[row]!, (row + 1) * wider);
    this.columns = wider;
  }

  /** Adds the first `count` new tokens of the graph's row `source` to a row of the cache. */
  append(rows: NewRows, source: number, row: number, count: number): void {
    const [heads, size] = [this.#heads, this.#size];
    const start = this.lengths[row]!;
    for (let layer = 0; layer < this.#layers; layer++) {
      for (const [from, to] of [
        [rows.keys[layer]!, this.#keys[layer]!],
        [rows.values[layer]!, this.#values[layer]!],
      ] as const) {
        for (let head = 0; head < heads; head++) {
          const begin = (source * heads + head) * rows.length * size;
          const target = ((row * heads + head) * this.columns + start) * size;
          if (count > 1) to.set(from.subarray(begin, begin + count * size), target);
          else for (let i = 0; i < size; i++) to[target + i] = from[begin + i]!;
        }
      }
    }
    this.#bias.fill(0, row * this.columns + start, row * this.columns + start + count);
    this.lengths[row] = start + count;
  }

  /** Forgets a row's tokens from `length` on. */
  truncate(row: number, length: number): void {
    const before = this.lengths[row]!;
    if (before <= length) return;
    this.#bias.fill(MASKED, row * this.columns + length, row * this.columns + before);
    this.lengths[row] = length;
  }

  /** Takes over the first row of another cache of the same model; `columns` must hold it. */
  adopt(other: KeyValueCache): void {
    const length = other.lengths[0]!;
    for (const [target, source] of [
      [this.#keys, other.#keys],
      [this.#values, other.#values],
    ] as const) {
      for (let layer = 0; layer < this.#layers; layer++) {
        for (let head = 0; head < this.#heads; head++) {
          const begin = head * other.columns * this.#size;
          const own = source[layer]!.subarray(begin, begin + length * this.#size);
          target[layer]!.set(own, head * this.columns * this.#size);
        }
      }
    }
    this.#bias.fill(0, 0, length);
    this.lengths[0] = length;
  }

  /** Drops a row; the last row takes its place. */
  remove(row: number): void {
    const last = --this.rows;
    if (row === last) return;
    const width = this.#heads * this.columns * this.#size;
    for (const data of [...this.#keys, ...this.#values]) data.copyWithin(row * width, last * width, (last + 1) * width);
    this.#bias.copyWithin(row * this.columns, last * this.columns, (last + 1) * this.columns);
    this.lengths[row] = this.lengths[last]!;
  }

  /** The cache inputs of a graph for `count` rows from `first` on; views, not copies. */
  feeds(first: number, count: number): Record<string, RuntimeTensor> {
    const width = this.#heads * this.columns * this.#size;
    const shape = [count, this.#heads, this.columns, this.#size];
    const { Tensor } = loadOnnxRuntime();
    const view = (data: Float32Array): RuntimeTensor =>
      new Tensor("float32", data.subarray(first * width, (first + count) * width), shape);
    const feeds: Record<string, RuntimeTensor> = {};
    for (let layer = 0; layer < this.#layers; layer++) {
      feeds[`pastKeys.${layer}`] = view(this.#keys[layer]!);
      feeds[`pastValues.${layer}`] = view(this.#values[layer]!);
    }
    const bias = this.#bias.subarray(first * this.columns, (first + count) * this.columns);
    feeds["pastBias"] = new Tensor("float32", bias, [count, 1, 1, this.columns]);
    return feeds;
  }
}
