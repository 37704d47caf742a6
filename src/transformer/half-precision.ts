const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** bfloat16: the upper half of a float32, rounded to nearest, ties to even. */
export function encodeBfloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, (value) => {
    if ((value & 0x7fffffff) > 0x7f800000) return (value >>> 16) | 0x40;
    return (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  });
}

export function decodeBfloat16(data: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(data, (value) => value << 16).buffer);
}

/** IEEE 754 binary16, rounded to nearest, ties to even; overflow becomes infinity. */
export function encodeFloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, (value) => {
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
  });
}

export function decodeFloat16(data: Uint16Array): Float32Array {
  return Float32Array.from(data, (value) => {
    const sign = value & 0x8000 ? -1 : 1;
    const exponent = (value >>> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
