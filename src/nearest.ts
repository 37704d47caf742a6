/**
 * Edits between two strings, a swap of neighbours being one edit (optimal string alignment).
 * d(i,j) = min(d(i-1,j)+1, d(i,j-1)+1, d(i-1,j-1)+[a≠b], d(i-2,j-2)+1 when swapped).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Finds the known names closest to a mistyped one, best first: few edits, or one contains the other; at most `limit`. */
export function findNearest(name: string, known: readonly string[], limit = 3): string[] {
  const wanted = name.toLowerCase();
  return known
    .map((candidate, order) => {
      const lower = candidate.toLowerCase();
      const contained = wanted.length >= 3 && (lower.includes(wanted) || wanted.includes(lower));
      const distance = editDistance(wanted, lower);
      return { candidate, order, cost: contained ? Math.min(distance, 1) : distance, length: lower.length };
    })
    .filter(({ cost, length }) => cost <= Math.max(1, Math.floor(Math.max(length, wanted.length) * 0.4)))
    .sort((a, b) => a.cost - b.cost || a.order - b.order)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** |A ∩ B| / |A ∪ B| (Jaccard); 1 of two empty sets. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}
