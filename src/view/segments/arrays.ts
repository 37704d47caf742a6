/** Kinds of numbers that a packed file holds. */
const kinds = { Float64Array, Uint32Array, Float32Array, Uint16Array, Uint8Array } as const;
type Kind = keyof typeof kinds;
type Numbers = InstanceType<(typeof kinds)[Kind]>;

/** An array that a segment may hold, or one that is not there. */
export type Arrays = Readonly<Record<string, Numbers>>;

interface Placed {
  readonly name: string;
  readonly kind: string;
  readonly at: number;
  readonly length: number;
}

const preludeBytes = 16;
const toEight = (bytes: number): number => (bytes + 7) & ~7;

/**
 * A head and arrays in one piece: lengths of the head and of all as two float64, the head as JSON, then the arrays, each on a
 * multiple of eight bytes.
 */
export function packArrays(head: object, arrays: Arrays): Uint8Array<ArrayBuffer> {
  let at = 0;
  const placed = Object.entries(arrays).map(([name, array]): Placed => {
    const place = { name, kind: array.constructor.name, at, length: array.length };
    at = toEight(at + array.byteLength);
    return place;
  });
  const text = Buffer.from(JSON.stringify({ head, placed }));
  const start = preludeBytes + toEight(text.length);
  const bytes = new Uint8Array(start + at);
  new Float64Array(bytes.buffer, 0, 2).set([text.length, bytes.length]);
  bytes.set(text, preludeBytes);
  for (const [i, array] of Object.values(arrays).entries()) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + (placed[i]?.at ?? 0));
  }
  return bytes;
}

/** Bytes that the piece beginning here has. */
export function packedLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8, true);
}

/** What `packArrays` packed; the arrays are views of the bytes. @throws where the bytes are none of its. */
export function unpackArrays(bytes: Uint8Array<ArrayBuffer>): { readonly head: unknown; readonly arrays: Arrays } {
  const headBytes = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + preludeBytes, headBytes).toString("utf8");
  const { head, placed }: { head: unknown; placed: Placed[] } = JSON.parse(text);
  const start = bytes.byteOffset + preludeBytes + toEight(headBytes);
  const arrays = placed.map(({ name, kind, at, length }): [string, Numbers] => [
    name,
    new kinds[kind as Kind](bytes.buffer, start + at, length),
  ]);
  return { head, arrays: Object.fromEntries(arrays) };
}
