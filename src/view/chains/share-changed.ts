/**
 * Share of the words of two texts that only one of them has, 0–1, wherever they stand: what a list orders by, and what takes no
 * longer for long texts.
 */
export function shareChanged(before: string, after: string): number {
  const counts = new Map<string, number>();
  const [old, young] = [before, after].map((text) => text.split(/\s+/u).filter((word) => word !== ""));
  for (const word of old ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of young ?? []) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    counts.set(word, left - 1);
    common += 1;
  }
  const all = (old?.length ?? 0) + (young?.length ?? 0) - common;
  return all === 0 ? 0 : (all - common) / all;
}
