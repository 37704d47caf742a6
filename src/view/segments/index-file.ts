import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { errnoOf } from "../../errors.ts";
import { hashText, tryJson, writeAll } from "../../storage/index.ts";
import { packedLength } from "./arrays.ts";
import type { BuiltSegment } from "./builder.ts";
import { indexVersion, type ReadPostings, Segment } from "./segment.ts";

/** The first line of an index file, filled with spaces to so many bytes. */
const headBytes = 256;
const headSchema = z.object({ version: z.literal(indexVersion), records: z.string(), bytes: z.number() });

/** Which records an index is of. */
export interface Indexed {
  /** The folder of the run. */
  readonly run: string;
  readonly stage: string;
  /** "records" stands for records.jsonl. */
  readonly file: string;
  /** sha256 of the records, as the manifest has it. */
  readonly hash: string;
}

/** Where an index may lie: beside the run, else in the user's cache where the run cannot be written. */
export function indexPaths({ run, stage, file, hash }: Indexed): string[] {
  const name = `${stage}.${file === "records" ? "" : `${file}.`}${hash.slice(0, 16)}.idx`;
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return [join(run, ".view", name), join(cache, "precept", "view", `${hashText(run).slice(0, 16)}-${name}`)];
}

/** An index that is being written: the name that it has once it is whole, and the open file by its name until then. */
export interface NewIndex {
  readonly path: string;
  readonly temporary: string;
  readonly file: number;
}

/** Indexes that this process began: of one file two may be written at once, where a run is closed and opened again. */
let begun = 0;

/** Begins an index at the first of the paths that can be written; undefined where none can. */
export function beginIndex(indexed: Indexed): NewIndex | undefined {
  for (const path of indexPaths(indexed)) {
    const temporary = `${path}.${process.pid}-${begun++}.tmp`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      return { path, temporary, file: openSync(temporary, "wx+") };
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
  return undefined;
}

/** Writes an index as its segments come, into a file that who began it reads meanwhile; it has its name once it is whole, and those of other records of the file go. */
export class IndexWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: number;
  #end = headBytes;

  constructor({ path, temporary, file }: NewIndex, indexed: Indexed, bytes: number) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    const head = JSON.stringify({ version: indexVersion, records: indexed.hash, bytes });
    writeAll(this.#file, Buffer.from(`${head.padEnd(headBytes - 1)}\n`));
  }

  /** Where its postings stand in the file. */
  add({ resident, postings }: BuiltSegment): number {
    writeAll(this.#file, resident);
    writeAll(this.#file, Buffer.from(new Float64Array([postings.length]).buffer));
    const postingsAt = this.#end + resident.length + 8;
    writeAll(this.#file, postings);
    writeAll(this.#file, Buffer.alloc(-postings.length & 7));
    this.#end = postingsAt + postings.length + (-postings.length & 7);
    return postingsAt;
  }

  finish(): void {
    renameSync(this.#temporary, this.#path);
    const [stem = ""] = /^(?:.*[/\\])?(.*)\.[0-9a-f]{16}\.idx$/u.exec(this.#path)?.slice(1) ?? [];
    for (const name of readdirSync(dirname(this.#path))) {
      const path = join(dirname(this.#path), name);
      if (
        path !== this.#path &&
        name.startsWith(`${stem}.`) &&
        /^[0-9a-f]{16}\.idx$/u.test(name.slice(stem.length + 1))
      )
        rmSync(path, { force: true });
    }
  }

  abandon(): void {
    rmSync(this.#temporary, { force: true });
  }
}

/** An index that is there: its segments, and the file that their postings are read from. */
export interface OpenIndex {
  readonly segments: readonly Segment[];
  readonly file: number;
}

/** Opens the index of records whose file has so many bytes; undefined where there is none that fits. */
export function openIndex(indexed: Indexed, bytes: number): OpenIndex | undefined {
  for (const path of indexPaths(indexed)) {
    if (!existsSync(path)) continue;
    const file = openSync(path, "r");
    const segments = readSegments(file, indexed.hash, bytes);
    if (segments !== undefined) return { segments, file };
    closeSync(file);
  }
  return undefined;
}

/** Undefined too where the file was cut or damaged: an index can always be made anew. */
function readSegments(file: number, hash: string, bytes: number): Segment[] | undefined {
  const head = headSchema.safeParse(tryJson(read(file, 0, headBytes).toString("utf8")));
  if (!head.success || head.data.records !== hash || head.data.bytes !== bytes) return undefined;
  try {
    const segments = [...walkSegments(file)];
    // One that was cut between two segments lacks the end of the records.
    return (segments.at(-1)?.head.to ?? 0) === bytes ? segments : undefined;
  } catch {
    return undefined;
  }
}

/** @throws where a segment does not end within the file, or is none. */
function* walkSegments(file: number): Generator<Segment, void, undefined> {
  const { size } = fstatSync(file);
  let items = 0;
  for (let at = headBytes; at < size; ) {
    const length = packedLength(read(file, at, 16));
    const postingsAt = at + length + 8;
    if (!(length > 0 && postingsAt <= size)) throw new RangeError("a segment ends behind its file");
    const resident = new Uint8Array(length);
    readSync(file, resident, 0, length, at);
    const postings = read(file, at + length, 8).readDoubleLE(0);
    const end = postingsAt + postings + (-postings & 7);
    if (!(postings >= 0 && end <= size)) throw new RangeError("postings end behind their file");
    const segment = new Segment(resident, items, readPostingsOf(file, postingsAt));
    yield segment;
    items += segment.n;
    at = end;
  }
}

/** Reads postings that stand at this place of an index file. */
export function readPostingsOf(file: number, at: number): ReadPostings {
  return (from, to) => read(file, at + from, to - from);
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}

/** Bytes of a file; undefined where there is none. */
export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
