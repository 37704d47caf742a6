import { PreceptError } from "../../errors.ts";
import { appendMarks, hashRecord, type Mark, namePerson, type Review, readReview } from "../../review/index.ts";
import { findRecord, readRun } from "../../runs/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showMarked, showReview } from "../show-review.ts";

export interface ReviewFlags {
  readonly drop: boolean;
  readonly keep: boolean;
  readonly note?: string | undefined;
  readonly clear: boolean;
  readonly by?: string | undefined;
  readonly json: boolean;
}

/** precept review RUN [RECORD]: marks a record, or lists the marks and what they reach. */
export async function review(this: CliContext, flags: ReviewFlags, folder: string, record?: string): Promise<void> {
  const isMarking = flags.drop || flags.keep || flags.clear || flags.note !== undefined;
  refuseContradictions(flags, isMarking && record === undefined);
  const run = readRun(folder);
  const before = await readReview(run);
  const page = pageOf(this.process.stdout, this.env);
  const found = record === undefined ? undefined : await findRecord(run, record);
  if (found === undefined) {
    if (flags.json) printJson(this, toJson(before));
    else print(this, showReview(before, run.name, page));
    return;
  }
  const { id } = found.record;
  if (isMarking) {
    const by = flags.by ?? namePerson(this.env);
    const said = before.marks.find((own) => own.id === id && own.by === by);
    appendMarks(run.folder, [
      { id, recordHash: hashRecord(found.record), ...changeMark(said, flags), by, at: new Date().toISOString() },
    ]);
  }
  const after = isMarking ? await readReview(run) : before;
  if (flags.json)
    printJson(this, { id, marks: after.marks.filter((own) => own.id === id), reached: after.reached.get(id) });
  else print(this, showMarked(after, id, page));
}

/** A mark keeps the note that stands with it, and a note the mark. */
function changeMark(said: Mark | undefined, flags: ReviewFlags): Pick<Mark, "mark" | "note"> {
  if (flags.clear) return { mark: null };
  const mark = flags.drop ? "drop" : flags.keep ? "keep" : (said?.mark ?? null);
  return { mark, note: flags.note ?? said?.note };
}

function refuseContradictions({ drop, keep, clear, note }: ReviewFlags, lacksRecord: boolean): void {
  const given = [drop && "--drop", keep && "--keep", clear && "--clear"].filter((flag) => flag !== false);
  const isBad = given.length > 1 || (clear && note !== undefined);
  if (!isBad && !lacksRecord) return;
  throw new PreceptError("usage", {
    attempted: "Marking a record",
    found: lacksRecord ? "no record" : [...given, ...(note === undefined ? [] : ["--note"])].join(" and "),
    expected: lacksRecord
      ? "the id of the record that the mark is for"
      : "one of --drop, --keep and --clear; --note with either of the first two, or alone",
    remedy: lacksRecord ? "precept review RUN RECORD --drop; precept show RUN names records" : "leave one out",
  });
}

function toJson({ hash, marks, reached }: Review) {
  const of = (verdict: string) => [...reached.values()].filter((own) => own.verdict === verdict).map(({ id }) => id);
  return { hash, marks, dropped: of("drop"), kept: of("keep"), disputed: of("disputed") };
}
