import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";

/** A token sequence; `weights[t]` is the loss weight of predicting `tokens[t]` (`weights[0]` is never used). */
export interface TokenDocument {
  readonly tokens: readonly number[];
  readonly weights: readonly number[];
  /** Kind of every token, for `tokenLossBuilder({ kinds })`. */
  readonly kinds?: readonly number[] | undefined;
}

/** Inputs of one optimizer step, each (B, T) row-major. Segment 0 is padding; attention stays within a segment. */
export interface TokenBatch {
  /** "kinds", where a document has them: the kind of every target, -1 where there is none. */
  readonly [name: string]: Int32Array | Float32Array;
  readonly tokens: Int32Array;
  readonly segments: Int32Array;
  /** Next token of every position, 0 where there is none. */
  readonly targets: Int32Array;
  /** Loss weight of every target. */
  readonly weights: Float32Array;
}

/** Rows and tokens per row. */
export interface BatchShape {
  readonly batch: number;
  readonly length: number;
}

/** Where one sequence of a unit lies: positions [offset, offset + its length) of the flattened (B·T) batch. */
export interface Placement {
  readonly unit: number;
  readonly member: number;
  readonly offset: number;
  readonly segment: number;
}

/**
 * Packs units, in the given order, into batches of (B, T): each sequence in the first row with room, all sequences of a
 * unit in one batch. `units[i]` are the lengths of unit i's sequences. `maxUnits` bounds the units per batch.
 * @throws PreceptError "context-overflow" when a sequence is longer than a row, "shape-mismatch" when a unit exceeds a batch.
 */
export function packUnits(
  units: readonly (readonly number[])[],
  shape: BatchShape,
  options: { readonly maxUnits?: number; readonly order?: readonly number[] } = {},
): Placement[][] {
  const order = options.order ?? units.map((_, i) => i);
  const batches: Placement[][] = [];
  let open = new OpenBatch(shape);
  for (const unit of order) {
    const lengths = units[unit] as readonly number[];
    const full = open.units >= (options.maxUnits ?? Number.POSITIVE_INFINITY);
    if (!full && open.place(unit, lengths)) continue;
    if (open.units > 0) batches.push(open.placements);
    open = new OpenBatch(shape);
    if (!open.place(unit, lengths)) throw tooLong(lengths, shape);
  }
  if (open.units > 0) batches.push(open.placements);
  return batches;
}

/**
 * Splits units, in the given order, into the fewest batches of equal numbers of units that each fit (B, T), so that no
 * optimizer step sees a small remainder. Counts differ by at most one.
 */
export function packEvenly(
  units: readonly (readonly number[])[],
  shape: BatchShape,
  options: { readonly order?: readonly number[] } = {},
): Placement[][] {
  const order = options.order ?? units.map((_, i) => i);
  for (let count = 1; count <= order.length; count++) {
    const batches = Array.from({ length: count }, (_, i) =>
      packUnits(units, shape, {
        order: order.slice(Math.floor((i * order.length) / count), Math.floor(((i + 1) * order.length) / count)),
      }),
    );
    if (batches.every((parts) => parts.length === 1)) return batches.map((parts) => parts[0] as Placement[]);
  }
  return [];
}

/** The order of n units in an epoch: a fresh seeded permutation, independent of all other epochs. */
export function epochOrder(count: number, seed: number, epoch: number): number[] {
  return rng(seed, "epoch", epoch).shuffle(Array.from({ length: count }, (_, i) => i));
}

/** Positions that a document takes: its last token is a target only, unless something is read on it. */
export function documentLength(document: TokenDocument, keepLast = false): number {
  return Math.max(1, document.tokens.length - (keepLast ? 0 : 1));
}

/** Fills (B, T) inputs, segments, next-token targets and weights from placed sequences. */
export function fillTokenBatch(
  placements: readonly Placement[],
  shape: BatchShape,
  documentOf: (placement: Placement) => TokenDocument,
  keepLast = false,
): TokenBatch {
  const size = shape.batch * shape.length;
  const batch = {
    tokens: new Int32Array(size),
    segments: new Int32Array(size),
    targets: new Int32Array(size),
    weights: new Float32Array(size),
  };
  let kinds: Int32Array | undefined;
  for (const placement of placements) {
    const document = documentOf(placement);
    if (document.kinds !== undefined) kinds ??= new Int32Array(size).fill(-1);
    const length = documentLength(document, keepLast);
    for (let t = 0; t < length; t++) {
      const at = placement.offset + t;
      batch.tokens[at] = document.tokens[t] ?? 0;
      batch.segments[at] = placement.segment;
      const next = document.tokens[t + 1];
      if (next === undefined) continue;
      batch.targets[at] = next;
      batch.weights[at] = document.weights[t + 1] ?? 0;
      if (kinds !== undefined) kinds[at] = document.kinds?.[t + 1] ?? -1;
    }
  }
  return kinds === undefined ? batch : { ...batch, kinds };
}

/** Packs plain documents into token batches in the given order; the last batch may be part empty. */
export function packDocuments(documents: readonly TokenDocument[], shape: BatchShape): TokenBatch[] {
  const units = documents.map((document) => [documentLength(document)]);
  return packUnits(units, shape).map((placements) =>
    fillTokenBatch(placements, shape, ({ unit }) => documents[unit] as TokenDocument),
  );
}

/** Positions that are not padding. */
export function tokenCount(batch: { readonly segments: Int32Array }): number {
  let count = 0;
  for (const segment of batch.segments) if (segment !== 0) count++;
  return count;
}

class OpenBatch {
  readonly placements: Placement[] = [];
  units = 0;
  readonly #shape: BatchShape;
  #used: number[];
  #segments: number[];

  constructor(shape: BatchShape) {
    this.#shape = shape;
    this.#used = new Array<number>(shape.batch).fill(0);
    this.#segments = new Array<number>(shape.batch).fill(0);
  }

  /** Places all sequences of a unit, or none. */
  place(unit: number, lengths: readonly number[]): boolean {
    const used = [...this.#used];
    const segments = [...this.#segments];
    const placed: Placement[] = [];
    for (const [member, length] of lengths.entries()) {
      const row = used.findIndex((tokens) => tokens + length <= this.#shape.length);
      if (row < 0) return false;
      const start = used[row] as number;
      const segment = (segments[row] as number) + 1;
      placed.push({ unit, member, offset: row * this.#shape.length + start, segment });
      used[row] = start + length;
      segments[row] = segment;
    }
    this.#used = used;
    this.#segments = segments;
    this.placements.push(...placed);
    this.units += 1;
    return true;
  }
}

function tooLong(lengths: readonly number[], shape: BatchShape): PreceptError {
  const longest = Math.max(...lengths);
  const overflow = longest > shape.length;
  return new PreceptError(overflow ? "context-overflow" : "shape-mismatch", {
    attempted: "Packing token sequences into a batch",
    found: overflow
      ? `a sequence of ${longest} tokens`
      : `a unit of ${lengths.length} sequences, ${lengths.join(" + ")} tokens`,
    expected: `at most ${shape.length} tokens per sequence and ${shape.batch} × ${shape.length} per batch`,
    remedy: "raise the job's length or batch, or shorten the text",
  });
}
