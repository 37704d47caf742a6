/** Where long work says how far it is. `start` ends what was running before it. */
export interface Progress {
  /** `total` items of `unit` (plural: "prompts", "steps") will be done; `label` says what they are. */
  start(stage: string, label: string, total: number, unit: string): void;
  advance(items: number, cost?: { readonly tokens?: number }): void;
  /** A line of its own that stays. */
  message(text: string): void;
  finish(): void;
}

/** Says nothing: tests and libraries. */
export const silentProgress: Progress = {
  start: () => undefined,
  advance: () => undefined,
  message: () => undefined,
  finish: () => undefined,
};
