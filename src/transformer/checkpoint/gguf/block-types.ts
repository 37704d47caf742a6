import { decodeBfloat16, decodeFloat16 } from "../half-precision.ts";
import { decodeQ4_0, decodeQ4_1, decodeQ5_0, decodeQ5_1, decodeQ8_0 } from "./blocks-of-32.ts";
import { decodeQ4K, decodeQ5K, decodeQ6K } from "./blocks-of-256.ts";

/** How a tensor's numbers are stored: `size` numbers take `bytes` bytes, one block after another. */
export interface BlockType {
  readonly name: string;
  readonly size: number;
  readonly bytes: number;
  /** Whole blocks to float32: as many numbers as `target` holds. */
  readonly decode: (blocks: Uint8Array, target: Float32Array) => void;
}

/** Of numbers that begin anywhere in a file; the machines that Node runs on are little-endian, as GGUF is. */
const wordsOf = (bytes: Uint8Array): Uint16Array => {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
};

/** The types that are read, by their number in the file (ggml.h, `enum ggml_type`). */
export const blockTypes: ReadonlyMap<number, BlockType> = new Map([
  [
    0,
    {
      name: "F32",
      size: 1,
      bytes: 4,
      decode: (blocks: Uint8Array, target: Float32Array): void =>
        new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(blocks),
    },
  ],
  [
    1,
    {
      name: "F16",
      size: 1,
      bytes: 2,
      decode: (blocks: Uint8Array, target: Float32Array) => void decodeFloat16(wordsOf(blocks), target),
    },
  ],
  [2, { name: "Q4_0", size: 32, bytes: 18, decode: decodeQ4_0 }],
  [3, { name: "Q4_1", size: 32, bytes: 20, decode: decodeQ4_1 }],
  [6, { name: "Q5_0", size: 32, bytes: 22, decode: decodeQ5_0 }],
  [7, { name: "Q5_1", size: 32, bytes: 24, decode: decodeQ5_1 }],
  [8, { name: "Q8_0", size: 32, bytes: 34, decode: decodeQ8_0 }],
  [12, { name: "Q4_K", size: 256, bytes: 144, decode: decodeQ4K }],
  [13, { name: "Q5_K", size: 256, bytes: 176, decode: decodeQ5K }],
  [14, { name: "Q6_K", size: 256, bytes: 210, decode: decodeQ6K }],
  [
    30,
    {
      name: "BF16",
      size: 1,
      bytes: 2,
      decode: (blocks: Uint8Array, target: Float32Array) => void decodeBfloat16(wordsOf(blocks), target),
    },
  ],
]);

/** Names of types that llama.cpp has besides, so that they are refused by name. */
const otherTypes: Readonly<Record<number, string>> = {
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

export const typeName = (type: number): string =>
  blockTypes.get(type)?.name ?? otherTypes[type] ?? `number ${type}, which ggml does not have`;

export const readTypeNames = [...blockTypes.values()].map(({ name }) => name).join(", ");
