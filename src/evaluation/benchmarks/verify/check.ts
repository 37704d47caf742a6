/** One published figure beside ours. */
export interface Check {
  readonly name: string;
  readonly published: number;
  readonly ours: number;
  /** The largest difference that counts as equal: half of the last printed digit, or what the issue allows. */
  readonly tolerance: number;
  readonly n?: number | undefined;
}

/** A table of published figures that we score again. */
export interface VerifiedTable {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly checks: readonly Check[];
  /** What a reader must know, e.g. which cells are compared with what. */
  readonly notes?: readonly string[];
}

export function isEqual({ published, ours, tolerance }: Check): boolean {
  return Math.abs(published - ours) <= tolerance + 1e-9;
}
