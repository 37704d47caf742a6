import type { Measured } from "../../statistics/index.ts";
import { noEstimate, type Scored, smoothMeasure } from "./measures.ts";

/**
 * Mean over groups of the groups' own means, by the delta method; `read` gives a row's value, undefined where it has none.
 * A group without a value makes the macro mean undefined, and is named.
 */
export function macroMean(
  rows: readonly Scored[],
  group: string,
  read: (row: Scored) => number | undefined,
  bounds: readonly [number, number] = [0, 1],
): Measured {
  const names = [...new Set(rows.map(({ groups }) => groups[group] ?? ""))];
  const found = rows.flatMap((row) => {
    const value = read(row);
    return value === undefined ? [] : [{ row, value, place: names.indexOf(row.groups[group] ?? "") }];
  });
  const counts = names.map((_, place) => found.filter((one) => one.place === place).length);
  const empty = names.filter((_, place) => counts[place] === 0);
  if (names.length === 0 || empty.length > 0)
    return noEstimate(`nothing in ${empty.join(", ") || "any group"}`, found.length);
  const n = found.length;
  const columns = found.map(({ value, place }) => names.flatMap((_, own) => (own === place ? [value, 1] : [0, 0])));
  const sums = names.map((_, place) => found.reduce((sum, one) => sum + (one.place === place ? one.value : 0), 0));
  const means = names.map((_, place) => (sums[place] ?? 0) / (counts[place] ?? 1));
  const gradient = names.flatMap((_, place) => {
    const share = (counts[place] ?? 1) / n;
    return [1 / (names.length * share), -(means[place] ?? 0) / (names.length * share)];
  });
  const estimate = means.reduce((sum, mean) => sum + mean, 0) / names.length;
  return smoothMeasure(
    columns,
    found.map(({ row }, index) => row.cluster ?? `#${index}`),
    estimate,
    gradient,
    bounds,
  );
}
