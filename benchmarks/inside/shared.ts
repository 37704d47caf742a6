import { terminalProgress } from "../../src/progress/index.ts";
import {
  type FeatureSettings,
  featureDefaults,
  type OpenedPlace,
  openPlace,
  siteFor,
} from "../../src/project/index.ts";
import type { Estimate } from "../../src/statistics/index.ts";

export interface InsideJob {
  readonly run: string;
  readonly scratch: string;
  /** Activations that are stored, and how often each is learned from. */
  readonly rows: number;
  readonly passes: number;
  /** Activations that either side learns from beside SAELens. */
  readonly learned: number;
  /** Dictionaries of the same recipe. */
  readonly seeds: number;
  /** Where directions of steering are looked for. */
  readonly layers: readonly number[];
  /** Requests of each split and side that steering is reported on, and requests that probes are learned from. */
  readonly requests: number;
  readonly items: number;
  /** Labelled texts that attributes are looked for in. */
  readonly texts: number;
  /** Of the frontier. */
  readonly sizes: readonly number[];
  readonly ks: readonly number[];
}

/** The layer and the site that are measured. */
export const siteOfJob = (place: OpenedPlace) => siteFor(place, "mlp", undefined);

export const progress = terminalProgress({ stream: process.stderr, env: process.env });

export const settingsOf = ({ rows, passes }: InsideJob, changes: Partial<FeatureSettings> = {}): FeatureSettings => ({
  ...featureDefaults,
  rows,
  passes,
  ...changes,
});

export async function withPlace<T>(place: string, body: (opened: OpenedPlace) => Promise<T>): Promise<T> {
  const opened = await openPlace(place);
  try {
    return await body(opened);
  } finally {
    await opened.model.dispose();
  }
}

export const percent = (share: number, digits = 1): string => (100 * share).toFixed(digits);

export const withInterval = ({ estimate, low, high }: Estimate, digits = 1): string =>
  `${percent(estimate, digits)} [${percent(low, digits)}–${percent(high, digits)}]`;

export const tableOf = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

/** Over seeds: "0.91 (0.88–0.94)", the mean with the least and the most; of one seed the value alone. */
export function spread(values: readonly number[], digits = 1): string {
  if (values.length === 0) return "–";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
}
