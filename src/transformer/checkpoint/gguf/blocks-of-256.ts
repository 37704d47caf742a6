import { halfAt } from "../half-precision.ts";

// The "K" types: 256 numbers, in parts with scales of their own that are themselves quantised. Layouts after
// ggml-common.h, numbers as ggml's dequantize_row_* and the Python package gguf compute them, to the last bit.

/** Scale and minimum of the eight parts of 32: 6 bits each in 12 bytes, the upper two bits of parts 4 to 7 apart. */
function partsOf(blocks: Uint8Array, at: number, part: number): readonly [scale: number, minimum: number] {
  if (part < 4) return [blocks[at + part]! & 63, blocks[at + 4 + part]! & 63];
  const low = blocks[at + 4 + part]!;
  return [(low & 15) | ((blocks[at + part - 4]! >> 2) & 48), (low >> 4) | ((blocks[at + part]! >> 2) & 48)];
}

/** scale, scale of minima (f16 each) · 12 bytes of parts · 128 bytes of 4-bit numbers. */
export function decodeQ4K(blocks: Uint8Array, target: Float32Array): void {
  for (let at = 0, to = 0; at < blocks.length; at += 144, to += 256) {
    const [scale, minimum] = [halfAt(blocks, at), halfAt(blocks, at + 2)];
    for (let part = 0; part < 8; part++) {
      const [own, least] = partsOf(blocks, at + 4, part);
      const [factor, shift] = [scale * own, minimum * least];
      const from = at + 16 + 32 * (part >> 1);
      const bits = 4 * (part & 1);
      for (let i = 0; i < 32; i++) target[to + 32 * part + i] = factor * ((blocks[from + i]! >> bits) & 15) - shift;
    }
  }
}

/** As Q4_K, with 32 bytes of fifth bits before the 4-bit numbers: bit `part` of byte i. */
export function decodeQ5K(blocks: Uint8Array, target: Float32Array): void {
  for (let at = 0, to = 0; at < blocks.length; at += 176, to += 256) {
    const [scale, minimum] = [halfAt(blocks, at), halfAt(blocks, at + 2)];
    for (let part = 0; part < 8; part++) {
      const [own, least] = partsOf(blocks, at + 4, part);
      const [factor, shift] = [scale * own, minimum * least];
      const from = at + 48 + 32 * (part >> 1);
      const bits = 4 * (part & 1);
      for (let i = 0; i < 32; i++) {
        const high = ((blocks[at + 16 + i]! >> part) & 1) << 4;
        target[to + 32 * part + i] = factor * (((blocks[from + i]! >> bits) & 15) | high) - shift;
      }
    }
  }
}

/** 128 bytes of low 4 bits · 64 bytes of high 2 bits · 16 signed scales, each of 16 numbers · scale (f16). */
export function decodeQ6K(blocks: Uint8Array, target: Float32Array): void {
  for (let at = 0, to = 0; at < blocks.length; at += 210, to += 256) {
    const scale = halfAt(blocks, at + 208);
    for (let n = 0; n < 256; n++) {
      const [half, part, i] = [n >> 7, (n >> 5) & 3, n & 31];
      const low = (blocks[at + 64 * half + 32 * (part & 1) + i]! >> (4 * (part >> 1))) & 15;
      const high = (blocks[at + 128 + 32 * half + i]! >> (2 * part)) & 3;
      const own = (blocks[at + 192 + (n >> 4)]! << 24) >> 24;
      target[to + n] = scale * own * ((low | (high << 4)) - 32);
    }
  }
}
