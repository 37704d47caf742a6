import type { DerivedRecord } from "./provenance.ts";

/**
 * Everything a record was made from, nearest first, each once. Parents that are no records (prompt ids) end a line.
 * A record that reaches itself is visited once, so a damaged file cannot hang the walk.
 */
export function lineage(records: ReadonlyMap<string, DerivedRecord>, id: string): DerivedRecord[] {
  const seen = new Set<string>([id]);
  const ancestors: DerivedRecord[] = [];
  let level = records.get(id)?.parents ?? [];
  while (level.length > 0) {
    const next: string[] = [];
    for (const parent of level) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      const record = records.get(parent);
      if (record === undefined) continue;
      ancestors.push(record);
      next.push(...record.parents);
    }
    level = next;
  }
  return ancestors;
}

/** Ids of the principles that shaped a record: its own and those of everything it was made from, nearest first. */
export function shapingPrinciples(records: ReadonlyMap<string, DerivedRecord>, id: string): string[] {
  const record = records.get(id);
  const line = record === undefined ? [] : [record, ...lineage(records, id)];
  const principles = new Set<string>();
  for (const each of line) {
    if (each.principleId !== null) principles.add(each.principleId);
    for (const { principleId } of each.evidence ?? []) principles.add(principleId);
  }
  return [...principles];
}
