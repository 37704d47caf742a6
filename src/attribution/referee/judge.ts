import type { Estimate, Measured } from "../../statistics/index.ts";
import { foretell, linearDatamodelingScore, slopeOf } from "./lds.ts";
import { drawHalf, type Retraining } from "./retrain.ts";

/** One row of examples for each query: what a method says. */
export type ScoreTable = readonly ArrayLike<number>[];

export interface JudgedMethod {
  readonly method: string;
  readonly lds: Estimate;
  /** What came of one unit that was foretold; undefined where nothing was foretold. */
  readonly slope: number | undefined;
}

export interface Judgement {
  readonly rows: readonly JudgedMethod[];
  /** Retrainings on the same halves in another order of training, held against the first ones: no method can do better on the average. */
  readonly ceiling: Measured;
  readonly retrainings: number;
  readonly queries: number;
}

/** The linear datamodeling score of each method over some of the queries, by what retraining on halves came to. */
export function judgeMethods(
  methods: ReadonlyMap<string, ScoreTable>,
  retrainings: readonly Retraining[],
  options: { readonly examples: number; readonly queries: readonly number[]; readonly seed: number },
): Judgement {
  const { examples, queries, seed } = options;
  const outputsOf = (set: number): number[][] => {
    const own = retrainings.filter((one) => one.set === set).sort((a, b) => a.subset - b.subset);
    return queries.map((query) => own.map(({ outputs }) => outputs[query] ?? 0));
  };
  const actual = outputsOf(0);
  const subsets = Array.from({ length: actual[0]?.length ?? 0 }, (_, subset) => drawHalf(examples, seed, subset));
  const rows = [...methods].map(([method, table]): JudgedMethod => {
    const foretold = queries.map((query) => foretell(table[query] ?? [], subsets));
    return { method, lds: linearDatamodelingScore(foretold, actual, seed), slope: slopeOf(foretold, actual) };
  });
  const again = outputsOf(1);
  const both = again[0]?.length ?? 0;
  const ceiling: Measured =
    both < 4
      ? { estimate: null, low: null, high: null, n: both, note: "fewer than four halves were trained twice" }
      : linearDatamodelingScore(
          again,
          actual.map((outputs) => outputs.slice(0, both)),
          seed,
        );
  return { rows, ceiling, retrainings: subsets.length, queries: queries.length };
}

/** The row with the best score. */
export const bestOf = (rows: readonly JudgedMethod[]): JudgedMethod | undefined =>
  [...rows].sort((a, b) => b.lds.estimate - a.lds.estimate)[0];
