import { rmSync } from "node:fs";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { canonicalJson, makeFolder, writeWhole } from "../../storage/index.ts";
import { type Site, siteWidth, type Transformer } from "../../transformer/index.ts";
import { isWhole, manifestOf, readStore, type StoreFile, shardOf, sizeOf } from "./store.ts";

/** A model that is looked into. */
export interface InspectedModel {
  /** Of its files. */
  readonly hash: string;
  readonly model: Transformer;
}

export interface ActivationJob {
  readonly folder: string;
  /** The same texts go through all of them, and the rows are half of the one and half of the other. */
  readonly models: readonly InspectedModel[];
  readonly sites: readonly Site[];
  /** Text number n as tokens, of an endless or a repeating list. */
  readonly textAt: (n: number) => readonly number[];
  /** Says which texts these are. */
  readonly textsName: string;
  /** Rows at least; a whole number of shards is written. */
  readonly rows: number;
  readonly rowsPerShard?: number | undefined;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const ROWS_PER_SHARD = 32_768;
/** Texts of one call of the model. */
const TEXTS = 128;

/**
 * Writes what a model has at some sites while it reads texts, shard by shard, each whole or not at all; a shard that is there stays.
 * Rows of a shard are of a few hundred texts, and readers take them in random order. Memory holds one shard.
 * @throws PreceptError not-finite, run-invalid for a folder with the activations of something else; interrupted.
 */
export async function writeActivations(job: ActivationJob): Promise<StoreFile> {
  const { folder, progress, signal } = job;
  const { store, begun } = openStore(job);
  makeFolder(folder);
  const shards = [...begun];
  const missing = (store.wanted - shards.length) * store.rowsPerShard;
  if (missing <= 0) return { ...store, shards };
  progress.start("features", "activations", missing, "rows");
  try {
    while (shards.length < store.wanted) {
      const { rows, texts } = await fillShard(job, store, shards.at(-1) ?? 0, signal);
      writeWhole(shardOf(folder, shards.length), new Uint8Array(rows.buffer));
      shards.push(texts);
      writeWhole(manifestOf(folder), `${canonicalJson({ ...store, shards })}\n`);
    }
  } finally {
    progress.finish();
  }
  return { ...store, shards };
}

function openStore(job: ActivationJob): { readonly store: StoreFile; readonly begun: readonly number[] } {
  const { folder, models, sites, textsName, rows, seed } = job;
  const { rowsPerShard = Math.min(ROWS_PER_SHARD, rows) } = job;
  const [first] = models;
  if (first === undefined) throw new RangeError("no model to read");
  const store: StoreFile = {
    format: 1,
    models: models.map(({ hash }) => hash),
    texts: textsName,
    sites: [...sites],
    widths: sites.map((site) => siteWidth(site, first.model.config)),
    seed,
    rowsPerShard,
    shards: [],
    wanted: Math.ceil(rows / rowsPerShard),
  };
  const known = readStore(folder);
  if (known === undefined) return { store, begun: [] };
  const same = canonicalJson({ ...known, shards: [], wanted: 0 }) === canonicalJson({ ...store, wanted: 0 });
  if (!same) {
    throw new PreceptError("run-invalid", {
      attempted: `Writing activations to ${folder}`,
      found: "those of another model, site, seed or other texts",
      expected: "the same, or an empty folder",
      remedy: "another --out, or remove the folder",
    });
  }
  const cut = known.shards.findIndex((_, shard) => !isWhole(folder, known, shard));
  const begun = (cut < 0 ? known.shards : known.shards.slice(0, cut)).slice(0, store.wanted);
  for (let shard = begun.length; shard < known.shards.length; shard++) rmSync(shardOf(folder, shard), { force: true });
  return { store, begun };
}

/** One shard's rows from text `from` on, and the number of the first text that was not read. */
async function fillShard(
  { models, sites, textAt, progress }: ActivationJob,
  store: StoreFile,
  from: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly rows: Float32Array; readonly texts: number }> {
  const width = store.widths.reduce((sum, own) => sum + own, 0);
  const rows = new Float32Array(sizeOf(store) / 4);
  let [filled, next] = [0, from];
  while (filled < store.rowsPerShard) {
    throwIfInterrupted(signal, "Reading activations");
    const texts = Array.from({ length: TEXTS }, (_, i) => textAt(next + i));
    for (const { model } of models) {
      const parts = await model.activations(texts, sites, { signal });
      const tokens = texts.reduce((sum, { length }) => sum + length, 0);
      const count = Math.min(tokens, store.rowsPerShard - filled);
      checkFinite(parts, store, next);
      let start = 0;
      for (const [index, part] of parts.entries()) {
        const own = store.widths[index]!;
        for (let row = 0; row < count; row++)
          rows.set(part.subarray(row * own, (row + 1) * own), (filled + row) * width + start);
        start += own;
      }
      filled += count;
      progress.advance(count);
    }
    next += TEXTS;
  }
  return { rows, texts: next };
}

function checkFinite(parts: readonly Float32Array[], { sites }: StoreFile, text: number): void {
  for (const [index, part] of parts.entries()) {
    if (part.every(Number.isFinite)) continue;
    throw new PreceptError("not-finite", {
      attempted: `Reading ${sites[index]} of texts ${text} to ${text + TEXTS - 1}`,
      found: "activations that are no numbers",
      expected: "finite activations",
      remedy: "the weights have diverged: take an earlier checkpoint",
    });
  }
}
