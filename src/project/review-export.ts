import { hashReview, type Mark, readReview } from "../review/index.ts";
import type { StoredRun } from "../runs/index.ts";

/** What people's marks came to in a data set; without their names. */
export interface ReviewOfExport {
  readonly schemaVersion: 1;
  /** sha256 of the review.jsonl that was there. */
  readonly review: string;
  /** Whether it was left out of account, as somebody asked. */
  readonly isIgnored: boolean;
  /** Rows that are not here since somebody dropped them. */
  readonly dropped: number;
  /** The marks that did it: the record they stand on, what was noted, how many rows. */
  readonly reasons: readonly { readonly id: string; readonly note?: string | undefined; readonly rows: number }[];
  /** Rows that one person drops and another keeps: they stay. */
  readonly disputed: readonly string[];
  /** Marked records that have changed or are gone since: their marks were not applied. */
  readonly stale: readonly string[];
}

interface RowReview {
  /** Asked of each row that could go out. */
  isDropped(id: string): boolean;
  /** What it came to, once every row was asked about. */
  outcome(): ReviewOfExport;
}

/** Which rows of a run people dropped; undefined where nobody marked anything. @throws PreceptError run-invalid. */
export async function reviewForExport(run: StoredRun, isIgnored: boolean): Promise<RowReview | undefined> {
  const hash = hashReview(run.folder);
  if (hash === null) return undefined;
  const { marks, reached } = isIgnored ? { marks: [], reached: new Map() } : await readReview(run);
  const disputed: string[] = [];
  const rows = new Map<Mark, number>();
  return {
    isDropped: (id) => {
      const own = reached.get(id);
      if (own?.verdict === "disputed") disputed.push(id);
      if (own?.verdict !== "drop") return false;
      // A row that several people dropped counts with the first.
      const [mark] = own.marks;
      rows.set(mark, (rows.get(mark) ?? 0) + 1);
      return true;
    },
    outcome: () => ({
      schemaVersion: 1,
      review: hash,
      isIgnored,
      dropped: [...rows.values()].reduce((sum, n) => sum + n, 0),
      reasons: [...rows].map(([{ id, note }, n]) => ({ id, note, rows: n })),
      disputed,
      stale: marks.flatMap(({ id, record }) => (record === "fits" ? [] : [id])),
    }),
  };
}
