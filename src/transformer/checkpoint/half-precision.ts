const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The bits of float32 numbers; `data` may be a part of a larger buffer. */
const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

/** bfloat16: the upper half of a float32, rounded to nearest, ties to even. */
export function encodeBfloat16(data: Float32Array, encoded: Uint16Array = new Uint16Array(data.length)): Uint16Array {
  const bits = bitsOf(data);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    const isNan = (value & 0x7fffffff) > 0x7f800000;
    encoded[i] = isNan ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return encoded;
}

/** Into `target`, which may hold `data` in its upper half: no number is overwritten before it is read. */
export function decodeBfloat16(data: Uint16Array, target: Float32Array = new Float32Array(data.length)): Float32Array {
  const bits = bitsOf(target);
  for (let i = 0; i < data.length; i++) bits[i] = data[i]! << 16;
  return target;
}

/** IEEE 754 binary16, rounded to nearest, ties to even; overflow becomes infinity. */
export function encodeFloat16(data: Float32Array, encoded: Uint16Array = new Uint16Array(data.length)): Uint16Array {
  const bits = bitsOf(data);
  for (let i = 0; i < bits.length; i++) encoded[i] = float16Bits(bits[i]!);
  return encoded;
}

function float16Bits(value: number): number {
  const sign = (value >>> 16) & 0x8000;
  const magnitude = value & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14: adding 0.5 shifts the subnormal's bits (steps of 2^-24) into the mantissa, correctly rounded.
    scratchBits[0] = magnitude;
    scratch[0] = (scratch[0] as number) + 0.5;
    return sign | ((scratchBits[0] as number) - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

let float16Values: Float32Array | undefined;

/** What each of the 65,536 half-precision numbers is. */
function float16Table(): Float32Array {
  float16Values ??= Float32Array.from({ length: 0x10000 }, (_, value) => {
    const sign = value & 0x8000 ? -1 : 1;
    const exponent = (value >>> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
  return float16Values;
}

/** Into `target`, which may hold `data` in its upper half: no number is overwritten before it is read. */
export function decodeFloat16(data: Uint16Array, target: Float32Array = new Float32Array(data.length)): Float32Array {
  const table = float16Table();
  for (let i = 0; i < data.length; i++) target[i] = table[data[i]!]!;
  return target;
}

/** The half-precision number whose two bytes, little end first, stand at `at`. */
export const halfAt = (bytes: Uint8Array, at: number): number => float16Table()[bytes[at]! | (bytes[at + 1]! << 8)]!;
