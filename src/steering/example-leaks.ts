import { PreceptError } from "../errors.ts";
import { splitWords } from "../reading/index.ts";
import type { ExampleSet } from "./examples.ts";

/** Words that follow each other; of a shorter text, all. */
const WORDS = 8;
/** From this share on an item counts as known from an example. */
const SHARED = 0.8;

/** Items that share 0.8 or more of their runs of eight words with an example: measuring on them measures copying. */
export function findLeaks(
  items: readonly { readonly id: string; readonly input: string }[],
  examples: ExampleSet,
): { readonly item: string; readonly example: string; readonly share: number }[] {
  const known = examples.map((example) => ({ id: example.id, words: splitWords(example.input) }));
  return items.flatMap(({ id, input }) => {
    const words = splitWords(input);
    const size = Math.min(WORDS, words.length);
    const own = runsOf(words, size);
    if (own.size === 0) return [];
    return known.flatMap((example) => {
      const theirs = runsOf(example.words, size);
      const share = [...own].filter((run) => theirs.has(run)).length / own.size;
      return share >= SHARED ? [{ item: id, example: example.id, share }] : [];
    });
  });
}

/** @throws PreceptError input-invalid where an item is known from an example. */
export function refuseLeaks(
  items: readonly { readonly id: string; readonly input: string }[],
  examples: ExampleSet,
  where: string,
): void {
  const leaks = findLeaks(items, examples);
  const [first] = leaks;
  if (first === undefined) return;
  const others = leaks.length > 1 ? `, and ${leaks.length - 1} more` : "";
  throw new PreceptError("input-invalid", {
    attempted: `Measuring with the examples of ${where}`,
    found: `item ${first.item} shares ${Math.round(100 * first.share)} % of its wording with the example ${first.example}${others}`,
    expected: `items that share less than ${100 * SHARED} % of their runs of ${WORDS} words with any example`,
    remedy: "take the item out, or the example",
  });
}

function runsOf(words: readonly string[], size: number): Set<string> {
  const runs = new Set<string>();
  for (let at = 0; size > 0 && at + size <= words.length; at++) runs.add(words.slice(at, at + size).join(" "));
  return runs;
}
