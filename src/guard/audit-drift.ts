import { compareShares, type Estimate, holm, verdictOf, wilson } from "../statistics/index.ts";
import type { TimeBin } from "./time-bins.ts";

/** How the share of texts that break a principle went over time, and whether it changed. */
export interface Drift {
  /** What is counted: texts that were acted on; of a guard that only observes, texts in which something was found. */
  readonly measure: "acted" | "found";
  readonly binMs: number;
  /** The bins that hold a text; ISO 8601. */
  readonly bins: readonly DriftBin[];
  /** What is compared: bins from either end with a third of the texts or more; undefined where all stand in one bin. */
  readonly parts: { readonly first: DriftPart; readonly last: DriftPart } | undefined;
  /** Those that were ever counted. */
  readonly principles: readonly PrincipleDrift[];
}

export interface DriftBin {
  readonly from: string;
  readonly texts: number;
  /** By principle, with Wilson's intervals; those never counted in the log left out. */
  readonly shares: Readonly<Record<string, Estimate>>;
}

export interface DriftPart {
  readonly from: string;
  /** Not of the part any more. */
  readonly to: string;
  readonly texts: number;
}

export interface PrincipleDrift {
  readonly id: string;
  readonly first: Estimate;
  readonly last: Estimate;
  /** Last minus first, Newcombe's interval. */
  readonly difference: Estimate;
  /** Fisher's exact test, Holm's over the principles. */
  readonly adjustedP: number;
  readonly verdict: "rose" | "fell" | "cannot tell";
}

/** Shares over time and their test. Texts count as independent: of a dialogue that is judged at each turn, each turn counts. */
export function readDrift(bins: readonly TimeBin[], binMs: number): Drift {
  const measure = bins.some(({ acted }) => acted.size > 0) ? "acted" : "found";
  const ids = [...new Set(bins.flatMap((bin) => [...bin[measure].keys()]))].sort();
  const told = bins.map((bin) => ({
    from: new Date(bin.from).toISOString(),
    texts: bin.texts,
    shares: Object.fromEntries(ids.map((id) => [id, wilson(bin[measure].get(id) ?? 0, bin.texts)])),
  }));
  const parts = splitParts(bins);
  if (parts === undefined) return { measure, binMs, bins: told, parts, principles: [] };
  const trialsOf = (part: readonly TimeBin[], id: string) => ({
    successes: sum(part.map((bin) => bin[measure].get(id) ?? 0)),
    n: sum(part.map(({ texts }) => texts)),
  });
  const compared = ids.map((id) => {
    const [first, last] = [trialsOf(parts.first, id), trialsOf(parts.last, id)];
    return { id, first, last, ...compareShares(first, last) };
  });
  const adjusted = holm(compared.map(({ pValue }) => pValue));
  return {
    ...{ measure, binMs, bins: told },
    parts: { first: tellPart(parts.first, binMs), last: tellPart(parts.last, binMs) },
    principles: compared.map(({ id, first, last, difference }, i) => {
      const adjustedP = adjusted[i] ?? 1;
      const verdict = verdictOf(difference, true, adjustedP);
      return {
        ...{ id, difference, adjustedP },
        first: wilson(first.successes, first.n),
        last: wilson(last.successes, last.n),
        verdict: verdict === "better" ? "rose" : verdict === "worse" ? "fell" : verdict,
      };
    }),
  };
}

/** Whole bins from either end, each a third of all texts or more, as long as they do not meet. */
function splitParts(bins: readonly TimeBin[]) {
  const third = sum(bins.map(({ texts }) => texts)) / 3;
  if (bins.length < 2) return undefined;
  let [end, start] = [1, bins.length - 1];
  const textsIn = (from: number, to: number): number => sum(bins.slice(from, to).map(({ texts }) => texts));
  while (textsIn(0, end) < third && end < start) end += 1;
  while (textsIn(start, bins.length) < third && start > end) start -= 1;
  return { first: bins.slice(0, end), last: bins.slice(start) };
}

function tellPart(part: readonly TimeBin[], binMs: number): DriftPart {
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    from: iso(part[0]?.from ?? 0),
    to: iso((part.at(-1)?.from ?? 0) + binMs),
    texts: sum(part.map(({ texts }) => texts)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
