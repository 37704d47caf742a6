/** What the room "Lengths" shows: whether revisions make answers shorter. Types alone, read by Node and the browser. */
export interface Lengths {
  /** Chains with a revised row, and how many of them were read: evenly spread ones of many. */
  readonly chains: number;
  readonly read: number;
  /** Words of the answer, and of the row that was made of it. */
  readonly medianBefore: number;
  readonly medianAfter: number;
  /** By the principle that was revised under last, the one with most rows first. */
  readonly principles: readonly {
    readonly id: string;
    readonly shorter: number;
    readonly longer: number;
    readonly same: number;
  }[];
  /** Those that lost most, by the share of their words. */
  readonly shrunk: readonly ShrunkChain[];
}

export interface ShrunkChain {
  /** The prompt's id, by which the chain is opened. */
  readonly id: string;
  readonly title: string;
  readonly before: number;
  readonly after: number;
}
