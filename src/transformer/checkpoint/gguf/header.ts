import { blockTypes, readTypeNames, typeName } from "./block-types.ts";
import { damagedGguf } from "./damaged.ts";
import type { Metadata, MetadataValue } from "./metadata.ts";

/** A tensor as the file says it: matrices are (out, in), as elsewhere here; `at` is a byte of the file. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly at: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** The bytes given end within the header: there may be more of it in the file. */
export class HeaderCut extends Error {}

/** Arrays and names beyond these are errors of the file, and would cost memory. */
const MAX_COUNT = 2 ** 24;
const MAX_TENSORS = 2 ** 17;
const MAX_DIMENSIONS = 4;
const ALIGNMENT = 32;

/**
 * The start of a GGUF file, versions 2 and 3 (ggml/docs/gguf.md): metadata, then names, shapes and places of tensors.
 * `size` is the whole file's. @throws HeaderCut; PreceptError checkpoint-invalid.
 */
export function parseGgufHeader(bytes: Uint8Array, size: number, path: string): GgufHeader {
  const cursor = new Cursor(bytes, path);
  checkStart(cursor, path);
  const [tensorCount, entryCount] = [cursor.count("tensors", MAX_TENSORS), cursor.count("metadata", MAX_COUNT)];
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = cursor.string();
    if (metadata.has(key)) throw damagedGguf(path, `the metadata ${key} twice`, "each once");
    metadata.set(key, cursor.value(cursor.uint32()));
  }
  refuseShard(metadata, path);
  const entries = Array.from({ length: tensorCount }, () => {
    const name = cursor.string();
    const rank = cursor.uint32();
    if (rank > MAX_DIMENSIONS) throw damagedGguf(path, `${name} of ${rank} dimensions`, `at most ${MAX_DIMENSIONS}`);
    const shape = Array.from({ length: rank }, () => cursor.count(`${name}, one dimension`, 2 ** 40)).reverse();
    return { name, shape, type: cursor.uint32(), offset: cursor.count(`the offset of ${name}`, 2 ** 50) };
  });
  const alignment = metadata.get("general.alignment") ?? ALIGNMENT;
  if (typeof alignment !== "number" || alignment < 1) throw damagedGguf(path, `an alignment of ${alignment}`, "32");
  const start = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, shape, type, offset } of entries) {
    if (tensors.has(name)) throw damagedGguf(path, `the tensor ${name} twice`, "each once");
    const own = { name, shape, type, at: start + offset, bytes: bytesOf(name, shape, type, path) };
    tensors.set(name, own);
  }
  const whole = [...tensors.values()].reduce((end, { at, bytes }) => Math.max(end, at + bytes), 0);
  if (whole > size) {
    const cut = [...tensors.values()].find(({ at, bytes }) => at + bytes > size);
    throw damagedGguf(path, `${size} bytes, cut within ${cut?.name}`, `at least ${whole} bytes`);
  }
  return { metadata, tensors };
}

function checkStart(cursor: Cursor, path: string): void {
  const magic = cursor.uint32();
  if (magic !== 0x46554747) {
    throw damagedGguf(path, "no GGUF at its start", "a GGUF file", "check the path, or fetch the file again");
  }
  const version = cursor.uint32();
  if (version === 2 || version === 3) return;
  const isBig = (version & 0xffff) === 0;
  const found = isBig ? "big-endian numbers" : `version ${version} of the format`;
  throw damagedGguf(path, found, "version 2 or 3, little-endian", "convert the model again with a current llama.cpp");
}

/** @throws PreceptError checkpoint-invalid for one file of several: its tensors are not all here. */
function refuseShard(metadata: Metadata, path: string): void {
  const [count, own] = [metadata.get("split.count"), metadata.get("split.no")];
  if (typeof count !== "number" || count < 2) return;
  const part = typeof own === "number" ? `part ${own + 1}` : "one part";
  throw damagedGguf(
    path,
    `${part} of a model in ${count} files`,
    "a model in one file",
    "join them: llama-gguf-split --merge FIRST.gguf OUT.gguf",
  );
}

function bytesOf(name: string, shape: readonly number[], type: number, path: string): number {
  const block = blockTypes.get(type);
  if (block === undefined) {
    const found = `${name} of the type ${typeName(type)}`;
    throw damagedGguf(path, found, readTypeNames, "take another quantisation, or llamacpp:FILE.gguf");
  }
  const [width = 1] = shape.slice(-1);
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  if (width % block.size !== 0 || !Number.isSafeInteger(count)) {
    throw damagedGguf(path, `${name} (${shape.join(", ")}) of ${block.name}`, `rows of a multiple of ${block.size}`);
  }
  return (count / block.size) * block.bytes;
}

/** Reads what the format is made of, one after another. */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #path: string;

  constructor(bytes: Uint8Array, path: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#path = path;
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A u64 that counts something. */
  count(what: string, most: number): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(most)) throw damagedGguf(this.#path, `${what}: ${value}`, `at most ${most}`);
    return Number(value);
  }

  string(): string {
    const length = this.count("the length of a text", 2 ** 30);
    const from = this.#take(length);
    return utf8.decode(this.#bytes.subarray(from, from + length));
  }

  /** A metadata value by the number of its type. */
  value(type: number): MetadataValue {
    if (type === ARRAY) {
      const of = this.uint32();
      if (of === ARRAY) throw damagedGguf(this.#path, "a list of lists", "a list of numbers, texts or flags");
      const count = this.count("the length of a list", MAX_COUNT);
      const values: (number | string | boolean)[] = [];
      for (let i = 0; i < count; i++) values.push(this.#scalar(of));
      return values;
    }
    return this.#scalar(type);
  }

  #scalar(type: number): number | string | boolean {
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(this.#take(1));
      case 1:
        return view.getInt8(this.#take(1));
      case 2:
        return view.getUint16(this.#take(2), true);
      case 3:
        return view.getInt16(this.#take(2), true);
      case 4:
        return this.uint32();
      case 5:
        return view.getInt32(this.#take(4), true);
      case 6:
        return view.getFloat32(this.#take(4), true);
      case 7:
        return view.getUint8(this.#take(1)) !== 0;
      case 8:
        return this.string();
      case 10:
        return Number(view.getBigUint64(this.#take(8), true));
      case 11:
        return Number(view.getBigInt64(this.#take(8), true));
      case 12:
        return view.getFloat64(this.#take(8), true);
      default:
        throw damagedGguf(this.#path, `metadata of the type ${type}`, "types 0 to 12");
    }
  }

  #take(bytes: number): number {
    const from = this.at;
    if (from + bytes > this.#bytes.length) throw new HeaderCut("the header goes on");
    this.at += bytes;
    return from;
  }
}

const ARRAY = 9;
const utf8 = new TextDecoder();
