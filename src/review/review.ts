import { type AnyRecord, recordsOf, type StoredRun } from "../runs/index.ts";
import { Descent } from "./descent.ts";
import { hashRecord, type Mark, readSoundMarks } from "./marks.ts";

/** "disputed": one person drops what another keeps; the record stays. */
export type Verdict = "drop" | "keep" | "disputed";

/** What marks come to for one record. */
export interface Decision {
  readonly verdict: Verdict;
  /** What each person says of it: the nearest of their marks. */
  readonly marks: readonly Mark[];
}

/** A record that marks reach: its own, or those of what it was made from. */
export interface Reached extends Decision {
  readonly id: string;
  readonly type: string;
}

/** A mark with what became of its record: "changed" and "gone" ones reach nothing. */
export interface ListedMark extends Mark {
  readonly record: "fits" | "changed" | "gone";
  /** Records that it decides on for this person, its own included, by type. */
  readonly reaches: Readonly<Record<string, number>>;
}

/** What the people who read a run said of its records, and what it comes to. */
export interface Review {
  /** sha256 of review.jsonl; null where nobody marked anything. */
  readonly hash: string | null;
  readonly marks: readonly ListedMark[];
  /** Every record that marks reach, by id. */
  readonly reached: ReadonlyMap<string, Reached>;
}

/** Reads a run's review with what its marks reach. @throws PreceptError run-invalid naming a damaged line. */
export async function readReview(run: StoredRun): Promise<Review> {
  const { marks, hash } = await readSoundMarks(run.folder);
  const records = async function* () {
    for await (const { record } of recordsOf(run)) yield record;
  };
  return { hash, ...(await reviewRecords(marks, records)) };
}

/** What marks come to among records, which are read twice: those of a run, or of one chain. */
export async function reviewRecords(
  marks: readonly Mark[],
  records: () => AsyncIterable<AnyRecord> | Iterable<AnyRecord>,
): Promise<Omit<Review, "hash">> {
  const reached = new Map<string, Reached>();
  if (marks.length === 0) return { marks: [], reached };
  const descent = new Descent();
  const hashes = new Map(marks.map(({ id }) => [id, new Set<string>()]));
  for await (const record of records()) {
    descent.add(record);
    hashes.get(record.id)?.add(hashRecord(record));
  }
  const stateOf = ({ id, recordHash }: Mark): ListedMark["record"] => {
    const found = hashes.get(id) ?? new Set();
    return found.has(recordHash) ? "fits" : found.size === 0 ? "gone" : "changed";
  };
  const decisions = decide(
    marks.filter((mark) => stateOf(mark) === "fits"),
    descent,
  );
  const counts = new Map<Mark, Record<string, number>>();
  for await (const { id, type } of records()) {
    const own = decisions.get(descent.find(id) ?? -1);
    if (own === undefined || reached.has(id)) continue;
    const kind = typeof type === "string" ? type : "record";
    reached.set(id, { id, type: kind, ...own });
    for (const mark of own.marks) {
      const count = counts.get(mark) ?? {};
      counts.set(mark, { ...count, [kind]: (count[kind] ?? 0) + 1 });
    }
  }
  const listed = marks.map((mark) => ({ ...mark, record: stateOf(mark), reaches: counts.get(mark) ?? {} }));
  return { marks: listed, reached };
}

/** What marks come to for every record that they reach, by its number; each mark fits its record as it stands. */
export function decide(marks: readonly Mark[], descent: Descent): ReadonlyMap<number, Decision> {
  const nearest = nearestMarks(
    marks.filter(({ mark }) => mark !== null),
    descent,
  );
  const decisions = new Map<number, Decision>();
  for (const [number, own] of nearest) {
    const said = [...own.values()].map(({ mark }) => mark);
    decisions.set(number, { verdict: verdictOf(said), marks: said });
  }
  return decisions;
}

interface Near {
  readonly steps: number;
  readonly mark: Mark;
}

/** For each record that is reached, the nearest mark of each person; of two as near, the one that drops. */
function nearestMarks(marks: readonly Mark[], descent: Descent): Map<number, Map<string, Near>> {
  const nearest = new Map<number, Map<string, Near>>();
  for (const mark of marks) {
    const from = descent.find(mark.id);
    if (from === undefined) continue;
    for (const [number, steps] of descent.from(from)) {
      const own = nearest.get(number) ?? new Map<string, Near>();
      const known = own.get(mark.by);
      const isNearer = known === undefined || steps < known.steps || (steps === known.steps && mark.mark === "drop");
      if (isNearer) own.set(mark.by, { steps, mark });
      nearest.set(number, own);
    }
  }
  return nearest;
}

function verdictOf(said: readonly Mark[]): Verdict {
  const isDropped = said.some(({ mark }) => mark === "drop");
  const isKept = said.some(({ mark }) => mark === "keep");
  return isDropped && isKept ? "disputed" : isDropped ? "drop" : "keep";
}
