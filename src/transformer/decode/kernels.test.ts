import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { compile, instantiate, sharedMemory } from "../../tensor/wasm/wasm.ts";
import { type Kernels, kernelModule, MAXIMUM_PAGES } from "./kernels.ts";
import { PANEL } from "./product-kernels.ts";

const HEAD = 16;
const memory = sharedMemory(2 ** 22, MAXIMUM_PAGES);
const kernels = instantiate<Kernels>(compile(kernelModule(HEAD)), memory);
const random = rng(3, "kernels");
let next = 64;
/** `count` floats somewhere in the memory, with their address. */
function floats(
  count: number,
  make: (index: number) => number = () => random.normal(),
): { data: Float32Array; at: number } {
  const at = next;
  next += Math.ceil(count / 4) * 16 + 16;
  const data = new Float32Array(memory.buffer, at, count);
  for (let i = 0; i < count; i++) data[i] = make(i);
  return { data, at };
}
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

describe("kernels", () => {
  it("multiplies by packed weights, and gives a row the same bits whatever is beside it", () => {
    const [inner, panels] = [20, 7];
    const outer = panels * PANEL;
    const weight = floats(inner * outer);
    const addend = floats(outer);
    for (const rows of [1, 2, 3, 4, 5, 6, 7, 13]) {
      const x = floats(rows * inner);
      const y = floats(rows * outer);
      kernels.linear(x.at, 4 * inner, weight.at, inner, y.at, 4 * outer, addend.at, 0, rows, panels);
      const expected = Array.from({ length: rows * outer }, (_, index) => {
        const [row, o] = [Math.floor(index / outer), index % outer];
        let sum = addend.data[o] ?? 0;
        const panel = Math.floor(o / PANEL) * inner * PANEL;
        for (let i = 0; i < inner; i++)
          sum += (x.data[row * inner + i] ?? 0) * (weight.data[panel + i * PANEL + (o % PANEL)] ?? 0);
        return sum;
      });
      expect(worst(y.data, expected)).toBeLessThan(1e-5);
      const alone = floats(outer);
      for (let row = 0; row < rows; row++) {
        kernels.linear(x.at + 4 * row * inner, 0, weight.at, inner, alone.at, 0, addend.at, 0, 1, panels);
        expect(alone.data).toEqual(y.data.slice(row * outer, (row + 1) * outer));
      }
    }
  });

  it("adds rows to rows elsewhere", () => {
    const [x, addend, y] = [floats(2 * 8), floats(2 * 12), floats(2 * 20, () => 7)];
    kernels.place(x.at, 32, y.at, 80, addend.at, 48, 2, 32);
    const expected = Array.from(y.data, (_, i) => {
      const [row, n] = [Math.floor(i / 20), i % 20];
      return n < 8 ? Math.fround(x.data[8 * row + n]! + addend.data[12 * row + n]!) : 7;
    });
    expect([...y.data]).toEqual(expected);
  });

  it("normalises by the root of the mean square", () => {
    const [x, weight, y] = [floats(12), floats(12), floats(12)];
    kernels.rmsNorm(x.at, weight.at, y.at, 12, 1e-5);
    const root = Math.sqrt(x.data.reduce((sum, v) => sum + v * v, 0) / 12 + 1e-5);
    expect(
      worst(
        y.data,
        x.data.map((v, i) => (v / root) * (weight.data[i] ?? 0)),
      ),
    ).toBeLessThan(1e-6);
  });

  it("rotates the halves of every head", () => {
    const angles = Array.from({ length: HEAD / 2 }, (_, i) => 0.3 * i);
    const [cosine, sine] = [
      floats(HEAD / 2, (i) => Math.cos(angles[i] ?? 0)),
      floats(HEAD / 2, (i) => Math.sin(angles[i] ?? 0)),
    ];
    const [x, y] = [floats(2 * HEAD), floats(2 * HEAD)];
    kernels.rope(x.at, y.at, 2, cosine.at, sine.at);
    const expected = Array.from(x.data, (v, i) => {
      const n = i % HEAD;
      const angle = angles[n % (HEAD / 2)] ?? 0;
      const other = x.data[n < HEAD / 2 ? i + HEAD / 2 : i - HEAD / 2] ?? 0;
      return v * Math.cos(angle) + (n < HEAD / 2 ? -1 : 1) * other * Math.sin(angle);
    });
    expect(worst(y.data, expected)).toBeLessThan(1e-6);
  });

  it("attends with a softmax over exactly `length` positions", () => {
    for (const length of [1, 3, 4, 9]) {
      const [q, k, v, out, scores] = [
        floats(2 * HEAD),
        floats(12 * HEAD),
        floats(12 * HEAD),
        floats(2 * HEAD),
        floats(12),
      ];
      kernels.attention(q.at, k.at, v.at, out.at, length, 2, scores.at);
      const expected = [0, 1].flatMap((group) => {
        const raw = Array.from({ length }, (_, t) => {
          let dot = 0;
          for (let i = 0; i < HEAD; i++) dot += (q.data[group * HEAD + i] ?? 0) * (k.data[t * HEAD + i] ?? 0);
          return Math.exp(dot / Math.sqrt(HEAD));
        });
        const total = raw.reduce((sum, e) => sum + e, 0);
        return Array.from({ length: HEAD }, (_, i) =>
          raw.reduce((sum, e, t) => sum + (e / total) * (v.data[t * HEAD + i] ?? 0), 0),
        );
      });
      expect(worst(out.data, expected)).toBeLessThan(2e-6);
    }
  });

  it("gates with silu", () => {
    const [gate, up] = [floats(16, () => 8 * random.normal()), floats(16)];
    const before = gate.data.slice();
    kernels.swiglu(gate.at, up.at, 16);
    expect(
      worst(
        gate.data,
        before.map((g, i) => (g / (1 + Math.exp(-g))) * (up.data[i] ?? 0)),
      ),
    ).toBeLessThan(1e-5);
  });

  it("gates with gelu", () => {
    const [gate, up] = [floats(16, () => 4 * random.normal()), floats(16)];
    const gelu = (x: number): number => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    const expected = Array.from(gate.data, (g, i) => gelu(g) * (up.data[i] ?? 0));
    kernels.geglu(gate.at, up.at, 16);
    expect(worst(gate.data, expected)).toBeLessThan(1e-5);
  });

  it("sums exponentials of any count, to seven digits", () => {
    for (const count of [1, 4, 7, 30]) {
      const [x, y] = [floats(count, () => 10 * random.normal()), floats(count)];
      const shift = kernels.maximum(x.at, count);
      expect(shift).toBe(Math.max(...x.data));
      const total = kernels.exponentials(x.at, y.at, count, shift, 0.7);
      const expected = Array.from(x.data, (v) => Math.exp(0.7 * (v - shift)));
      expect(worst(y.data, expected)).toBeLessThan(2e-7);
      expect(Math.abs(total / expected.reduce((sum, e) => sum + e, 0) - 1)).toBeLessThan(3e-7);
      kernels.scale(y.at, count, 0.5);
      expect(
        worst(
          y.data,
          expected.map((e) => e / 2),
        ),
      ).toBeLessThan(2e-7);
    }
  });
});
