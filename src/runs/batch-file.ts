import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from "node:fs";
import { basename, join } from "node:path";
import { type Line, linesOfFile, writeAll } from "../storage/index.ts";

/** Ending of the files that hold the batches of an unfinished log. */
const ENDING = ".partial.jsonl";

/** Whether a file of a stage folder holds the batches of an unfinished log. */
export function isPartial(file: string): boolean {
  return file.endsWith(ENDING);
}

/** The file of a log's batches; each client of a fleet has one of its own, so that nobody writes where another does. */
export function partialPath(folder: string, name: string, client?: string): string {
  return join(folder, `${name}${client === undefined ? "" : `.${client}`}${ENDING}`);
}

/** The files in which processes, clients of any fleet among them, have put batches of a log. */
export function partialPaths(folder: string, name: string): string[] {
  return readdirSync(folder)
    .filter((file) => file === `${name}${ENDING}` || clientOfFile(file)?.name === name)
    .sort()
    .map((file) => join(folder, file));
}

function clientOfFile(file: string): { readonly name: string; readonly client: string } | undefined {
  const [, name, client] = /^(.+)\.(\d+-of-\d+)\.partial\.jsonl$/.exec(file) ?? [];
  return name === undefined || client === undefined ? undefined : { name, client };
}

/** How much a client has stored in a stage's folder: it grows with each batch. */
export function storedBytes(folder: string, client: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder)
    .filter((file) => clientOfFile(file)?.client === client)
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

/** One file of batches, a line each; only its owner writes, others read on as it grows. */
export class BatchFile {
  readonly path: string;
  /** The client that writes it, where it is one of a fleet. */
  readonly client: string | undefined;
  readonly #file: number;
  /** Bytes of finished lines that were read or written. */
  #length = 0;
  #lines = 0;

  constructor(path: string, access: "own" | "read") {
    this.path = path;
    this.client = clientOfFile(basename(path))?.client;
    this.#file = openSync(path, access === "own" ? "a+" : "r");
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** The lines that nobody has read yet, with their numbers. */
  *readOn(): Generator<Line & { readonly number: number }, void, undefined> {
    if (fstatSync(this.#file).size === this.#length) return;
    for (const line of linesOfFile(this.#file, 1 << 20, this.#length)) {
      this.#length = line.start + line.length;
      this.#lines += 1;
      yield { ...line, number: this.#lines };
    }
  }

  /** All finished lines that were read or written. */
  *lines(): Generator<Line, void, undefined> {
    for (const line of linesOfFile(this.#file)) {
      if (line.start >= this.#length) return;
      yield line;
    }
  }

  read(start: number, length: number): string {
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.#file, bytes, 0, length, start);
    return bytes.toString("utf8");
  }

  /** Writes a line and waits until it is on disk; returns where it stands. */
  append(text: string): { readonly start: number; readonly length: number } {
    const line = Buffer.from(`${text}\n`);
    writeAll(this.#file, line);
    fdatasyncSync(this.#file);
    const start = this.#length;
    this.#length += line.length;
    this.#lines += 1;
    return { start, length: line.length };
  }

  /** Takes away what stands behind the last finished line: a kill or a full disk left it half. */
  cut(): void {
    if (fstatSync(this.#file).size > this.#length) ftruncateSync(this.#file, this.#length);
  }

  close(): void {
    closeSync(this.#file);
  }
}
