import { benjaminiHochberg, compareShares, type SharesCompared } from "../../statistics/index.ts";
import type { Maxima, Side } from "./maxima.ts";

/** How often a feature is active in the texts of a group, before and after. */
export interface GroupRates {
  readonly group: string;
  readonly before: number;
  readonly after: number;
  readonly n: number;
}

export interface ChangedFeature {
  readonly feature: number;
  readonly side: Side;
  /** Share of texts in which it is active. */
  readonly before: number;
  readonly after: number;
  /** after − before, with its interval (texts are paired, which the interval does not use: it is the wider for it). */
  readonly difference: SharesCompared["difference"];
  /** Of the difference, after Benjamini and Hochberg over all features and both sides. */
  readonly q: number;
  /** By principle that governs the request, the greatest change first. */
  readonly groups: readonly GroupRates[];
  /** Texts in whose group it changed most and in which it is new, or gone. */
  readonly texts: readonly number[];
}

export interface DiffRequest {
  readonly before: Maxima;
  readonly after: Maxima;
  /** The group of every text. */
  readonly groups: readonly string[];
  /** Only features whose change is this unlikely by chance. Default 0.01. */
  readonly level?: number;
}

/** Features that are active in more texts after than before, or in fewer, the greatest change first. */
export function diffFeatures({ before, after, groups, level = 0.01 }: DiffRequest): ChangedFeature[] {
  const { units } = before;
  const n = groups.length;
  const compared = (["request", "answer"] as const).flatMap((side) =>
    Array.from({ length: units }, (_, feature) => {
      const count = ({ of }: Maxima): number => countActive(of[side], units, feature);
      const [first, second] = [count(before), count(after)];
      return { side, feature, first, second, shares: compareShares({ successes: first, n }, { successes: second, n }) };
    }),
  );
  const q = benjaminiHochberg(compared.map(({ shares }) => shares.pValue));
  return compared
    .map((one, index) => ({ ...one, q: q[index]! }))
    .filter((one) => one.q <= level)
    .sort((a, b) => Math.abs(b.second - b.first) - Math.abs(a.second - a.first) || a.feature - b.feature)
    .map(({ side, feature, first, second, shares, q: own }) => {
      const byGroup = ratesByGroup({ before, after, groups }, side, feature);
      const isActive = ({ of }: Maxima, text: number): boolean => of[side][text * units + feature]! > 0;
      const [top] = byGroup;
      const rises = second > first;
      const texts = groups.flatMap((group, text) => {
        const [was, is] = [isActive(before, text), isActive(after, text)];
        return group === top?.group && (rises ? is && !was : was && !is) ? [text] : [];
      });
      return {
        feature,
        side,
        before: first / n,
        after: second / n,
        difference: shares.difference,
        q: own,
        groups: byGroup,
        texts: texts.slice(0, 5),
      };
    });
}

function countActive(table: Float32Array, units: number, feature: number): number {
  let count = 0;
  for (let at = feature; at < table.length; at += units) if (table[at]! > 0) count++;
  return count;
}

function ratesByGroup({ before, after, groups }: DiffRequest, side: Side, feature: number): GroupRates[] {
  const { units } = before;
  const counts = new Map<string, { before: number; after: number; n: number }>();
  for (const [text, group] of groups.entries()) {
    const own = counts.get(group) ?? { before: 0, after: 0, n: 0 };
    own.n++;
    if (before.of[side][text * units + feature]! > 0) own.before++;
    if (after.of[side][text * units + feature]! > 0) own.after++;
    counts.set(group, own);
  }
  return [...counts]
    .map(([group, own]) => ({ group, before: own.before / own.n, after: own.after / own.n, n: own.n }))
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || a.group.localeCompare(b.group));
}
