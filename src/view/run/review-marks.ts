import { accessSync, constants, statSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import {
  appendMarks,
  type DamagedMark,
  type Decision,
  decide,
  hashRecord,
  namePerson,
  readMarks,
  reviewPath,
  type Mark as Said,
  type Verdict,
} from "../../review/index.ts";
import { addBit, type Bits, emptyBits, type Table } from "../query/index.ts";
import { type RawRecord, textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import type { Notice } from "../source.ts";
import type { Mark, Reviewed, ReviewSummary, RowReview } from "../source-review.ts";
import type { NewMark } from "../source-rooms.ts";
import { keepInside } from "./inside.ts";
import { type MarkedPlace, MarkedRecords } from "./marked-records.ts";
import type { OpenRun } from "./open-run.ts";

/** Records that `export` writes a row for. */
const rowTypes: ReadonlySet<string> = new Set(["sl-example", "comparison"]);
/** Records by which an item reads that came to no row. */
const rowlessTypes: ReadonlySet<string> = new Set(["response", "no-label"]);

/** What people said of the records of a run, and what it comes to, as for `export`; read again whenever its file has changed. */
export class ReviewMarks {
  readonly #run: OpenRun;
  /** Those whose record is still as it was seen: one that was made again is another. */
  #marks: readonly Said[] = [];
  #notices: readonly Notice[] = [];
  #records: MarkedRecords;
  #decisions: ReadonlyMap<number, Decision> = new Map();
  #items: ReadonlyMap<Segment, ReadonlyMap<number, ItemMarks>> = new Map();
  #sets: ReadonlyMap<Segment, ReadonlyMap<string, Bits>> = new Map();
  #seen = { review: "", index: "" };

  constructor(run: OpenRun) {
    this.#run = run;
    this.#records = new MarkedRecords(run);
  }

  /** Reads again what has changed; a line that is damaged, or a file that cannot be read, is told by `notices`. */
  async refresh(): Promise<void> {
    const stat = statSync(reviewPath(this.#run.folder), { throwIfNoEntry: false });
    const review = JSON.stringify([stat?.mtimeMs, stat?.size]);
    const index = JSON.stringify(this.#run.files.map((file) => [file.path, file.index.version]));
    if (review === this.#seen.review && index === this.#seen.index) return;
    const { marks, notices } = await this.#read();
    if (index !== this.#seen.index) this.#records = new MarkedRecords(this.#run);
    this.#notices = notices;
    this.#marks = marks.filter(({ id, recordHash }) => this.#records.hashOf(id) === recordHash);
    this.#decisions = decide(this.#marks, this.#records.descent);
    this.#items = this.#itemsOf(this.#marks);
    this.#sets = new Map([...this.#items].map(([segment, own]) => [segment, setsOf(segment, own)]));
    this.#seen = { review, index };
  }

  /** What of the review could not be read. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** A segment with the facet "review". */
  readonly tableOf = (segment: Segment): Table => ({
    n: segment.n,
    bits: (facet, value) => (facet === "review" ? this.#sets.get(segment)?.get(value) : segment.bits(facet, value)),
    eachHolding: (...args) => segment.eachHolding(...args),
  });

  /** What marks come to for the rows of an item. */
  ofItem(segment: Segment, item: number): RowReview | null {
    const own = this.#items.get(segment)?.get(item);
    if (own === undefined) return null;
    return { verdict: verdictOrder.find((one) => own.verdicts.has(one)) ?? null, isNoted: own.isNoted };
  }

  /** What people said of a record, or of what it was made from; null where nobody said anything. */
  ofRecord(record: RawRecord): Reviewed | null {
    const id = textIn(record, "id") ?? "";
    const decision = this.#decisions.get(this.#records.descent.find(id) ?? -1);
    const here = this.#marks.filter((mark) => mark.id === id);
    const me = namePerson();
    const own = here.findLast(({ by }) => by === me);
    const said = new Set([...(decision?.marks ?? []), ...here]);
    if (said.size === 0) return null;
    return {
      verdict: decision?.verdict ?? null,
      own: own === undefined ? null : toMark(own),
      others: [...said].filter((mark) => mark !== own).map(toMark),
    };
  }

  async #read(): Promise<{ readonly marks: readonly Said[]; readonly notices: readonly Notice[] }> {
    try {
      const { marks, damaged } = await readMarks(this.#run.folder);
      return { marks, notices: noticesOf(damaged) };
    } catch (error) {
      if (!(error instanceof PreceptError)) throw error;
      return { marks: [], notices: [{ kind: "damaged", text: `No mark is shown: ${error.message}` }] };
    }
  }

  /** An item reads as its rows do; one that came to no row, as its answers do. */
  #itemsOf(fitting: readonly Said[]): Map<Segment, Map<number, ItemMarks>> {
    const items = new Map<Segment, Map<number, ItemMarks>>();
    const itemAt = ({ segment, number }: MarkedPlace): ItemMarks | undefined => {
      const item = segment.itemOf(number);
      if (item === undefined) return undefined;
      const own = items.get(segment) ?? new Map<number, ItemMarks>();
      const marks = own.get(item) ?? { verdicts: new Set(), isNoted: false };
      items.set(segment, own.set(item, marks));
      return marks;
    };
    for (const [number, { verdict }] of this.#decisions) {
      const place = this.#records.placeOf(number);
      if (place !== undefined && isDeciding(place)) itemAt(place)?.verdicts.add(verdict);
    }
    for (const { id, note } of fitting) {
      const place = this.#records.placeOf(this.#records.descent.find(id) ?? -1);
      const marks = note === undefined || place === undefined ? undefined : itemAt(place);
      if (marks !== undefined) marks.isNoted = true;
    }
    return items;
  }

  summary(): ReviewSummary {
    const rows = { drop: 0, keep: 0, disputed: 0 };
    for (const [number, { verdict }] of this.#decisions) {
      if (rowTypes.has(this.#records.placeOf(number)?.type ?? "")) rows[verdict] += 1;
    }
    const notes = this.#marks.filter(({ note }) => note !== undefined).length;
    const { drop: dropped, keep: kept, disputed } = rows;
    return { dropped, kept, disputed, notes, isReadOnly: !isWritable(this.#run.folder) };
  }

  /** Writes marks behind those that stand there; undefined where one names no record. @throws PreceptError permission, disk. */
  async add(marks: readonly NewMark[]): Promise<ReviewSummary | undefined> {
    const { folder } = this.#run;
    keepInside(folder);
    const at = new Date().toISOString();
    const by = namePerson();
    const said: Said[] = [];
    for (const { id, mark, note } of marks) {
      const found = await this.#run.find(id);
      if (found === undefined) return undefined;
      said.push({
        ...omitUndefined({ note: note ?? undefined }),
        id,
        recordHash: hashRecord(found.record),
        mark,
        by,
        at,
      });
    }
    appendMarks(folder, said);
    await this.refresh();
    return this.summary();
  }
}

/** What people's marks come to for the rows of one item. */
interface ItemMarks {
  readonly verdicts: Set<Verdict>;
  isNoted: boolean;
}

/** What is said first where the rows of an item differ. */
const verdictOrder = ["disputed", "drop", "keep"] as const;

/** Whether a record decides how its item reads. */
function isDeciding({ segment, number, type }: MarkedPlace): boolean {
  if (rowTypes.has(type)) return true;
  const item = rowlessTypes.has(type) ? segment.itemOf(number) : undefined;
  if (item === undefined) return false;
  const { first, n } = segment.rowsOf(item);
  return !Array.from({ length: n }, (_, i) => segment.row(first + i)).some((row) => rowTypes.has(row.type));
}

/** Export stops at a damaged line, which may have dropped a row. */
function noticesOf(damaged: readonly DamagedMark[]): Notice[] {
  const [first] = damaged;
  if (first === undefined) return [];
  const which =
    damaged.length === 1
      ? `Line ${first.line} of review.jsonl is no mark`
      : `${damaged.length} lines of review.jsonl are no marks, the first line ${first.line}`;
  // Not what it holds: a share leaves notes out.
  const text = `${which}. All other marks count here; \`precept export\` waits until it is corrected or deleted.`;
  return [{ kind: "damaged", text }];
}

function setsOf(segment: Segment, items: ReadonlyMap<number, ItemMarks>): ReadonlyMap<string, Bits> {
  const sets = new Map([...verdictOrder, "note"].map((value) => [value, emptyBits(segment.n)]));
  for (const [item, { verdicts, isNoted }] of items) {
    for (const value of [...verdicts, ...(isNoted ? ["note"] : [])]) {
      const set = sets.get(value);
      if (set !== undefined) addBit(set, item);
    }
  }
  return sets;
}

function toMark({ id, mark, note, by, at }: Said): Mark {
  return { id, mark, note: note ?? null, by, at };
}

export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
