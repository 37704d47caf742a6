import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { type ErrorCode, errnoOf, PreceptError, readPathFault } from "../errors.ts";

/** A line without its end. */
export interface TextLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  readonly end: "" | "\n" | "\r" | "\r\n";
}

export interface TextOptions {
  /** The file's name in messages. Default: its path. */
  readonly shown?: string | undefined;
  /** Read instead of the file, e.g. stdin. */
  readonly stream?: AsyncIterable<Uint8Array | string> | undefined;
  /** Default: "Reading FILE". */
  readonly attempted?: string | undefined;
  /** Of every fault but a missing permission. Default: "usage" for a path that is no file, "input-invalid" for content. */
  readonly code?: ErrorCode | undefined;
  /** What to do where there is no such file. Default: "check the path". */
  readonly missing?: string | undefined;
}

/** Bytes that a line may have: far above any row, far below what a process holds. */
const LONGEST_LINE = 64 * 2 ** 20;
/** Bytes of a file that is held whole. */
const LARGEST_TEXT = 256 * 2 ** 20;

/**
 * The lines of a text file, or of one ending in .gz: UTF-8, or UTF-16 with its byte order mark. Lines end at LF, CR LF or CR and
 * nowhere else (texts of models hold U+2028 and its like); memory does not grow with the file.
 * @throws PreceptError usage for a path that is no file; permission; input-invalid with file and line for bytes that are no
 * text, for a line of more than 64 MiB and for broken gzip.
 */
export async function* readLines(path: string, options: TextOptions = {}): AsyncGenerator<TextLine, void, undefined> {
  const splitter = new LineSplitter(faultOf(path, options), LONGEST_LINE);
  try {
    for await (const chunk of options.stream ?? readBytes(path)) {
      yield* splitter.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    }
    yield* splitter.end();
  } catch (error) {
    throw asReadFault(error, path, options);
  }
}

/** A text file whole, its line ends as they are. @throws PreceptError as `readLines`; input-invalid above 256 MiB. */
export async function readText(path: string, options: TextOptions = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (options.stream === undefined && !isGzip(path)) return decodeText(await readFile(path), path, options);
    for await (const chunk of options.stream ?? readBytes(path)) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      chunks.push(bytes);
      size += bytes.length;
      if (size > LARGEST_TEXT) break;
    }
  } catch (error) {
    throw asReadFault(error, path, options);
  }
  return decodeText(Buffer.concat(chunks), path, options);
}

/** The text that bytes hold, read as `readLines` reads. @throws PreceptError input-invalid with file and line. */
export function decodeText(bytes: Uint8Array, path: string, options: TextOptions = {}): string {
  const fault = faultOf(path, options);
  if (bytes.length > LARGEST_TEXT) {
    throw fault(
      "more than 256 MiB that would have to be held whole",
      undefined,
      "JSON lines or CSV, which are streamed",
    );
  }
  const splitter = new LineSplitter(fault, LARGEST_TEXT);
  return [...splitter.push(bytes), ...splitter.end()].map(({ text, end }) => text + end).join("");
}

const isGzip = (path: string): boolean => /\.gz$/i.test(path);

/** The bytes of a file, those of a .gz uncompressed. */
export function readBytes(path: string): AsyncIterable<Uint8Array> {
  const bytes = createReadStream(path);
  return isGzip(path) ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

/** Content that is no text, and the line where that shows. */
export class TextFault extends PreceptError {
  readonly line: number | undefined;

  constructor(line: number | undefined, ...error: ConstructorParameters<typeof PreceptError>) {
    super(...error);
    this.line = line;
  }
}

type MakeFault = (found: string, line?: number, remedy?: string) => PreceptError;

function faultOf(path: string, { shown = path, attempted, code = "input-invalid" }: TextOptions): MakeFault {
  return (found, line, remedy = "save it as UTF-8") => {
    const place = line === undefined ? shown : `${shown}:${line}`;
    return new TextFault(line, code, {
      attempted: attempted ?? `Reading ${place}`,
      found: attempted === undefined ? found : `${place}: ${found}`,
      expected: "UTF-8, or UTF-16 with its byte order mark",
      remedy,
    });
  };
}

/** What a file system or zlib says, for people; anything else as it is. */
function asReadFault(error: unknown, path: string, options: TextOptions): unknown {
  const errno = errnoOf(error);
  if (error instanceof PreceptError || errno === undefined) return error;
  const { shown = path, attempted = `Reading ${shown}`, code, missing = "check the path" } = options;
  const cause = { attempted, cause: error };
  const wrong = readPathFault(error);
  if (wrong !== undefined) return new PreceptError(code ?? "usage", { ...cause, found: wrong, remedy: missing });
  if (errno === "EACCES" || errno === "EPERM")
    return new PreceptError("permission", { ...cause, found: "no permission to read it", remedy: `chmod +r ${shown}` });
  const message = error instanceof Error ? error.message : String(error);
  const found = errno.startsWith("Z_") ? `broken gzip (${message})` : message;
  return new PreceptError(code ?? "input-invalid", { ...cause, found, remedy: "check the file: it may be cut off" });
}

/** Bytes in, lines out; what is held is one line at most. */
class LineSplitter {
  readonly #fault: MakeFault;
  readonly #longest: number;
  /** The first bytes, until there are enough to tell an encoding; undefined from then on. */
  #head: Uint8Array | undefined = new Uint8Array();
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What is held ends in a carriage return: whether a line feed belongs to it is not known yet. */
  #endsInReturn = false;
  #number = 0;

  constructor(fault: MakeFault, longest: number) {
    this.#fault = fault;
    this.#longest = longest;
  }

  *push(chunk: Uint8Array): Generator<TextLine, void, undefined> {
    let bytes = chunk;
    if (this.#head !== undefined) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length < 4) return;
      bytes = this.#begin(this.#head);
    }
    yield* this.#split(this.#decode(bytes, true));
  }

  *end(): Generator<TextLine, void, undefined> {
    yield* this.#split(this.#decode(this.#head === undefined ? new Uint8Array() : this.#begin(this.#head), false));
    if (this.#endsInReturn) yield this.#take(new Uint8Array(), "\r");
    else if (this.#heldBytes > 0) yield this.#take(new Uint8Array(), "");
  }

  /** Chooses the encoding by the first bytes. @returns them without a mark that the decoder would not drop. */
  #begin(head: Uint8Array): Uint8Array {
    this.#head = undefined;
    const [a, b, c, d] = head;
    if (a === 0x1f && b === 0x8b) throw this.#fault("gzip under a name without .gz", undefined, "name it .gz");
    if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
      throw this.#fault("UTF-32");
    if (a === 0xff && b === 0xfe) this.#decoder = new TextDecoder("utf-16le", { fatal: true });
    if (a === 0xfe && b === 0xff) this.#decoder = new TextDecoder("utf-16be", { fatal: true });
    return a === 0xef && b === 0xbb && c === 0xbf ? head.subarray(3) : head;
  }

  #decode(bytes: Uint8Array, stream: boolean): Buffer {
    if (this.#decoder === undefined) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      return Buffer.from(this.#decoder.decode(bytes, { stream }));
    } catch {
      throw this.#fault("broken UTF-16 here or soon after", this.#number + 1);
    }
  }

  *#split(chunk: Buffer): Generator<TextLine, void, undefined> {
    if (chunk.length === 0) return;
    let from = 0;
    if (this.#endsInReturn) {
      from = chunk[0] === 0x0a ? 1 : 0;
      yield this.#take(new Uint8Array(), from === 1 ? "\r\n" : "\r");
    }
    let [feed, back] = [-2, -2];
    for (;;) {
      if (feed !== -1 && feed < from) feed = chunk.indexOf(0x0a, from);
      if (back !== -1 && back < from) back = chunk.indexOf(0x0d, from);
      const at = feed < 0 || back < 0 ? Math.max(feed, back) : Math.min(feed, back);
      this.#endsInReturn = at >= 0 && at === back && at + 1 === chunk.length;
      if (at < 0 || this.#endsInReturn) break;
      const end = at === feed ? "\n" : chunk[at + 1] === 0x0a ? "\r\n" : "\r";
      yield this.#take(chunk.subarray(from, at), end);
      from = at + end.length;
    }
    if (from === chunk.length) return;
    this.#held.push(Buffer.from(chunk.subarray(from)));
    this.#heldBytes += chunk.length - from;
    if (this.#heldBytes > this.#longest)
      throw this.#fault("a line of more than 64 MiB", this.#number + 1, "one row a line; a JSON list is named .json");
  }

  #take(own: Uint8Array, end: TextLine["end"]): TextLine {
    let bytes =
      this.#held.length === 0
        ? Buffer.from(own.buffer, own.byteOffset, own.length)
        : Buffer.concat([...this.#held, own]);
    if (this.#endsInReturn) bytes = bytes.subarray(0, -1);
    [this.#held, this.#heldBytes, this.#endsInReturn] = [[], 0, false];
    this.#number += 1;
    const number = this.#number;
    if (!isUtf8(bytes)) throw this.#fault("bytes that are not UTF-8 (Latin-1, perhaps)", number);
    if (bytes.includes(0)) throw this.#fault("zero bytes: UTF-16 without its mark, or no text at all", number);
    return { text: bytes.toString("utf8"), number, end };
  }
}
