import { PreceptError } from "../errors.ts";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "./half-precision.ts";
import type { Weights, WeightTensor } from "./weights.ts";

/** How numbers are stored in a file; in memory they are always float32. */
export type StorageType = "float32" | "float16" | "bfloat16";

const storageNames: Readonly<Record<StorageType, string>> = { float32: "F32", float16: "F16", bfloat16: "BF16" };
const storageTypes = new Map(Object.entries(storageNames).map(([type, name]) => [name, type as StorageType]));
const bytesOf = (type: StorageType): number => (type === "float32" ? 4 : 2);

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * The safetensors format (huggingface/safetensors, 0.5): header length (u64, little endian), JSON header, data. Tensors
 * stand in name order, so equal weights give equal bytes.
 */
export function encodeSafetensors(tensors: Weights, type: StorageType = "float32"): Uint8Array<ArrayBuffer> {
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
  const bytes = new Uint8Array(8 + head.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let offset = 8 + head.length;
  for (const name of names) {
    const body = encodeNumbers((tensors.get(name) as WeightTensor).data, type);
    bytes.set(body, offset);
    offset += body.length;
  }
  return bytes;
}

/** @throws PreceptError checkpoint-invalid when the bytes are cut off, damaged, or of a type that is not read. */
export function decodeSafetensors(bytes: Uint8Array, path: string): Map<string, WeightTensor> {
  const fail = (found: string, expected: string, cause?: unknown): PreceptError =>
    new PreceptError("checkpoint-invalid", {
      attempted: `Reading ${path}`,
      found,
      expected,
      remedy: "copy the file again, or make the checkpoint anew",
      cause,
    });
  if (bytes.length < 8) throw fail(`${bytes.length} bytes`, "a safetensors file of at least 8 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8)
    throw fail(`a header of ${headerLength} bytes in a file of ${bytes.length}`, "a header within the file");
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (cause) {
    throw fail("a header that is not JSON", "a safetensors header", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw fail("a header that is no object", "a safetensors header");
  const data = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, WeightTensor>();
  let total = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!isHeaderEntry(entry)) throw fail(`a malformed entry ${JSON.stringify(name)}`, "dtype, shape and data_offsets");
    const type = storageTypes.get(entry.dtype);
    if (type === undefined) throw fail(`${name} stored as ${entry.dtype}`, "F32, F16 or BF16");
    const [begin, end] = entry.data_offsets;
    const count = entry.shape.reduce((product, dimension) => product * dimension, 1);
    if (end - begin !== count * bytesOf(type)) {
      throw fail(`${end - begin} bytes for ${name} (${entry.shape.join(", ")})`, `${count * bytesOf(type)} bytes`);
    }
    if (begin < 0 || end > data.length)
      throw fail(`${name} ends at byte ${end} of ${data.length}`, "a file that is not cut off");
    tensors.set(name, { shape: entry.shape, data: decodeNumbers(data.subarray(begin, end), type) });
    total += end - begin;
  }
  if (total !== data.length)
    throw fail(`${data.length} bytes of data for tensors of ${total} bytes`, "as many bytes as the tensors need");
  return tensors;
}

function isHeaderEntry(entry: unknown): entry is HeaderEntry {
  if (typeof entry !== "object" || entry === null) return false;
  if (!("dtype" in entry && "shape" in entry && "data_offsets" in entry)) return false;
  const integers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  return (
    typeof entry.dtype === "string" &&
    integers(entry.shape) &&
    integers(entry.data_offsets) &&
    entry.data_offsets.length === 2
  );
}

function encodeNumbers(data: Float32Array, type: StorageType): Uint8Array {
  const stored = type === "float32" ? data : type === "float16" ? encodeFloat16(data) : encodeBfloat16(data);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Copies, because the bytes may not be aligned. */
function decodeNumbers(bytes: Uint8Array, type: StorageType): Float32Array {
  const copy = Uint8Array.from(bytes).buffer;
  if (type === "float32") return new Float32Array(copy);
  return type === "float16" ? decodeFloat16(new Uint16Array(copy)) : decodeBfloat16(new Uint16Array(copy));
}
