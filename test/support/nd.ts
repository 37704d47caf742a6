/** A float64 array with a shape: the plainest possible reference for the tensor operators. */
export interface Nd {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export function fill(shape: readonly number[], at: (index: readonly number[]) => number): Nd {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = at(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index counted from the right; axes of size 1 repeat. */
export function at(x: Nd, index: readonly number[]): number {
  let flat = 0;
  const skip = index.length - x.shape.length;
  for (const [axis, size] of x.shape.entries()) flat = flat * size + (size === 1 ? 0 : (index[axis + skip] as number));
  return x.data[flat] as number;
}

export const map = (x: Nd, f: (value: number) => number): Nd => ({
  shape: x.shape,
  data: x.data.map((value) => f(value)),
});

export function zip(a: Nd, b: Nd, f: (x: number, y: number) => number): Nd {
  const rank = Math.max(a.shape.length, b.shape.length);
  const sizes = (x: Nd): number[] => [...Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const [left, right] = [sizes(a), sizes(b)];
  return fill(
    left.map((size, axis) => Math.max(size, right[axis] as number)),
    (index) => f(at(a, index), at(b, index)),
  );
}

/** A function of whole rows of the last axis. */
export function mapRows(x: Nd, f: (row: Float64Array) => ArrayLike<number>): Nd {
  const width = x.shape.at(-1) as number;
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += width) data.set(f(x.data.subarray(start, start + width)), start);
  return { shape: x.shape, data };
}

export function transposed(x: Nd, order: readonly number[]): Nd {
  const source = order.map(() => 0);
  return fill(
    order.map((axis) => x.shape[axis] as number),
    (index) => {
      for (const [to, from] of order.entries()) source[from] = index[to] as number;
      return at(x, source);
    },
  );
}

/** a @ b over the last two axes; leading axes broadcast. */
export function product(a: Nd, b: Nd): Nd {
  const inner = a.shape.at(-1) as number;
  const batch = zip(
    { shape: a.shape.slice(0, -2), data: new Float64Array(sizeOf(a.shape.slice(0, -2))) },
    { shape: b.shape.slice(0, -2), data: new Float64Array(sizeOf(b.shape.slice(0, -2))) },
    () => 0,
  ).shape;
  return fill([...batch, a.shape.at(-2) as number, b.shape.at(-1) as number], (index) => {
    const [row, column] = [index.at(-2) as number, index.at(-1) as number];
    const outer = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(a, [...outer, row, k]) * at(b, [...outer, k, column]);
    return sum;
  });
}

export function swapLast(x: Nd): Nd {
  const order = x.shape.map((_, axis) => axis);
  const rank = order.length;
  return transposed(x, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
}

export function softmaxRow(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const top = values.reduce((a, b) => Math.max(a, b));
  const powers = values.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Sums (or another fold) over axes. */
export function folded(
  x: Nd,
  axes: readonly number[],
  keep: boolean,
  f: (sum: number, value: number) => number,
  start: number,
): Nd {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const data = new Float64Array(sizeOf(kept)).fill(start);
  fill(x.shape, (index) => {
    let flat = 0;
    for (const [axis, size] of kept.entries()) flat = flat * size + (size === 1 ? 0 : (index[axis] as number));
    data[flat] = f(data[flat] as number, at(x, index));
    return 0;
  });
  return { shape: keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data };
}
