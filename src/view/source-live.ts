/** How far a run is, as it goes. Types alone, read by Node and the browser. */
export interface LiveRun {
  readonly isRunning: boolean;
  readonly stages: readonly LiveStage[];
  /** What models of providers were asked for so far; null where none are. */
  readonly spent: {
    readonly calls: number;
    /** US dollars; null where a price is not known. */
    readonly cost: number | null;
    /** As the command limits it, and as the plan foresaw it. */
    readonly mostCost: number | null;
    readonly planned: { readonly low: number; readonly high: number } | null;
  } | null;
  /** What the monitors said so far. */
  readonly alarms: readonly string[];
  /** Changes whenever records were written. */
  readonly version: string;
}

export interface LiveStage {
  readonly name: string;
  readonly status: "running" | "done";
  /** "prompts", "comparisons", "steps", "records". */
  readonly unit: string;
  readonly done: number;
  /** Null where it is not known beforehand. */
  readonly total: number | null;
  /** A second, over the last half minute; null until there is one. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}
