import { type FileHandle, open } from "node:fs/promises";
import { asDiskError } from "../folder.ts";
import { readFully } from "../read-fully.ts";
import type { WeightTensor } from "../weights.ts";
import { blockTypes } from "./block-types.ts";
import { damagedGguf } from "./damaged.ts";
import { type GgufHeader, type GgufTensor, HeaderCut, parseGgufHeader } from "./header.ts";
import { MetadataReader } from "./metadata.ts";

/** Of the header, at first; a vocabulary of a quarter million tokens has 20 MB of it. */
const START_BYTES = 2 ** 24;
/** Bytes that are read and decoded at a time, as many whole blocks as fit. */
const CHUNK_BYTES = 2 ** 24;

/** A GGUF file whose header is read; tensors are dequantised one at a time, when they are asked for. */
export class GgufFile {
  readonly path: string;
  readonly metadata: MetadataReader;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, { metadata, tensors }: GgufHeader) {
    this.path = path;
    this.#file = file;
    this.metadata = new MetadataReader(metadata, path);
    this.tensors = tensors;
  }

  /** @throws PreceptError checkpoint-missing, checkpoint-invalid or permission. */
  static async open(path: string): Promise<GgufFile> {
    let file: FileHandle;
    try {
      file = await open(path, "r");
    } catch (error) {
      throw asDiskError(error, `Reading ${path}`);
    }
    try {
      return new GgufFile(path, file, await readHeader(file, path));
    } catch (error) {
      await file.close();
      throw asDiskError(error, `Reading ${path}`);
    }
  }

  /** A tensor as float32. @throws PreceptError checkpoint-invalid when there is none, or when the file ends within it. */
  async read(name: string): Promise<WeightTensor> {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw damagedGguf(this.path, `no tensor ${name}`, name);
    const { shape, type, at, bytes } = tensor;
    const block = blockTypes.get(type)!;
    const data = new Float32Array((bytes / block.bytes) * block.size);
    const blocks = Math.max(1, Math.floor(CHUNK_BYTES / block.bytes));
    const chunk = new Uint8Array(Math.min(bytes, blocks * block.bytes));
    for (let done = 0; done < bytes; done += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, bytes - done));
      await readFully(this.#file, part, at + done, this.path);
      const from = (done / block.bytes) * block.size;
      block.decode(part, data.subarray(from, from + (part.length / block.bytes) * block.size));
    }
    return { shape, data };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads ever more of the file until the header is whole. */
async function readHeader(file: FileHandle, path: string): Promise<GgufHeader> {
  const { size } = await file.stat();
  for (let length = Math.min(size, START_BYTES); ; length = Math.min(size, 4 * length)) {
    const bytes = new Uint8Array(length);
    await readFully(file, bytes, 0, path);
    try {
      return parseGgufHeader(bytes, size, path);
    } catch (error) {
      if (!(error instanceof HeaderCut)) throw error;
      if (length === size) throw damagedGguf(path, `${size} bytes, cut within the header`, "a whole file");
    }
  }
}
