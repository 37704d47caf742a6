import { PreceptError } from "../../errors.ts";

/** How numbers are stored in a file; in memory they are always float32. */
export type StorageType = "float32" | "float16" | "bfloat16";

export const storageNames: Readonly<Record<StorageType, string>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
};
const storageTypes = new Map(Object.entries(storageNames).map(([type, name]) => [name, type as StorageType]));
export const bytesOf = (type: StorageType): number => (type === "float32" ? 4 : 2);

/** The reference implementation takes no longer header either. */
const MAX_HEADER = 100_000_000;

/** A tensor of a file; `begin` counts from the end of the header. */
export interface StoredTensor {
  readonly name: string;
  readonly type: StorageType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export const damagedFile = (path: string, found: string, expected: string, cause?: unknown): PreceptError =>
  new PreceptError("checkpoint-invalid", {
    attempted: `Reading ${path}`,
    found,
    expected,
    remedy: "copy the file again, or make the checkpoint anew",
    cause,
  });

/** The header's length from the first 8 bytes of a file. @throws PreceptError checkpoint-invalid; a pickle says so. */
export function headerLength(start: Uint8Array, fileSize: number, path: string): number {
  if (start.length >= 2 && isPickle(start)) throw pickleFound(path);
  if (start.length < 8) throw damagedFile(path, `${fileSize} bytes`, "a safetensors file of at least 8 bytes");
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(fileSize - 8))
    throw damagedFile(path, `a header of ${length} bytes in a file of ${fileSize}`, "a header within the file");
  if (length > BigInt(MAX_HEADER)) throw damagedFile(path, `a header of ${length} bytes`, `at most ${MAX_HEADER}`);
  return Number(length);
}

/** torch.save writes a zip archive, or, before 2020, a bare pickle of protocol 2. */
const isPickle = ([a, b]: Uint8Array): boolean => (a === 0x50 && b === 0x4b) || (a === 0x80 && b === 0x02);

/** A pickle runs any code that it likes when it is opened, so it never is. */
export function pickleFound(path: string): PreceptError {
  return new PreceptError("checkpoint-invalid", {
    attempted: `Reading ${path}`,
    found: "a pickle, which may run any code when it is opened",
    expected: "safetensors",
    remedy:
      "convert a file that you trust in Python: from transformers import AutoModelForCausalLM as M; " +
      "M.from_pretrained('FOLDER').save_pretrained('NEW_FOLDER'), which writes safetensors",
  });
}

/**
 * The tensors of a header (huggingface/safetensors, 0.8), in the order of their bytes: they fill `dataSize` bytes without
 * holes or overlaps, as the format demands.
 * @throws PreceptError checkpoint-invalid
 */
export function parseHeader(header: Uint8Array, dataSize: number, path: string): StoredTensor[] {
  const fail = (found: string, expected: string, cause?: unknown): PreceptError =>
    damagedFile(path, found, expected, cause);
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(header);
    json = JSON.parse(text);
  } catch (cause) {
    throw fail("a header that is not JSON", "a safetensors header", cause);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw fail("a header that is no object", "a safetensors header");
  const twice = repeatedKey(text);
  if (twice !== undefined) throw fail(`${twice} twice in the header`, "each tensor once");
  const tensors: StoredTensor[] = [];
  for (const [name, entry] of Object.entries(json)) {
    if (name === "__metadata__") continue;
    if (!isHeaderEntry(entry)) throw fail(`a malformed entry ${JSON.stringify(name)}`, "dtype, shape and data_offsets");
    const type = storageTypes.get(entry.dtype);
    if (type === undefined) throw fail(`${name} stored as ${entry.dtype}`, "F32, F16 or BF16");
    const [begin, end] = entry.data_offsets;
    const size = entry.shape.reduce((product, dimension) => product * dimension, bytesOf(type));
    if (!Number.isSafeInteger(size)) throw fail(`${name} (${entry.shape.join(", ")})`, "a tensor that memory can hold");
    if (end - begin !== size)
      throw fail(`${end - begin} bytes for ${name} (${entry.shape.join(", ")})`, `${size} bytes`);
    if (end > dataSize) throw fail(`${name} ends at byte ${end} of ${dataSize}`, "a file that is not cut off");
    tensors.push({ name, type, shape: entry.shape, begin, end });
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let filled = 0;
  for (const { name, begin, end } of tensors) {
    if (begin < filled) throw fail(`${name} begins at byte ${begin}, within another tensor`, "no overlaps");
    if (begin > filled) throw fail(`a hole of ${begin - filled} bytes before ${name}`, "no holes");
    filled = end;
  }
  if (filled !== dataSize)
    throw fail(`${dataSize} bytes of data for tensors of ${filled} bytes`, "as many bytes as the tensors need");
  return tensors;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
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

/** A key that stands twice in the outermost object of valid JSON, as it is written there; JSON.parse would keep the last. */
function repeatedKey(json: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  for (const [token, text] of json.matchAll(/("(?:\\.|[^"\\])*")\s*(?::)?|[{}[\]]/g)) {
    if (text === undefined) depth += token === "{" || token === "[" ? 1 : -1;
    else if (depth === 1 && token.endsWith(":")) {
      const key = JSON.stringify(JSON.parse(text));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
