import type { Kernels } from "./kernels.ts";
import {
  type DecodePlan,
  type LayerPlan,
  type PackedLinear,
  PROJECTIONS,
  type Projection,
  ROW,
  SPARE_ROWS,
} from "./plan.ts";
import { PANEL } from "./product-kernels.ts";
import { type Columns, RuntimeProducts } from "./runtime-products.ts";
import type { Teammate } from "./teammate.ts";

/** From so many rows, and multiplications per thread, the runtime is faster at a product than our kernels. */
const MANY = { rows: 8, multiplications: 2 ** 22 } as const;

/** One thread's columns of y = x Wᵀ + bias, or of y + x Wᵀ. */
interface Product extends Columns {
  readonly y: number;
  readonly isSum: boolean;
}

/** Where a product goes, and what is added to it: bytes. */
function placeOf({ linear: { panels, bias }, y, first, isSum }: Product) {
  const [offset, stride] = [4 * PANEL * first, 4 * PANEL * panels];
  const to = y + offset;
  return isSum ? { to, stride, base: to, baseStride: stride } : { to, stride, base: bias + offset, baseStride: 0 };
}

function isMany(parts: readonly Product[], rows: number): boolean {
  if (rows < MANY.rows) return false;
  const weights = parts.reduce((sum, { linear, first, end }) => sum + linear.inner * PANEL * (end - first), 0);
  return rows * weights >= MANY.multiplications;
}

/** One thread's columns of every matrix product of a step, by our kernels or the tensor runtime, whichever is faster. */
export class StepProducts {
  readonly #plan: DecodePlan;
  readonly #kernels: Kernels;
  readonly #team: Teammate;
  readonly #table: Uint32Array;
  readonly #floats: Float32Array;
  /** By the first weight: products of many rows, or false where the runtime's bits are not those of our kernels. */
  readonly #runtime = new Map<PackedLinear, RuntimeProducts | false>();

  constructor(plan: DecodePlan, kernels: Kernels, team: Teammate, buffer: SharedArrayBuffer) {
    this.#plan = plan;
    this.#kernels = kernels;
    this.#team = team;
    this.#table = new Uint32Array(buffer, plan.rowTable, plan.maxRows * ROW.words);
    this.#floats = new Float32Array(buffer);
  }

  /**
   * This thread's share of the output channels of projections with one input, for all rows, with what their adapters
   * add. "o" and "down" add to the residual stream. An adapter's inner products are few: every thread makes them all,
   * without waiting.
   */
  async project(
    index: number,
    outputs: Partial<Readonly<Record<Projection, number>>>,
    x: number,
    rows: number,
  ): Promise<void> {
    const { layers, adapters, buffers, scratch } = this.#plan;
    const { projections } = layers[index] as LayerPlan;
    const parts = PROJECTIONS.flatMap((name) => {
      const y = outputs[name];
      if (y === undefined) return [];
      const linear = projections[name];
      const [first, end] = this.#team.share(linear.panels);
      if (first === end) return [];
      return [{ name, linear, y, first, end, isSum: y === buffers.residual }];
    });
    for (const { linear, y, first, end, isSum } of parts) {
      if (!isSum || !linear.hasBias) continue;
      const [offset, stride] = [4 * PANEL * first, 4 * PANEL * linear.panels];
      for (let row = 0; row < rows; row++)
        this.#kernels.accumulate(linear.bias + offset, y + row * stride + offset, PANEL * (end - first));
    }
    await this.#products(parts, x, rows);
    if (adapters.length === 0) return;
    const inner = buffers.scratch + 4 * this.#team.thread * scratch;
    for (const { name, linear, y, first, end } of parts) {
      for (let row = 0; row < rows; row++) {
        const adapter = adapters[(this.#table[row * ROW.words + ROW.adapter] as number) - 1]?.[index]?.[name];
        if (adapter === undefined) continue;
        const { a, b } = adapter;
        const [from, to] = [x + row * 4 * linear.inner, y + row * 4 * PANEL * linear.panels];
        this.#product({ linear: a, y: inner, first: 0, end: a.panels, isSum: false }, from, 1);
        this.#product({ linear: b, y: to, first, end, isSum: true }, inner, 1);
      }
    }
  }

  /** y = x Wᵀ + bias: this thread's share of the output channels, for all rows. */
  async multiply(linear: PackedLinear, x: number, y: number, rows: number): Promise<void> {
    const [first, end] = this.#team.share(linear.panels);
    await this.#products([{ linear, y, first, end, isSum: false }], x, rows);
  }

  /** Products that share their input, by whoever is faster; the bits are the same. */
  async #products(parts: readonly Product[], x: number, rows: number): Promise<void> {
    if (isMany(parts, rows) && (await this.#byRuntime(parts, x, rows))) return;
    for (const part of parts) this.#product(part, x, rows);
  }

  /** False, with nothing changed, where the runtime fails or its first products have another bit than ours: then we do it. */
  async #byRuntime(parts: readonly Product[], x: number, rows: number): Promise<boolean> {
    const key = (parts[0] as Product).linear;
    const known = this.#runtime.get(key);
    if (known === false) return false;
    let at = this.#plan.buffers.products + 4 * this.#team.thread * this.#plan.products;
    try {
      const runtime = known ?? (await RuntimeProducts.create(this.#floats, parts));
      await runtime.run(x, rows, at);
      const isUsable = known !== undefined || this.#isSame(parts, x, rows, at);
      this.#runtime.set(key, isUsable && runtime);
      if (!isUsable) return false;
    } catch {
      this.#runtime.set(key, false);
      return false;
    }
    for (const part of parts) {
      const { base, baseStride, to, stride } = placeOf(part);
      const bytes = 4 * PANEL * (part.end - part.first);
      this.#kernels.place(at, bytes, to, stride, base, baseStride, rows, bytes);
      at += rows * bytes;
    }
    return true;
  }

  /** Whether our kernels give the products at `at` too, bit for bit. */
  #isSame(parts: readonly Product[], x: number, rows: number, at: number): boolean {
    const { products, zeros } = this.#plan;
    let found = at / 4;
    for (const { linear, first, end } of parts) {
      const width = PANEL * (end - first);
      const own = at + 4 * (products - SPARE_ROWS * width);
      const weight = linear.weight + 4 * PANEL * first * linear.inner;
      for (let row = 0; row < rows; row += SPARE_ROWS) {
        const count = Math.min(SPARE_ROWS, rows - row);
        const from = x + row * 4 * linear.inner;
        this.#kernels.linear(
          from,
          4 * linear.inner,
          weight,
          linear.inner,
          own,
          4 * width,
          zeros,
          0,
          count,
          end - first,
        );
        for (let n = 0; n < count * width; n++) if (this.#floats[found + n] !== this.#floats[own / 4 + n]) return false;
        found += count * width;
      }
    }
    return true;
  }

  #product(part: Product, x: number, rows: number): void {
    const { linear, first, end } = part;
    if (first === end) return;
    const { base, baseStride, to, stride } = placeOf(part);
    const panel = linear.weight + 4 * PANEL * first * linear.inner;
    this.#kernels.linear(x, 4 * linear.inner, panel, linear.inner, to, stride, base, baseStride, rows, end - first);
  }
}
