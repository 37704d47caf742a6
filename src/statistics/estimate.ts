/** A number with its 95 % interval, and how many independent values it rests on. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** All values were equal: the interval has no width because nothing varied, not because much is known. */
  readonly zeroVariance?: true | undefined;
}
