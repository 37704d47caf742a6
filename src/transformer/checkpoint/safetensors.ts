import { type FileHandle, open } from "node:fs/promises";
import { PreceptError } from "../../errors.ts";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "./half-precision.ts";
import { readFully } from "./read-fully.ts";
import {
  bytesOf,
  damagedFile,
  headerLength,
  parseHeader,
  type StorageType,
  type StoredTensor,
  storageNames,
} from "./safetensors-header.ts";
import type { Weights, WeightTensor } from "./weights.ts";

export type { StorageType };

/** Numbers that are converted at a time. */
const CHUNK_NUMBERS = 2 ** 20;

/** The start of a file: header length and header. Tensors stand in name order, so equal weights give equal bytes. */
function formatHeader(tensors: Weights, type: StorageType): { start: Uint8Array; names: string[]; size: number } {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const names = [...tensors.keys()].sort();
  let size = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name) as WeightTensor;
    const end = size + data.length * bytesOf(type);
    header[name] = { dtype: storageNames[type], shape, data_offsets: [size, end] };
    size = end;
  }
  let json = JSON.stringify(header);
  json += " ".repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const head = new TextEncoder().encode(json);
  const start = new Uint8Array(8 + head.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(head.length), true);
  start.set(head, 8);
  return { start, names, size };
}

/**
 * The safetensors format (huggingface/safetensors, 0.8): header length (u64, little endian), JSON header, data. In pieces,
 * so that nothing need be held twice: a piece is good until the next one is asked for.
 */
export function* safetensorsChunks(tensors: Weights, type: StorageType = "float32"): Generator<Uint8Array> {
  const { start, names } = formatHeader(tensors, type);
  yield start;
  const scratch = new Uint16Array(type === "float32" ? 0 : CHUNK_NUMBERS);
  for (const name of names) {
    const { data } = tensors.get(name) as WeightTensor;
    for (let at = 0; at < data.length; at += CHUNK_NUMBERS) {
      const part = data.subarray(at, at + CHUNK_NUMBERS);
      if (type === "float16") encodeFloat16(part, scratch);
      else if (type === "bfloat16") encodeBfloat16(part, scratch);
      const { buffer, byteOffset } = type === "float32" ? part : scratch;
      yield new Uint8Array(buffer, byteOffset, part.length * bytesOf(type));
    }
  }
}

export function encodeSafetensors(tensors: Weights, type: StorageType = "float32"): Uint8Array<ArrayBuffer> {
  const { start, size } = formatHeader(tensors, type);
  const bytes = new Uint8Array(start.length + size);
  let offset = 0;
  for (const chunk of safetensorsChunks(tensors, type)) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** @throws PreceptError checkpoint-invalid when the bytes are cut off, damaged, or of a type that is not read. */
export function decodeSafetensors(bytes: Uint8Array, path: string): Map<string, WeightTensor> {
  const from = 8 + headerLength(bytes.subarray(0, 8), bytes.length, path);
  const entries = parseHeader(bytes.subarray(8, from), bytes.length - from, path);
  const decode = ({ shape, type, begin, end }: StoredTensor): WeightTensor => {
    const { data, stored } = room((end - begin) / bytesOf(type), type);
    stored.set(bytes.subarray(from + begin, from + end));
    return { shape, data: inPlace(data, stored, type) };
  };
  return new Map(entries.map((entry) => [entry.name, decode(entry)]));
}

/** A safetensors file whose header is read; tensors come one at a time, straight into their place. */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #file: FileHandle;
  readonly #from: number;

  private constructor(path: string, file: FileHandle, from: number, tensors: readonly StoredTensor[]) {
    this.path = path;
    this.#file = file;
    this.#from = from;
    this.tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** @throws PreceptError checkpoint-invalid, or the error of the file system. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const start = new Uint8Array(Math.min(8, size));
      await readFully(file, start, 0, path);
      const length = headerLength(start, size, path);
      const header = new Uint8Array(length);
      await readFully(file, header, 8, path);
      return new SafetensorsFile(path, file, 8 + length, parseHeader(header, size - 8 - length, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** @throws PreceptError checkpoint-invalid when the file ends early, e.g. because it was cut off meanwhile. */
  async read(name: string): Promise<WeightTensor> {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw damagedFile(this.path, `no tensor ${name}`, name);
    const { shape, type, begin, end } = tensor;
    const { data, stored } = room((end - begin) / bytesOf(type), type);
    await readFully(this.#file, stored, this.#from + begin, this.path);
    return { shape, data: inPlace(data, stored, type) };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Numbers in memory, and where their stored bytes go: the whole of it, or for half precision its upper half. */
function room(count: number, type: StorageType): { data: Float32Array; stored: Uint8Array } {
  let data: Float32Array;
  try {
    data = new Float32Array(count);
  } catch (cause) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: "Making room for a tensor",
      found: `${count} numbers`,
      expected: "a tensor that memory can hold",
      cause,
    });
  }
  const bytes = count * bytesOf(type);
  return { data, stored: new Uint8Array(data.buffer, data.byteLength - bytes, bytes) };
}

function inPlace(data: Float32Array, stored: Uint8Array, type: StorageType): Float32Array {
  if (type === "float32") return data;
  const halves = new Uint16Array(stored.buffer, stored.byteOffset, data.length);
  return type === "float16" ? decodeFloat16(halves, data) : decodeBfloat16(halves, data);
}
