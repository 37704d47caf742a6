import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { BuiltSegment } from "./builder.ts";
import { type Indexed, type OpenIndex, openIndex, removeTemporary, sizeOf } from "./index-file.ts";
import { listings } from "./listings.ts";
import { segmentsOf } from "./read-file.ts";
import { Segment } from "./segment.ts";
import type { IndexingNews, IndexingTask } from "./worker.ts";

export interface RecordsFile {
  readonly path: string;
  readonly isPartial: boolean;
  /** Name of the list that its records make up. */
  readonly listing: string | undefined;
  /** Undefined for a file that still grows. */
  readonly kept: Indexed | undefined;
}

/** Segments of a file that grows, from which on they are made anew as fewer. */
const mostSegments = 64;
/** The worker's own heap: it holds one segment at a time. */
const workerLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 };

/** The index of one records file: from disk, else made in a worker, segment by segment, while it is already asked. */
export class RecordsIndex {
  readonly file: RecordsFile;
  segments: readonly Segment[] = [];
  /** Changes with the segments. */
  version = 0;
  #stored: OpenIndex | undefined;
  #worker: Worker | undefined;
  /** Why it could not be read to its end. */
  failure: unknown;
  #isWhole = false;
  #isClosed = false;
  /** The one segment is what the worker will send first. */
  #isProvisional = false;
  #changed = Promise.withResolvers<void>();
  #records: number | undefined;

  constructor(file: RecordsFile) {
    this.file = file;
    const size = sizeOf(file.path);
    if (file.kept !== undefined && size !== undefined) this.#stored = openIndex(file.kept, size);
    if (this.#stored === undefined) return;
    this.#isWhole = true;
    this.#set(this.#stored.segments);
  }

  /** Whether all that was there when it was last looked at is indexed. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Bytes of the file that are indexed. */
  get covered(): number {
    return this.segments.at(-1)?.head.to ?? 0;
  }

  get size(): number {
    return sizeOf(this.file.path) ?? this.covered;
  }

  get items(): number {
    return this.segments.reduce((sum, { n }) => sum + n, 0);
  }

  get rows(): number {
    return this.segments.reduce((sum, { head }) => sum + head.rows, 0);
  }

  /** Resolves once something is there to be shown, or all of it, or once it failed. */
  async wait(isAll = false): Promise<void> {
    while (!this.#isWhole && !this.#isClosed && (isAll || this.segments.length === 0)) await this.#changed.promise;
  }

  /** Whether there is more to read than is indexed. */
  get isBehind(): boolean {
    if (this.#isClosed || this.#worker !== undefined) return false;
    return !this.#isWhole || (this.file.isPartial && this.size !== this.covered && this.#hasNews());
  }

  /** Indexes what is not indexed yet, in a worker. */
  async build(): Promise<void> {
    if (!this.isBehind) return;
    if (this.segments.length > mostSegments || this.size < this.covered) this.#set([]);
    const { path, isPartial, listing, kept } = this.file;
    const last = this.segments.at(-1)?.head;
    const firstLine = last === undefined ? 0 : last.firstLine + last.lines;
    const task: IndexingTask = { path, isPartial, listing, kept, from: this.covered, firstLine };
    const entry = new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    this.#seenSize = this.size;
    try {
      if (this.segments.length === 0) this.#readFirst();
      const worker = new Worker(entry, { workerData: task, execArgv: [], resourceLimits: workerLimits });
      this.#worker = worker;
      worker.on("message", (news: IndexingNews) => this.#hear(news));
      await once(worker, "exit");
    } catch (error) {
      this.failure = error;
    }
    this.#worker = undefined;
    this.#isWhole = true;
    this.#tell();
  }

  /** The bytes of a record. */
  read({ at, length }: { readonly at: number; readonly length: number }): Buffer {
    this.#records ??= openSync(this.file.path, "r");
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#records, bytes, 0, length, at);
    return bytes.subarray(0, read);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#worker !== undefined) {
      await this.#worker.terminate();
      if (this.file.kept !== undefined) removeTemporary(this.file.kept);
    }
    this.#stored?.close();
    if (this.#records !== undefined) closeSync(this.#records);
    this.#stored = undefined;
    this.#records = undefined;
    this.#tell();
  }

  /** A last line that is still being written is looked at again only once the file has grown. */
  #seenSize = 0;

  #hasNews(): boolean {
    return this.size !== this.#seenSize;
  }

  /** The first segment at once, so that there is something to show before the worker has begun; it makes the same again. */
  #readFirst(): void {
    const { path, isPartial, listing } = this.file;
    for (const first of segmentsOf({ path, isPartial, listing: listings[listing ?? ""] })) {
      this.#isProvisional = true;
      this.#add(first);
      return;
    }
  }

  #add({ resident, postings }: BuiltSegment): void {
    this.#set([...this.segments, new Segment(resident, this.items, (from, to) => postings.subarray(from, to))]);
  }

  #hear(news: IndexingNews): void {
    if (this.#isClosed) return;
    if ("resident" in news) {
      if (this.#isProvisional) this.segments = [];
      this.#isProvisional = false;
      this.#add(news);
    } else if (news.isWritten && this.file.kept !== undefined) {
      // From now on the postings stay on disk.
      this.#stored = openIndex(this.file.kept, this.size);
      if (this.#stored !== undefined) this.#set(this.#stored.segments);
    }
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
