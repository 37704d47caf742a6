import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import { omitUndefined } from "../../omit-undefined.ts";
import {
  appendMarks,
  hashRecord,
  readMarks,
  reviewPath,
  reviewRecords,
  type Mark as Said,
} from "../../review/index.ts";
import { addBit, type Bits, emptyBits, type Table } from "../query/index.ts";
import { type RawRecord, textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import type { Mark, ReviewSummary } from "../source.ts";
import type { NewMark } from "../source-rooms.ts";
import { keepInside } from "./inside.ts";
import { findInFile, type OpenFile, type OpenRun } from "./open-run.ts";

/** What people said of the records of a run, read again whenever its file has changed. */
export class ReviewMarks {
  readonly #run: OpenRun;
  #marks: readonly Said[] = [];
  #sets = new Map<Segment, ReadonlyMap<string, Bits>>();
  #items = new Map<Segment, Map<number, Said>>();
  #seen = "";

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** @throws PreceptError run-invalid naming a damaged line of the review. */
  async refresh(list: OpenFile | undefined): Promise<void> {
    const stat = statSync(reviewPath(this.#run.folder), { throwIfNoEntry: false });
    const seen = JSON.stringify([stat?.mtimeMs, stat?.size, list?.path, list?.index.version]);
    if (seen === this.#seen) return;
    const { marks } = await readMarks(this.#run.folder);
    const items = new Map<Segment, Map<number, Said>>();
    for (const mark of list === undefined ? [] : marks) {
      const found = list === undefined ? undefined : findInFile(list, mark.id);
      // A record that was made again is another one: its mark no longer counts.
      if (found === undefined || hashRecord(found.record) !== mark.recordHash) continue;
      const item = found.segment.itemOf(found.number);
      if (item === undefined) continue;
      const own = items.get(found.segment) ?? new Map<number, Said>();
      items.set(found.segment, own.set(item, mark));
    }
    this.#marks = marks;
    this.#items = items;
    this.#sets = new Map([...items].map(([segment, own]) => [segment, setsOf(segment, own)]));
    this.#seen = seen;
  }

  /** A segment with the facet "review". */
  readonly tableOf = (segment: Segment): Table => ({
    n: segment.n,
    bits: (facet, value) => (facet === "review" ? this.#sets.get(segment)?.get(value) : segment.bits(facet, value)),
    eachHolding: (...args) => segment.eachHolding(...args),
  });

  /** The last mark on any record of an item. */
  ofItem(segment: Segment, item: number): Mark | null {
    return toMark(this.#items.get(segment)?.get(item));
  }

  /** The last mark on a record itself. */
  ofRecord(record: RawRecord): Mark | null {
    const id = textIn(record, "id");
    const marks = this.#marks.filter((mark) => mark.id === id);
    return marks.length === 0 ? null : toMark(marks.findLast(({ recordHash }) => recordHash === hashRecord(record)));
  }

  /** By id, the mark that reaches each of these records: its own, or the nearest of what it was made from. */
  async reaching(records: readonly RawRecord[]): Promise<ReadonlyMap<string, Mark | null>> {
    const named = records.flatMap((record) => {
      const id = textIn(record, "id");
      return id === undefined ? [] : [{ ...record, id }];
    });
    const ids = new Set(named.map(({ id }) => id));
    const { reached } = await reviewRecords(
      this.#marks.filter(({ id }) => ids.has(id)),
      () => named,
    );
    // Where people disagree the row stays: then it bears neither mark, as for export.
    return new Map(
      [...reached].map(([id, { marks, verdict }]) => {
        const deciding = marks.findLast(({ mark }) => mark === verdict);
        const last = toMark(deciding ?? marks.at(-1));
        return [id, last === null || deciding !== undefined ? last : { ...last, mark: null }];
      }),
    );
  }

  summary(): ReviewSummary {
    const count = (mark: Said["mark"]): number => this.#marks.filter((one) => one.mark === mark).length;
    const notes = this.#marks.filter(({ note }) => note !== undefined).length;
    return { dropped: count("drop"), kept: count("keep"), notes, isReadOnly: !isWritable(this.#run.folder) };
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
    await this.refresh(undefined);
    return this.summary();
  }
}

function setsOf(segment: Segment, marks: ReadonlyMap<number, Said>): ReadonlyMap<string, Bits> {
  const sets = new Map(["drop", "keep", "note"].map((value) => [value, emptyBits(segment.n)]));
  for (const [item, { mark, note }] of marks) {
    const [marked, noted] = [sets.get(mark ?? ""), sets.get("note")];
    if (marked !== undefined) addBit(marked, item);
    if (note !== undefined && noted !== undefined) addBit(noted, item);
  }
  return sets;
}

function toMark(said: Said | undefined): Mark | null {
  return said === undefined ? null : { mark: said.mark, note: said.note ?? null, by: said.by, at: said.at };
}

/** Who sits at this machine. */
export function namePerson(): string {
  return process.env["USER"] || userInfo().username;
}

export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
