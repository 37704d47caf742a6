/**
 * Nodes that are not on a way from node 0 and back to it along directed edges. Ford 1957: ratings have a finite best fit
 * exactly when every player is reached from every other along "did not only lose against".
 */
export function findUnreachable(size: number, edges: readonly (readonly [number, number])[]): Set<number> {
  const forward = findReached(size, edges);
  const backward = findReached(
    size,
    edges.map(([from, to]) => [to, from]),
  );
  return new Set(Array.from({ length: size }, (_, i) => i).filter((i) => !(forward.has(i) && backward.has(i))));
}

function findReached(size: number, edges: readonly (readonly [number, number])[]): Set<number> {
  const next: number[][] = Array.from({ length: size }, () => []);
  for (const [from, to] of edges) next[from]?.push(to);
  const seen = new Set([0]);
  for (const node of seen) for (const other of next[node] ?? []) seen.add(other);
  return seen;
}
