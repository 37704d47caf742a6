/** A record as it was parsed, nothing known of it yet. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** What a list keeps of one of its items. */
export interface Item {
  /** Values by facet. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** Numbers to order by. */
  readonly columns: Readonly<Record<string, number>>;
  /** What words are looked for in. */
  readonly texts: readonly string[];
  /** Ids of its records that carry a mark in the list, such as a revision that puts words back. */
  readonly marked: ReadonlySet<string>;
  /** Numbers that are summed over all items, by `tallyKey`. */
  readonly tally?: Readonly<Record<string, number>> | undefined;
  /** Of what is tallied, the item that shows it best. */
  readonly examples?: Readonly<Record<string, { readonly score: number; readonly id: string }>> | undefined;
}

/** What is counted, of whom: "opposed", "help", "danger". */
export function tallyKey(...parts: readonly string[]): string {
  return parts.join("\n");
}

/** How the items of a list come out of the records of a file. */
export interface Listing {
  /** Columns of every item. */
  readonly columns: readonly string[];
  /** Records of one group stand together, and are one item or none. */
  readonly groupOf: (record: RawRecord) => string | undefined;
  readonly derive: (records: readonly RawRecord[]) => Item | undefined;
}

export function isRecord(value: unknown): value is RawRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textIn(record: RawRecord, field: string): string | undefined {
  const value = record[field];
  return typeof value === "string" ? value : undefined;
}

export function listIn(record: RawRecord, field: string): readonly unknown[] {
  const value = record[field];
  return Array.isArray(value) ? value : [];
}

export function namesIn(record: RawRecord, field: string): string[] {
  return listIn(record, field).filter((value) => typeof value === "string");
}

/** What divides the records of a type: finding, outcome, source … */
export function divisionOf(record: RawRecord): string | undefined {
  for (const field of ["finding", "outcome", "source", "kind", "split", "subject", "role", "verdict"]) {
    const value = textIn(record, field);
    if (value !== undefined) return value;
  }
  return undefined;
}
