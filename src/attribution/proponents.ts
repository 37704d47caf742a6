import { type MethodName, methodsOf, type Scores } from "./attribution-index.ts";
import type { TrainingExample } from "./examples.ts";

/** One training example beside an answer, as every method sees it. */
export interface AttributedExample {
  readonly example: TrainingExample;
  /** What each method says, and its place among all examples, 1 for the most. */
  readonly byMethod: Readonly<Partial<Record<MethodName, { readonly score: number; readonly rank: number }>>>;
  /** Methods that have it among the first hundredth (at least ten) of the examples. */
  readonly agreement: number;
}

/** The examples that pushed an answer up most, by one method, with what the others say; or those that pushed it down most. */
export function findProponents(
  examples: readonly TrainingExample[],
  scores: Scores,
  {
    method,
    top,
    isOpposed = false,
  }: { readonly method: MethodName; readonly top: number; readonly isOpposed?: boolean },
): AttributedExample[] {
  const names = methodsOf(scores);
  const orders = names.map((name): [MethodName, number[]] => [name, orderBy(scores[name] ?? [], false)]);
  const ranks = new Map(
    orders.map(([name, order]) => {
      const places = new Uint32Array(order.length);
      for (const [rank, place] of order.entries()) places[place] = rank + 1;
      return [name, places] as const;
    }),
  );
  const first = Math.max(10, Math.ceil(examples.length / 100));
  return orderBy(scores[method] ?? [], isOpposed)
    .slice(0, top)
    .flatMap((place) => {
      const example = examples[place];
      if (example === undefined) return [];
      const entries = names.map((name) => {
        return [name, { score: scores[name]?.[place] ?? 0, rank: ranks.get(name)?.[place] ?? 0 }] as const;
      });
      const agreement = entries.filter(([, { rank }]) => rank <= first).length;
      return [{ example, byMethod: Object.fromEntries(entries) as AttributedExample["byMethod"], agreement }];
    });
}

/** Places from the largest value to the smallest, or the other way round. */
export function orderBy(values: ArrayLike<number>, isAscending: boolean): number[] {
  const sign = isAscending ? 1 : -1;
  return Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)),
  );
}
