import { once } from "node:events";
import { closeSync, openSync, readSync, rmSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { FileSight } from "./file-sight.ts";
import { beginIndex, type Indexed, openIndex, readPostingsOf, sizeOf } from "./index-file.ts";
import { type IndexingNews, type IndexingTask, indexFile } from "./index-task.ts";
import { listings } from "./listings.ts";
import { largestSegmentBytes, segmentsOf } from "./read-file.ts";
import { type ReadPostings, Segment } from "./segment.ts";

export interface RecordsFile {
  readonly path: string;
  readonly isPartial: boolean;
  /** A file that grows, a record a line. */
  readonly isPlain?: boolean | undefined;
  /** Name of the list that its records make up. */
  readonly listing: string | undefined;
  /** Undefined for a file that still grows. */
  readonly kept: Indexed | undefined;
}

/** The worker's own heap: it holds one segment at a time. */
const workerLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 };
/** So little is indexed at once, in some 10 ms: a worker would take longer to begin. */
const bytesAtOnce = 2 ** 19;
/** A log that grows is read again after a rest of so many times what the last reading took, and of no fewer milliseconds. */
const rest = { times: 9, least: 200 } as const;

/** The index of one records file: from disk, else made in a worker, segment by segment, while it is already asked. */
export class RecordsIndex {
  readonly file: RecordsFile;
  segments: readonly Segment[] = [];
  /** Changes with the segments. */
  version = 0;
  /** Why it could not be read to its end. */
  failure: unknown;
  readonly #now: () => number;
  readonly #sight: FileSight;
  #isWhole = false;
  #isStopped = false;
  #isClosed = false;
  #worker: Worker | undefined;
  #temporary: string | undefined;
  #restsUntil = 0;
  #changed = Promise.withResolvers<void>();
  #records: number | undefined;
  /** The index file that postings are read from, also while a worker writes it: they are never held in memory. */
  #postings: number | undefined;

  /** @param now milliseconds of a clock. */
  constructor(file: RecordsFile, now: () => number = () => performance.now()) {
    this.file = file;
    this.#now = now;
    this.#sight = new FileSight(file.path);
    const size = sizeOf(file.path);
    const stored = file.kept === undefined || size === undefined ? undefined : openIndex(file.kept, size);
    if (stored === undefined) return;
    this.#postings = stored.file;
    this.#isWhole = true;
    this.#set(stored.segments);
  }

  /** Whether all that was there when it was last looked at is indexed. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Bytes of the file that are indexed. */
  get covered(): number {
    return endOf(this.segments);
  }

  get size(): number {
    return sizeOf(this.file.path) ?? this.covered;
  }

  get items(): number {
    return itemsOf(this.segments);
  }

  get rows(): number {
    return this.segments.reduce((sum, { head }) => sum + head.rows, 0);
  }

  /** Resolves once something is there to be shown, or all of it, or once it failed or was stopped. */
  async wait(isAll = false): Promise<void> {
    while (!this.#isWhole && !this.#isStopped && (isAll || this.segments.length === 0)) await this.#changed.promise;
  }

  /** Whether there is more to read than is indexed, and it is time to. */
  get isBehind(): boolean {
    if (this.#isStopped || this.#worker !== undefined) return false;
    if (!this.#isWhole) return true;
    return this.file.isPartial && this.#now() >= this.#restsUntil && this.#sight.hasNews();
  }

  /** Indexes what is not indexed yet, in a worker where that is much. */
  async build(): Promise<void> {
    if (!this.isBehind) return;
    const began = this.#now();
    this.failure = undefined;
    try {
      if (this.#sight.look() === "another file") this.#startAnew();
      await this.#pass(keepLarge(this.segments, this.size));
      this.#sight.remember(this.covered);
    } catch (error) {
      this.failure = error;
    }
    this.#restsUntil = this.#now() + Math.max(rest.least, rest.times * (this.#now() - began));
    this.#isWhole = true;
    this.#tell();
  }

  /** The bytes of a record. */
  read({ at, length }: { readonly at: number; readonly length: number }): Buffer {
    if (this.#isClosed) throw new Error(`${this.file.path} is read after it was closed`);
    this.#records ??= openSync(this.file.path, "r");
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#records, bytes, 0, length, at);
    return bytes.subarray(0, read);
  }

  /** Indexes nothing any more, and lets nobody wait for it; what is indexed can be read until `close`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tell();
    await this.#worker?.terminate();
    if (this.#temporary !== undefined) rmSync(this.#temporary, { force: true });
    this.#temporary = undefined;
  }

  /** Nobody may read it any more. */
  async close(): Promise<void> {
    await this.stop();
    this.#isClosed = true;
    for (const file of [this.#records, this.#postings]) if (file !== undefined) closeSync(file);
    this.#records = undefined;
    this.#postings = undefined;
  }

  /** Reads on behind the segments that are kept. */
  async #pass(kept: readonly Segment[]): Promise<void> {
    const before = this.covered;
    const from = endOf(kept);
    const last = kept.at(-1)?.head;
    const firstLine = last === undefined ? 0 : last.firstLine + last.lines;
    const { path, isPartial, isPlain, listing } = this.file;
    const fresh: Segment[] = [];
    const take = ({ resident, postings }: IndexingNews): void => {
      fresh.push(new Segment(resident, itemsOf(kept) + itemsOf(fresh), this.#reading(postings)));
      // What is read again is shown as it was until all of it is there: no list becomes shorter meanwhile.
      if (endOf(fresh) >= before) this.#set([...kept, ...fresh]);
    };
    const reading = { path, isPartial, isPlain, from, firstLine, bytes: from === 0 ? undefined : largestOnly };
    if (this.size - from <= bytesAtOnce) indexFile({ ...reading, listing, index: this.#begin() }, take);
    else {
      // The first segment at once, so that there is something to show before the worker has begun; it makes the same again.
      if (this.segments.length === 0) {
        for (const first of segmentsOf({ ...reading, listing: listings[listing ?? ""] })) {
          take(first);
          break;
        }
        fresh.length = 0;
      }
      await this.#work({ ...reading, listing, index: this.#begin() }, take);
    }
    this.#temporary = undefined;
    if (!this.#isStopped && endOf(fresh) < before) this.#set([...kept, ...fresh]);
  }

  /** The index that is written of a file that grows no longer. */
  #begin(): IndexingTask["index"] {
    const { kept } = this.file;
    const index = kept === undefined ? undefined : beginIndex(kept);
    if (kept === undefined || index === undefined) return undefined;
    this.#temporary = index.temporary;
    this.#postings = index.file;
    return { ...index, kept, bytes: this.size };
  }

  #reading(postings: IndexingNews["postings"]): ReadPostings {
    if (typeof postings !== "number") return (start, end) => postings.subarray(start, end);
    const file = this.#postings;
    return file === undefined ? () => new Uint8Array() : readPostingsOf(file, postings);
  }

  async #work(workerData: IndexingTask, hear: (news: IndexingNews) => void): Promise<void> {
    const entry = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    const worker = new Worker(entry, { workerData, execArgv: [], resourceLimits: workerLimits });
    this.#worker = worker;
    worker.on("message", (news: IndexingNews) => {
      if (!this.#isStopped) hear(news);
    });
    try {
      await once(worker, "exit");
    } finally {
      this.#worker = undefined;
    }
  }

  #startAnew(): void {
    if (this.#records !== undefined) closeSync(this.#records);
    this.#records = undefined;
    this.#set([]);
  }

  #set(segments: readonly Segment[]): void {
    this.segments = segments;
    this.version += 1;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const largestOnly = { first: largestSegmentBytes, largest: largestSegmentBytes };

const endOf = (segments: readonly Segment[]): number => segments.at(-1)?.head.to ?? 0;
const itemsOf = (segments: readonly Segment[]): number => segments.reduce((sum, { n }) => sum + n, 0);

/**
 * Segments that stay as they are while a log of so many bytes is read on: those at the end that are no larger than all behind them are
 * read again as one. So they stay few, and each byte is read again no more often than a segment can double.
 */
function keepLarge(segments: readonly Segment[], size: number): readonly Segment[] {
  let n = segments.length;
  for (; n > 0; n--) {
    const { from, to } = segments[n - 1]?.head ?? { from: 0, to: 0 };
    if (to - from > size - to || to - from >= largestSegmentBytes) break;
  }
  return segments.slice(0, n);
}
