import { halfAt } from "../half-precision.ts";

// Layouts after ggml-common.h; every number is computed as ggml's dequantize_row_* and the Python package gguf do, so
// that results agree to the last bit. Products are exact in float64 and rounded once, when they are stored.

/** Calls `body` for every block of `bytes`: where it begins, and where its 32 numbers go. */
function forEachBlock(blocks: Uint8Array, bytes: number, body: (at: number, to: number) => void): void {
  for (let at = 0, to = 0; at < blocks.length; at += bytes, to += 32) body(at, to);
}

/** scale (f16) · 16 bytes of two 4-bit numbers, the low halves first: scale · (q − 8). */
export function decodeQ4_0(blocks: Uint8Array, target: Float32Array): void {
  forEachBlock(blocks, 18, (at, to) => {
    const scale = halfAt(blocks, at);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 2 + i]!;
      target[to + i] = scale * ((byte & 15) - 8);
      target[to + 16 + i] = scale * ((byte >> 4) - 8);
    }
  });
}

/** scale, minimum (f16 each) · as Q4_0: scale · q + minimum. */
export function decodeQ4_1(blocks: Uint8Array, target: Float32Array): void {
  forEachBlock(blocks, 20, (at, to) => {
    const [scale, minimum] = [halfAt(blocks, at), halfAt(blocks, at + 2)];
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 4 + i]!;
      target[to + i] = scale * (byte & 15) + minimum;
      target[to + 16 + i] = scale * (byte >> 4) + minimum;
    }
  });
}

/** The fifth bit of number i, from the 32 bits at `at`. */
const highBit = (blocks: Uint8Array, at: number, i: number): number => ((blocks[at + (i >> 3)]! >> (i & 7)) & 1) << 4;

/** scale (f16) · 32 fifth bits · as Q4_0: scale · (q − 16). */
export function decodeQ5_0(blocks: Uint8Array, target: Float32Array): void {
  forEachBlock(blocks, 22, (at, to) => {
    const scale = halfAt(blocks, at);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 6 + i]!;
      target[to + i] = scale * (((byte & 15) | highBit(blocks, at + 2, i)) - 16);
      target[to + 16 + i] = scale * (((byte >> 4) | highBit(blocks, at + 2, 16 + i)) - 16);
    }
  });
}

/** scale, minimum (f16 each) · 32 fifth bits · as Q4_0: scale · q + minimum. */
export function decodeQ5_1(blocks: Uint8Array, target: Float32Array): void {
  forEachBlock(blocks, 24, (at, to) => {
    const [scale, minimum] = [halfAt(blocks, at), halfAt(blocks, at + 2)];
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 8 + i]!;
      target[to + i] = scale * ((byte & 15) | highBit(blocks, at + 4, i)) + minimum;
      target[to + 16 + i] = scale * ((byte >> 4) | highBit(blocks, at + 4, 16 + i)) + minimum;
    }
  });
}

/** scale (f16) · 32 signed bytes: scale · q. */
export function decodeQ8_0(blocks: Uint8Array, target: Float32Array): void {
  forEachBlock(blocks, 34, (at, to) => {
    const scale = halfAt(blocks, at);
    for (let i = 0; i < 32; i++) target[to + i] = scale * ((blocks[at + 2 + i]! << 24) >> 24);
  });
}
