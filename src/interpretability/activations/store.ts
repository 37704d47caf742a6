import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { tryJson } from "../../storage/index.ts";

export const storeSchema = z.strictObject({
  format: z.literal(1),
  /** Hashes of the checkpoints that the activations are of, in turns. */
  models: z.array(z.string()).min(1),
  /** Which texts, as whoever gave them names them. */
  texts: z.string(),
  /** A row is these sites' values one after another. */
  sites: z.array(z.string()).min(1),
  widths: z.array(z.int().positive()).min(1),
  seed: z.int(),
  rowsPerShard: z.int().positive(),
  /** Of every shard that is whole, how many texts were read when it was full. */
  shards: z.array(z.int().positive()),
  /** How many shards it is to have. */
  wanted: z.int().positive(),
});
export type StoreFile = z.infer<typeof storeSchema>;

export const manifestOf = (folder: string): string => join(folder, "store.json");
export const shardOf = (folder: string, shard: number): string => join(folder, `${String(shard).padStart(5, "0")}.f32`);

/** What a store is, or undefined where there is none. @throws PreceptError run-invalid */
export function readStore(folder: string): StoreFile | undefined {
  const path = manifestOf(folder);
  if (!existsSync(path)) return undefined;
  const file = storeSchema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (file.success) return file.data;
  throw new PreceptError("run-invalid", {
    attempted: `Reading ${path}`,
    found: z.prettifyError(file.error),
    expected: "the description of stored activations",
    remedy: `remove ${folder}, and give the same command again`,
  });
}

export const sizeOf = ({ widths, rowsPerShard }: StoreFile): number =>
  4 * rowsPerShard * widths.reduce((sum, width) => sum + width, 0);

/** Whether a shard stands on disk as long as it must be. */
export const isWhole = (folder: string, store: StoreFile, shard: number): boolean =>
  statSync(shardOf(folder, shard), { throwIfNoEntry: false })?.size === sizeOf(store);

/** Activations on disk, read in batches in random order with one shard in memory at a time. */
export class ActivationStore {
  readonly file: StoreFile;
  readonly #folder: string;
  #shard = -1;
  #rows = new Float32Array();

  /** @throws PreceptError run-invalid for a store that is missing, unfinished, or cut in the middle. */
  constructor(folder: string) {
    const file = readStore(folder);
    const damaged = file?.shards.findIndex((_, shard) => !isWhole(folder, file, shard));
    if (file === undefined || file.shards.length < file.wanted || damaged !== -1) {
      throw new PreceptError("run-invalid", {
        attempted: `Opening the activations in ${folder}`,
        found:
          file === undefined
            ? "none there"
            : damaged !== undefined && damaged !== -1
              ? `${shardOf(folder, damaged)}, which is cut`
              : `${file.shards.length} of ${file.wanted} shards`,
        expected: "a store whose writing came to its end",
        remedy: "give the command that wrote it again: what is missing is written",
      });
    }
    this.file = file;
    this.#folder = folder;
  }

  /** Rows in all. */
  get rows(): number {
    return this.file.wanted * this.file.rowsPerShard;
  }

  /**
   * The rows of a batch, each site's apart, (batch, width). Every pass over the store takes the shards, and the rows in them, in an
   * order of its own; a batch depends on its number alone, so that an interrupted training goes on at any one.
   */
  batch(index: number, size: number): Float32Array[] {
    const { wanted, rowsPerShard, seed, widths } = this.file;
    const perShard = Math.floor(rowsPerShard / size);
    if (perShard === 0) throw new RangeError(`a batch of ${size} of shards of ${rowsPerShard} rows`);
    const pass = Math.floor(index / (perShard * wanted));
    const place = index % (perShard * wanted);
    const order = rng(seed, "shards", pass).shuffle(Array.from({ length: wanted }, (_, shard) => shard));
    const shard = order[Math.floor(place / perShard)]!;
    this.#load(shard);
    const rows = this.#orderOf(pass, shard).subarray((place % perShard) * size, ((place % perShard) + 1) * size);
    const whole = widths.reduce((sum, width) => sum + width, 0);
    let start = 0;
    return widths.map((width) => {
      const part = new Float32Array(size * width);
      for (let i = 0; i < size; i++) {
        const at = rows[i]! * whole + start;
        part.set(this.#rows.subarray(at, at + width), i * width);
      }
      start += width;
      return part;
    });
  }

  #order: { readonly key: string; readonly rows: Int32Array } | undefined;
  #orderOf(pass: number, shard: number): Int32Array {
    const key = `${pass}:${shard}`;
    if (this.#order?.key !== key) {
      const rows = Array.from({ length: this.file.rowsPerShard }, (_, row) => row);
      this.#order = { key, rows: Int32Array.from(rng(this.file.seed, "rows", pass, shard).shuffle(rows)) };
    }
    return this.#order.rows;
  }

  #load(shard: number): void {
    if (shard === this.#shard) return;
    const bytes = new Uint8Array(sizeOf(this.file));
    const file = openSync(shardOf(this.#folder, shard), "r");
    try {
      for (let at = 0; at < bytes.length; ) {
        const count = readSync(file, bytes, at, bytes.length - at, at);
        if (count === 0) throw new RangeError(`${shardOf(this.#folder, shard)} ended at byte ${at}`);
        at += count;
      }
    } finally {
      closeSync(file);
    }
    this.#rows = new Float32Array(bytes.buffer);
    this.#shard = shard;
  }
}
