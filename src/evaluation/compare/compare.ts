import {
  attempt,
  type Comparative,
  type Estimate,
  holm,
  mcnemar,
  newcombePaired,
  pairedTest,
  sampleSizePaired,
  verdictOf,
} from "../../statistics/index.ts";
import { type Matching, type MeasuredItem, type MeasuredSubject, pairItems } from "./pairs.ts";

export type Direction = "higher" | "lower" | "neither";

/** One metric of one group of items: this subject minus the baseline. */
export interface ComparisonRow {
  readonly metric: string;
  /** What the items have in common, e.g. { split: "heldOut" }. */
  readonly group: Readonly<Record<string, string>>;
  readonly better: Direction;
  /** Items with a value on both sides. */
  readonly n: number;
  /** Pairs with a verdict on one side only, or on neither. */
  readonly undetermined: number;
  /** Of a rate: the difference if every pair without a verdict spoke against the candidate's sign, and for it; else absent. */
  readonly bounds?: readonly [number, number] | undefined;
  /** Means of both sides over those n. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  readonly difference: Estimate | null;
  readonly pValue: number | null;
  /** Holm's over all rows of the table. */
  readonly adjustedP: number | null;
  readonly verdict: Comparative | "different";
  /** Items that would tell this difference from 0 with 80 % power; null where it is 0. */
  readonly nToTell: number | null;
  /** The difference that n items tell with 80 % power. */
  readonly detectable: number | null;
  /** Why there is no verdict, where the data are the reason. */
  readonly note?: string | undefined;
}

export interface Comparison {
  readonly baseline: string;
  readonly candidate: string;
  readonly pairs: number;
  readonly leftOut: readonly [number, number];
  readonly rows: readonly ComparisonRow[];
}

export interface CompareOptions {
  readonly matching?: Matching;
  /** Groups by which every metric is cut besides all items; default split and principle. */
  readonly by?: readonly string[];
  /** Which way is good; a metric without direction is "different" or not. */
  readonly directions?: (metric: string) => Direction;
}

/**
 * The candidate against the baseline on the same prompts, metric by metric and group by group: paired differences,
 * McNemar's exact test where both sides are true or false, Student's t over clusters else; Holm over the whole table.
 * @throws PreceptError as `pairItems`.
 */
export function compareSubjects(
  baseline: MeasuredSubject,
  candidate: MeasuredSubject,
  options: CompareOptions = {},
): Comparison {
  const { matching = "same", by = ["split", "principle"], directions = () => "neither" } = options;
  const { pairs, leftOut } = pairItems(baseline, candidate, matching);
  const cuts = groupsOf(pairs, by);
  const metrics = [...new Set(pairs.flatMap(([a, b]) => [...Object.keys(a.values), ...Object.keys(b.values)]))];
  const rows = cuts.flatMap(({ group, members }) =>
    metrics.flatMap((metric) => {
      const row = compareMetric(metric, members, directions(metric));
      return row === undefined ? [] : [{ ...row, group }];
    }),
  );
  const tested = rows.filter(({ pValue }) => pValue !== null);
  const adjusted = new Map(holm(tested.map(({ pValue }) => pValue ?? 1)).map((p, i) => [tested[i], p]));
  return {
    baseline: baseline.name,
    candidate: candidate.name,
    pairs: pairs.length,
    leftOut,
    rows: rows.map((row) => {
      const adjustedP = adjusted.get(row) ?? null;
      return { ...row, adjustedP, verdict: verdictOn(row, adjustedP) };
    }),
  };
}

type Pair = readonly [MeasuredItem, MeasuredItem];
type Row = Omit<ComparisonRow, "adjustedP" | "verdict" | "group">;

function verdictOn({ difference, better, bounds }: Row, adjustedP: number | null): ComparisonRow["verdict"] {
  if (difference === null || adjustedP === null) return "cannot tell";
  // What has no verdict may turn the difference round.
  if (bounds !== undefined && bounds[0] <= 0 && bounds[1] >= 0) return "cannot tell";
  const verdict = verdictOf(difference, better !== "lower", adjustedP);
  return verdict !== "cannot tell" && better === "neither" ? "different" : verdict;
}

interface Cut {
  readonly group: Readonly<Record<string, string>>;
  readonly members: readonly Pair[];
}

/** Every value of the first key that items have; within it every value of the further ones, unless it is the same items again. */
function groupsOf(pairs: readonly Pair[], by: readonly string[]): Cut[] {
  const [first, ...rest] = by.filter((key) => pairs.some(([item]) => item.groups[key] !== undefined));
  if (first === undefined) return [{ group: {}, members: pairs }];
  const cut = (members: readonly Pair[], key: string, group: Cut["group"]): Cut[] =>
    [
      ...Map.groupBy(
        members.filter(([item]) => item.groups[key] !== undefined),
        ([item]) => item.groups[key] ?? "",
      ),
    ].map(([value, part]) => ({ group: { ...group, [key]: value }, members: part }));
  return cut(pairs, first, {}).flatMap((whole) => [
    whole,
    ...rest
      .flatMap((key) => cut(whole.members, key, whole.group))
      .filter(({ members }) => members.length < whole.members.length),
  ]);
}

/** One metric over pairs; undefined where it applies to none of them on both sides. */
function compareMetric(metric: string, members: readonly Pair[], better: Direction): Row | undefined {
  const applies = members.filter(([a, b]) => a.values[metric] !== undefined && b.values[metric] !== undefined);
  if (applies.length === 0) return undefined;
  const judged = applies.flatMap(([a, b]) => {
    const [before, after] = [a.values[metric] ?? null, b.values[metric] ?? null];
    return before === null || after === null ? [] : [{ before, after, cluster: a.cluster ?? `item ${a.id}` }];
  });
  const n = judged.length;
  const base = { metric, better, n, undetermined: applies.length - n };
  const none = { baseline: null, candidate: null, difference: null, pValue: null, nToTell: null, detectable: null };
  if (n === 0) return { ...base, ...none, note: "all undetermined" };
  const before = judged.map((pair) => Number(pair.before));
  const after = judged.map((pair) => Number(pair.after));
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const means = { baseline: average(before), candidate: average(after) };
  const clusters = judged.map(({ cluster }) => cluster);
  const isBinary = judged.every(({ before, after }) => typeof before === "boolean" && typeof after === "boolean");
  const isAlone = new Set(clusters).size === n;
  const test = attempt(() =>
    isBinary && isAlone ? testExact(after, before) : testClustered(after, before, clusters, isBinary),
  );
  if (test.outcome !== "estimated") return { ...base, ...none, ...means, note: test.reason };
  const { difference, pValue, deviation } = test.value;
  const [sum, open, all] = [n * difference.estimate, base.undetermined, applies.length];
  return {
    ...base,
    bounds: isBinary && open > 0 ? [(sum - open) / all, (sum + open) / all] : undefined,
    ...means,
    difference,
    pValue,
    nToTell:
      difference.estimate === 0 || deviation === 0 ? null : Math.ceil(sampleSizePaired(difference.estimate, deviation)),
    detectable: deviation === 0 ? null : Math.sqrt(sampleSizePaired(1, deviation) / n),
    ...(difference.zeroVariance === true ? { note: "zero variance" } : {}),
  };
}

interface Tested {
  readonly difference: Estimate;
  readonly pValue: number;
  /** Of one item's difference; over clusters, what one item counts for. */
  readonly deviation: number;
}

function testExact(after: readonly number[], before: readonly number[]): Tested {
  const found = mcnemar(after.map(Boolean), before.map(Boolean));
  const { n, onlyFirst, onlySecond, pValue, difference } = found;
  // One more on either side, as in the interval: no discordant pair among n is no proof that there are none.
  const discordant = (onlyFirst + onlySecond + 2) / (n + 2);
  return { difference, pValue, deviation: Math.sqrt(Math.max(0, discordant - difference.estimate ** 2)) };
}

function testClustered(
  after: readonly number[],
  before: readonly number[],
  clusters: readonly string[],
  isBinary: boolean,
): Tested {
  const { difference, pValue } = pairedTest(after, before, clusters);
  const { estimate, low, high, n, zeroVariance, standardError, clusters: count } = difference;
  const deviation = standardError * Math.sqrt(n);
  if (!(isBinary && low === high)) return { difference: { estimate, low, high, n, zeroVariance }, pValue, deviation };
  // Clusters that all differ alike say little of those not seen: as many pairs as there are clusters.
  const pairs = mcnemar(after.map(Boolean), before.map(Boolean));
  const share = (of: number): number => (of * count) / n;
  const { low: least, high: most } = newcombePaired({
    n: count,
    bothTrue: share(pairs.bothTrue),
    onlyFirst: share(pairs.onlyFirst),
    onlySecond: share(pairs.onlySecond),
    neither: share(pairs.neither),
  });
  return { difference: { estimate, low: least, high: most, n }, pValue, deviation };
}
