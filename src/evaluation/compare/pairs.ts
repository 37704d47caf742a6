import { PreceptError } from "../../errors.ts";

/**
 * One item as measured of one subject. Values by metric: absent, the metric does not apply; null, it applies but there is no
 * verdict; several samples of one item are its mean.
 */
export interface MeasuredItem {
  readonly id: string;
  /** What was asked, word for word: two subjects are comparable where it is the same. */
  readonly asked: string;
  /** Items of one cluster are not independent. Absent: the item stands alone. */
  readonly cluster?: string | undefined;
  /** What results are cut by, e.g. { split: "heldOut", principle: "privacy" }. */
  readonly groups: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, boolean | number | null>>;
}

/** A subject as it was measured: its items, by name. */
export interface MeasuredSubject {
  readonly name: string;
  readonly items: readonly MeasuredItem[];
}

/** How items of two subjects are found to be the same: not at all ("same": they must be), by what was asked, or by id. */
export type Matching = "same" | "prompt" | "id";

export interface Paired {
  readonly pairs: readonly (readonly [MeasuredItem, MeasuredItem])[];
  /** Items on one side only. */
  readonly leftOut: readonly [number, number];
}

/**
 * The items that both sides answered, in the order of the first. With "same" (default) every item must be on both sides
 * with the same words; "prompt" keeps the requests that both were asked; "id" the ids, whatever the words.
 * @throws PreceptError input-invalid when the subjects were asked different things; not-enough-evidence when nothing matches.
 */
export function pairItems(first: MeasuredSubject, second: MeasuredSubject, matching: Matching = "same"): Paired {
  const attempted = `Comparing ${first.name} with ${second.name}`;
  const keyOf = (item: MeasuredItem): string =>
    matching === "prompt" ? `${item.groups["split"] ?? ""}\n${item.asked}` : item.id;
  const others = byKey(attempted, second, keyOf);
  const own = byKey(attempted, first, keyOf);
  const pairs: (readonly [MeasuredItem, MeasuredItem])[] = [];
  let reworded: MeasuredItem | undefined;
  for (const [key, item] of own) {
    const other = others.get(key);
    if (other === undefined) continue;
    if (matching === "same" && item.asked !== other.asked) reworded ??= item;
    pairs.push([item, other]);
  }
  const leftOut = [own.size - pairs.length, others.size - pairs.length] as const;
  if (matching === "same" && (reworded !== undefined || leftOut[0] + leftOut[1] > 0)) {
    throw new PreceptError("input-invalid", {
      attempted,
      found:
        reworded === undefined
          ? `${pairs.length} items on both sides, ${leftOut[0]} on the first alone, ${leftOut[1]} on the second alone`
          : `other words under the same id, first at ${reworded.id}`,
      expected: "the same prompts on both sides, since differences are taken prompt by prompt",
      remedy:
        "evaluate both on the same prompts, or say how to match them: --match prompt (the same words) or --match id",
    });
  }
  if (pairs.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted,
      found: `no item on both sides (${own.size} and ${others.size})`,
      expected: "one item or more that both answered",
      remedy: "evaluate both on the same prompts",
    });
  }
  return { pairs, leftOut };
}

function byKey(
  attempted: string,
  { name, items }: MeasuredSubject,
  keyOf: (item: MeasuredItem) => string,
): Map<string, MeasuredItem> {
  const map = new Map<string, MeasuredItem>();
  for (const item of items) {
    const key = keyOf(item);
    // The same request twice under two ids: the first stands for it.
    if (map.has(key) && keyOf(item) === item.id) {
      throw new PreceptError("input-invalid", {
        attempted,
        found: `the item ${item.id} twice in ${name}`,
        expected: "every item once, its samples averaged",
      });
    }
    if (!map.has(key)) map.set(key, item);
  }
  return map;
}
