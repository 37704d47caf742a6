import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "./half-precision.ts";

describe("half precision", () => {
  it("decodes the standard's examples", () => {
    expect([...decodeFloat16(Uint16Array.of(0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0x7bff, 0x7c00, 0xc000))]).toEqual([
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      1,
      65504,
      Number.POSITIVE_INFINITY,
      -2,
    ]);
    expect(decodeFloat16(Uint16Array.of(0x7e00))[0]).toBeNaN();
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x4049))]).toEqual([1, -2, 3.140625]);
  });

  it("encodes every float16 and bfloat16 to itself", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const float16 = encodeFloat16(decodeFloat16(all));
    const bfloat16 = encodeBfloat16(decodeBfloat16(all));
    for (let bits = 0; bits < 65536; bits++) {
      if ((bits & 0x7fff) <= 0x7c00) expect(float16[bits]).toBe(bits);
      if ((bits & 0x7fff) <= 0x7f80) expect(bfloat16[bits]).toBe(bits);
    }
  });

  it("rounds to nearest, ties to even", () => {
    const ties = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1.5 * 2 ** -24, 65519, 65520, Number.NaN);
    expect([...decodeFloat16(encodeFloat16(ties))]).toEqual([
      1,
      1 + 2 ** -9,
      2 ** -23,
      65504,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    const random = rng(1, "half");
    const numbers = Float32Array.from({ length: 2000 }, () => random.normal() * 2 ** (random.integer(30) - 20));
    for (const [encode, decode, step] of [
      [encodeFloat16, decodeFloat16, 2 ** -11],
      [encodeBfloat16, decodeBfloat16, 2 ** -8],
    ] as const) {
      const rounded = decode(encode(numbers));
      for (const [index, value] of numbers.entries()) {
        expect(Math.abs((rounded[index] as number) - value)).toBeLessThanOrEqual(
          Math.max(Math.abs(value) * step, 2 ** -25),
        );
      }
    }
  });
});
