// What a warm Vitest and its parent say to each other.

/** One test file to run, and the files changed since the last. */
export interface Asked {
  readonly test: string;
  readonly changed: readonly string[];
}

export interface TestResult {
  readonly durationMs: number;
  /** The first test that failed. */
  readonly failure?: string;
  /** No test of the file failed, but the file. */
  readonly isWhole?: boolean;
}
