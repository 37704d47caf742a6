/** A number with its 95 % interval, and how many values it rests on. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Independent groups of values, where values share a template or a request. */
  readonly clusters?: number | undefined;
  readonly undetermined?: Undetermined | undefined;
  /** All values were equal: the interval has no width because nothing varied, not because much is known. */
  readonly zeroVariance?: true | undefined;
}

/** Values without a verdict; of a rate also what it would be if all of them were false, and true: the truth lies between. */
export interface Undetermined {
  readonly n: number;
  readonly ifAllFalse?: number | undefined;
  readonly ifAllTrue?: number | undefined;
}

/** Where the data give no interval, or no number at all: what there is, and what was missing. */
export interface NoEstimate {
  readonly estimate: number | null;
  readonly low: null;
  readonly high: null;
  readonly n: number;
  readonly clusters?: number | undefined;
  readonly undetermined?: Undetermined | undefined;
  /** E.g. "one cluster", "all undetermined". */
  readonly note: string;
}

/** What was measured: with its interval, or with the reason why there is none. */
export type Measured = Estimate | NoEstimate;

export function isEstimate(measured: Measured | undefined): measured is Estimate {
  return measured !== undefined && measured.low !== null;
}

/** What a reader must know beside the number, e.g. "one cluster", "zero variance". */
export function noteOf(measured: Measured): string | undefined {
  if (!isEstimate(measured)) return measured.note;
  return measured.zeroVariance === true ? "zero variance" : undefined;
}
