import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { asFileError, errnoOf, writeAll, writeWhole } from "./files.ts";
import { hashText } from "./hash.ts";
import { canonicalJson } from "./json.ts";

export interface Identified {
  readonly id: string;
}

const partialLine = z.object({ batch: z.string(), records: z.array(z.unknown()) });

/**
 * The records of one stage, appended a batch at a time. While the stage runs they stand in NAME.partial.jsonl, one line
 * `{batch, records}` a batch, written in one piece and synced; a line that a kill left half is dropped on reopening, so
 * its batch is redone whole. `close` writes NAME.jsonl in id order.
 */
export class RecordLog<T extends Identified> {
  readonly folder: string;
  readonly name: string;
  readonly #schema: z.ZodType<T>;
  readonly #batches = new Map<string, readonly T[]>();
  readonly #ids = new Set<string>();
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
  done(batchId: string): boolean {
    return this.#batches.has(batchId);
  }

  /** The records of a finished batch. @throws PreceptError run-invalid when it is not done. */
  batch(batchId: string): readonly T[] {
    const records = this.#batches.get(batchId);
    if (records === undefined) throw this.#fault(`batch ${batchId} is not done`, "a finished batch");
    return records;
  }

  /** Adds a batch: all of it is on disk when this resolves, or none of it is. @throws PreceptError run-invalid, disk. */
  async append(batchId: string, records: readonly T[]): Promise<void> {
    if (this.#file === undefined) throw this.#fault("the log is closed", "an open log");
    if (this.#batches.has(batchId)) throw this.#fault(`batch ${batchId} is already there`, "each batch once");
    const checked = records.map((record) => this.#check(record, `batch ${batchId}`));
    const fresh = new Set<string>();
    for (const { id } of checked) {
      if (fresh.has(id) || this.#ids.has(id)) throw this.#fault(`the id ${id} twice`, "each id once");
      fresh.add(id);
    }
    const line = Buffer.from(`${canonicalJson({ batch: batchId, records: checked })}\n`);
    try {
      writeAll(this.#file, line);
      fdatasyncSync(this.#file);
    } catch (error) {
      this.#dropHalfLine();
      throw asFileError(error, `Appending records to ${this.#path}`);
    }
    this.#length += line.length;
    this.#keep(batchId, checked);
  }

  /** Every record so far, in id order. */
  async *all(): AsyncIterable<T> {
    yield* this.#sorted();
  }

  /** Writes NAME.jsonl in id order and returns its sha256. The partial file goes when the stage closes. */
  async close(): Promise<string> {
    const text = this.#sorted()
      .map((record) => `${canonicalJson(record)}\n`)
      .join("");
    writeWhole(join(this.folder, `${this.name}.jsonl`), text);
    this.release();
    const hash = hashText(text);
    this.#onClose(hash);
    return hash;
  }

  /** Lets go of the file without closing the log; what was appended stays for the next process. */
  release(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #load(): void {
    const bytes = readIfThere(this.#path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
    for (const [index, line] of lines.entries()) {
      const where = `line ${index + 1}`;
      const { batch, records } = this.#parse(line, where);
      if (this.#batches.has(batch)) throw this.#fault(`batch ${batch} twice (${where})`, "each batch once");
      this.#keep(
        batch,
        records.map((record) => this.#check(record, where)),
      );
    }
    this.#file = openSync(this.#path, "a");
    this.#length = end;
    if (bytes.length > end) ftruncateSync(this.#file, end);
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

  #keep(batchId: string, records: readonly T[]): void {
    this.#batches.set(batchId, records);
    for (const { id } of records) this.#ids.add(id);
  }

  #sorted(): T[] {
    return [...this.#batches.values()].flat().sort((a, b) => (a.id < b.id ? -1 : 1));
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

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
