import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import { asFileError, canonicalJson, type KeyedLine, linesOfFile, sortedLines, writeAll } from "../storage/index.ts";

export interface Identified {
  readonly id: string;
}

const identified = z.object({ id: z.string() });
const partialLine = z.object({ batch: z.string(), records: z.array(z.unknown()) });

/**
 * The records of one stage, appended a batch at a time. While the stage runs they stand in NAME.partial.jsonl, one line
 * `{batch, records}` per batch, written in one piece and synced; a line that a kill left half is dropped on reopening, so
 * its batch is redone whole. `close` writes NAME.jsonl in id order. Memory holds where the batches stand, neither the records
 * nor their ids: an id that two batches have is found when they are put in order.
 */
export class RecordLog<T extends Identified> {
  readonly folder: string;
  readonly name: string;
  readonly #schema: z.ZodType<T>;
  readonly #batches = new Map<string, { readonly start: number; readonly length: number }>();
  readonly #path: string;
  readonly #onClose: (hash: string) => void;
  #file: number | undefined;
  #length = 0;

  private constructor(folder: string, name: string, schema: z.ZodType<T>, onClose: (hash: string) => void) {
    this.folder = folder;
    this.name = name;
    this.#schema = schema;
    this.#onClose = onClose;
    this.#path = join(folder, `${name}.partial.jsonl`);
  }

  /** Opens the log, with every batch that an earlier process finished. @throws PreceptError run-invalid, disk, permission. */
  static open<T extends Identified>(
    folder: string,
    name: string,
    schema: z.ZodType<T>,
    onClose: (hash: string) => void = () => undefined,
  ): RecordLog<T> {
    const log = new RecordLog(folder, name, schema, onClose);
    try {
      log.#load();
    } catch (error) {
      log.release();
      throw asFileError(error, `Opening the records ${log.#path}`);
    }
    return log;
  }

  /** Whether this batch was appended, now or by an earlier process. */
  isDone(batchId: string): boolean {
    return this.#batches.has(batchId);
  }

  /** The records of a finished batch. @throws PreceptError run-invalid when it is not done. */
  batch(batchId: string): readonly T[] {
    const place = this.#batches.get(batchId);
    if (place === undefined) throw this.#fault(`batch ${batchId} is not done`, "a finished batch");
    const bytes = Buffer.allocUnsafe(place.length);
    readSync(this.#open(), bytes, 0, place.length, place.start);
    const { records } = this.#parse(bytes.toString("utf8"), `batch ${batchId}`);
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
    const line = Buffer.from(`${canonicalJson({ batch: batchId, records: checked })}\n`);
    try {
      writeAll(file, line);
      fdatasyncSync(file);
    } catch (error) {
      this.#dropHalfLine();
      throw asFileError(error, `Appending records to ${this.#path}`);
    }
    this.#batches.set(batchId, { start: this.#length, length: line.length });
    this.#length += line.length;
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
   * Writes NAME.jsonl in id order and returns its sha256. The partial file goes when the stage closes.
   * @throws PreceptError run-invalid, disk.
   */
  async close(): Promise<string> {
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
    this.#onClose(hash);
    return hash;
  }

  /** Lets go of the file without closing the log; what was appended stays for the next process. */
  release(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  get #finalPath(): string {
    return join(this.folder, `${this.name}.jsonl`);
  }

  #open(): number {
    if (this.#file === undefined) throw this.#fault("the log is closed", "an open log");
    return this.#file;
  }

  #load(): void {
    const file = openSync(this.#path, "a+");
    this.#file = file;
    let number = 0;
    for (const { text, start, length } of linesOfFile(file)) {
      number += 1;
      const where = `line ${number}`;
      const { batch, records } = this.#parse(text, where);
      if (this.#batches.has(batch)) throw this.#fault(`batch ${batch} twice (${where})`, "each batch once");
      for (const record of records) this.#check(record, where);
      this.#batches.set(batch, { start, length });
      this.#length = start + length;
    }
    if (fstatSync(file).size > this.#length) ftruncateSync(file, this.#length);
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
    for (const { text, start } of linesOfFile(this.#open())) {
      for (const record of this.#parse(text, `byte ${start}`).records) {
        yield { id: identified.parse(record).id, line: canonicalJson(record) };
      }
    }
  }

  /** A full disk may have taken a part of the line; without it the log is as before. */
  #dropHalfLine(): void {
    if (this.#file === undefined) return;
    try {
      ftruncateSync(this.#file, this.#length);
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

/** Whether a file of a stage folder holds the batches of an unfinished log. */
export function isPartial(file: string): boolean {
  return file.endsWith(".partial.jsonl");
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
