import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import {
  asFileError,
  canonicalJson,
  type KeyedLine,
  linesOfFile,
  sortedLines,
  tryJson,
  writeAll,
} from "../storage/index.ts";
import { BatchFile, partialPath, partialPaths } from "./batch-file.ts";
import { clientName, HandedOver, type Share, waitFor } from "./share.ts";

export interface Identified {
  readonly id: string;
}

const identified = z.object({ id: z.string() });
const partialLine = z.object({ batch: z.string(), records: z.array(z.unknown()) });
const clientHead = z.object({ client: z.string(), inputs: z.string() });

/** The batch that a line holds, without reading its records: keys stand in order. */
const batchOfLine = /^\{"batch":("(?:[^"\\]|\\.)*")/;

interface Place {
  readonly file: BatchFile;
  readonly start: number;
  readonly length: number;
}

/** What a log is opened with, besides its records' schema. */
export interface LogOptions {
  readonly onClose?: (hash: string) => void;
  /** Where several processes make the batches. */
  readonly share?: Share | undefined;
  /** What the stage reads, as a hash: batches that a client made of something else are refused. */
  readonly inputs?: string | undefined;
}

/**
 * The records of one stage, appended a batch at a time. While the stage runs they stand in NAME.partial.jsonl, one line
 * `{batch, records}` per batch, written in one piece and synced; a line that a kill left half is dropped on reopening, so
 * its batch is redone whole. Each client of a fleet writes NAME.K-of-N.partial.jsonl, and whoever opens the log next counts the
 * batches of all of them. `close` writes NAME.jsonl in id order. Memory holds where the batches stand, neither the records nor
 * their ids: an id that two batches have is found when they are put in order.
 */
export class RecordLog<T extends Identified> {
  readonly folder: string;
  readonly name: string;
  readonly #schema: z.ZodType<T>;
  readonly #batches = new Map<string, Place>();
  readonly #path: string;
  readonly #options: LogOptions;
  #file: BatchFile | undefined;
  /** Of clients of this fleet or an earlier one, by their paths. */
  readonly #others = new Map<string, BatchFile>();
  #looking: Promise<true> | undefined;

  private constructor(folder: string, name: string, schema: z.ZodType<T>, options: LogOptions) {
    this.folder = folder;
    this.name = name;
    this.#schema = schema;
    this.#options = options;
    const { share } = options;
    const client = share === undefined || share.client === "merge" ? undefined : clientName(share.client, share.of);
    this.#path = partialPath(folder, name, client);
  }

  /** Opens the log, with every batch that an earlier process finished. @throws PreceptError run-invalid, disk, permission. */
  static open<T extends Identified>(
    folder: string,
    name: string,
    schema: z.ZodType<T>,
    options: LogOptions = {},
  ): RecordLog<T> {
    const log = new RecordLog(folder, name, schema, options);
    try {
      log.#load();
      log.#look();
    } catch (error) {
      log.release();
      throw asFileError(error, `Opening the records ${log.#path}`);
    }
    return log;
  }

  /** How its batches are shared, where several processes make them. */
  get share(): Share | undefined {
    return this.#options.share;
  }

  /** Whether this batch was appended, now or by an earlier process. */
  isDone(batchId: string): boolean {
    return this.#batches.has(batchId);
  }

  /** Waits for a batch that another process makes. @throws Interruption; what the share throws where nobody will make it. */
  async arrival(batchId: string): Promise<void> {
    // Who merges waits for hundreds of batches at once: one look is for all of them.
    while (!this.isDone(batchId)) await this.#news();
  }

  /** The records of a finished batch. @throws PreceptError run-invalid when it is not done. */
  batch(batchId: string): readonly T[] {
    const place = this.#batches.get(batchId);
    if (place === undefined) throw this.#fault(`batch ${batchId} is not done`, "a finished batch");
    this.#open();
    const { records } = this.#parse(place.file.read(place.start, place.length), `batch ${batchId}`);
    return records.map((record) => this.#check(record, `batch ${batchId}`));
  }

  /**
   * Adds a batch: all of it is on disk when this resolves, or none of it is. An id that another batch has is found at `close`.
   * @throws PreceptError run-invalid, disk.
   */
  async append(batchId: string, records: readonly T[]): Promise<void> {
    const file = this.#open();
    if (this.#batches.has(batchId)) throw this.#fault(`batch ${batchId} is already there`, "each batch once");
    const checked = records.map((record) => this.#check(record, `batch ${batchId}`));
    const fresh = new Set<string>();
    for (const { id } of checked) {
      if (fresh.has(id)) throw this.#fault(`the id ${id} twice`, "each id once");
      fresh.add(id);
    }
    const line = canonicalJson({ batch: batchId, records: checked });
    try {
      this.#writeHead(file);
      this.#batches.set(batchId, { file, ...file.append(line) });
    } catch (error) {
      this.#dropHalfLine();
      throw asFileError(error, `Appending records to ${this.#path}`);
    }
  }

  /** Every record so far, in id order; also once the log is closed. */
  async *all(): AsyncIterable<T> {
    const final = this.#file === undefined ? openSync(this.#finalPath, "r") : undefined;
    try {
      const lines = final === undefined ? this.#sortLines() : linesOfFile(final);
      for (const line of lines) {
        const text = "line" in line ? line.line : line.text;
        yield this.#check(JSON.parse(text), "line" in line ? line.id : `byte ${line.start}`);
      }
    } finally {
      if (final !== undefined) closeSync(final);
    }
  }

  /**
   * Writes NAME.jsonl in id order and returns its sha256. The partial files go when the stage closes.
   * @throws PreceptError run-invalid, disk; HandedOver in a client, which leaves that to the process that merges.
   */
  async close(): Promise<string> {
    if (this.share !== undefined && this.share.client !== "merge") throw new HandedOver();
    const temporary = `${this.#finalPath}.tmp`;
    const sha256 = createHash("sha256");
    try {
      const file = openSync(temporary, "w");
      try {
        for (const piece of pieces(this.#sortLines())) {
          const bytes = Buffer.from(piece);
          sha256.update(bytes);
          writeAll(file, bytes);
        }
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, this.#finalPath);
    } catch (error) {
      throw asFileError(error, `Writing ${this.#finalPath}`);
    }
    this.release();
    const hash = sha256.digest("hex");
    this.#options.onClose?.(hash);
    return hash;
  }

  /** Lets go of the file without closing the log; what was appended stays for the next process. */
  release(): void {
    this.#file?.close();
    this.#file = undefined;
    for (const file of this.#others.values()) file.close();
    this.#others.clear();
  }

  get #finalPath(): string {
    return join(this.folder, `${this.name}.jsonl`);
  }

  #open(): BatchFile {
    if (this.#file === undefined) throw this.#fault("the log is closed", "an open log");
    return this.#file;
  }

  #load(): void {
    const file = new BatchFile(this.#path, "own");
    this.#file = file;
    for (const { text, start, length, number } of file.readOn()) {
      const where = `line ${number}`;
      if (this.#isHead(file, text, start)) continue;
      const { batch, records } = this.#parse(text, where);
      if (this.#batches.has(batch)) throw this.#fault(`batch ${batch} twice (${where})`, "each batch once");
      for (const record of records) this.#check(record, where);
      this.#batches.set(batch, { file, start, length });
    }
    file.cut();
  }

  /** Settles for everybody who waits when others have put something down. */
  #news(): Promise<true> {
    this.#looking ??= waitFor(() => this.#look() || undefined, this.share ?? {}).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Finds what other clients have put down since the last look, and says whether that is any; records are checked when they are read. */
  #look(): boolean {
    const before = this.#batches.size;
    for (const path of partialPaths(this.folder, this.name)) {
      if (path === this.#path || this.#others.has(path)) continue;
      this.#others.set(path, new BatchFile(path, "read"));
    }
    for (const file of this.#others.values()) {
      for (const { text, start, length, number } of file.readOn()) {
        if (this.#isHead(file, text, start)) continue;
        const [, quoted] = batchOfLine.exec(text) ?? [];
        if (quoted === undefined)
          throw this.#fault(`line ${number} of ${file.path} is damaged`, "lines {batch, records}");
        const batch = String(JSON.parse(quoted));
        if (!this.#batches.has(batch)) this.#batches.set(batch, { file, start, length });
      }
    }
    return this.#batches.size > before;
  }

  /** A client's file begins with what its batches were made of. @throws PreceptError run-invalid for those of another run. */
  #isHead(file: BatchFile, text: string, start: number): boolean {
    if (start > 0 || file.client === undefined) return false;
    const head = clientHead.safeParse(tryJson(text)).data;
    if (head !== undefined && head.inputs === (this.#options.inputs ?? "")) return true;
    throw this.#fault(
      `${file.path} was made from other prompts, settings or models`,
      "records of clients of this run and this stage",
    );
  }

  #writeHead(file: BatchFile): void {
    if (file.client === undefined || !file.isEmpty) return;
    file.append(canonicalJson({ client: file.client, inputs: this.#options.inputs ?? "" }));
  }

  #parse(line: string, where: string): z.infer<typeof partialLine> {
    try {
      return partialLine.parse(JSON.parse(line));
    } catch (error) {
      throw this.#fault(`${where} is damaged (${firstLine(error)})`, "lines {batch, records}");
    }
  }

  #check(record: unknown, where: string): T {
    const result = this.#schema.safeParse(record);
    if (result.success) return result.data;
    throw this.#fault(`a record in ${where} does not fit: ${z.prettifyError(result.error)}`, "records of this schema");
  }

  *#sortLines(): Generator<KeyedLine, void, undefined> {
    let before: string | undefined;
    for (const line of sortedLines(this.#lines(), { temporary: join(this.folder, this.name) })) {
      if (line.id === before) throw this.#fault(`the id ${line.id} twice`, "each id once");
      before = line.id;
      yield line;
    }
  }

  *#lines(): Generator<KeyedLine, void, undefined> {
    for (const file of [this.#open(), ...this.#others.values()]) {
      for (const { text, start } of file.lines()) {
        if (this.#isHead(file, text, start)) continue;
        const { batch, records } = this.#parse(text, `byte ${start}`);
        const place = this.#batches.get(batch);
        // Two fleets may have made a batch both; the first that was found counts.
        if (place?.file !== file || place.start !== start) continue;
        for (const record of records) yield { id: identified.parse(record).id, line: canonicalJson(record) };
      }
    }
  }

  /** A full disk may have taken a part of the line; without it the log is as before. */
  #dropHalfLine(): void {
    try {
      this.#file?.cut();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.release(); // reopening drops the half line
    }
  }

  #fault(found: string, expected: string): PreceptError {
    return new PreceptError("run-invalid", {
      attempted: `Keeping the records ${this.#path}`,
      found,
      expected,
      remedy: "remove this stage's folder and give the same command again, or use another --out",
    });
  }
}

/** Lines with their line feeds, a few hundred at a time. */
function* pieces(lines: Iterable<KeyedLine>): Generator<string, void, undefined> {
  let held = "";
  for (const { line } of lines) {
    held += `${line}\n`;
    if (held.length < 1 << 16) continue;
    yield held;
    held = "";
  }
  yield held;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
