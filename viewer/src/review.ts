import { signal } from "@preact/signals";
import type { Reviewed, ReviewSummary } from "../../src/view/source-review.ts";
import type { NewMark } from "../../src/view/source-rooms.ts";
import { isGone, isShared, say, source } from "./state.ts";

/** What people said of the run that is open; null: marks are off. */
export const review = signal<ReviewSummary | null>(null);
/** Counted up with every mark, so that lists and pages ask again. */
export const reviewVersion = signal(0);

export const canMark = (): boolean => !isShared && review.value !== null && !review.value.isReadOnly && !isGone.value;

/** What stood before the last marks, to go back to. */
const before: { readonly run: string; readonly marks: readonly NewMark[] }[] = [];

/** A record that can be marked, with what was said of it. */
export interface MarkedRecord {
  readonly id: string;
  readonly review: Reviewed | null;
}

/** Whether whoever sits here said this of all of these records. */
export function isSaid(of: readonly MarkedRecord[], mark: NewMark["mark"]): boolean {
  return of.length > 0 && of.every(({ review: said }) => said?.own?.mark === mark);
}

/** Marks records; the same mark again takes it back. What others said is theirs. */
export async function markRecords(run: string, of: readonly MarkedRecord[], next: Partial<NewMark>): Promise<void> {
  if (!canMark() || of.length === 0) return;
  const old = of.map(({ id, review: said }) => ({ id, mark: said?.own?.mark ?? null, note: said?.own?.note ?? null }));
  const isAgain = next.mark !== undefined && isSaid(of, next.mark);
  const marks = old.map((mark) => ({ ...mark, ...next, ...(isAgain ? { mark: null } : {}) }));
  if (await send(run, marks)) {
    before.push({ run, marks: old });
    say(isAgain ? "Taken back." : describe(next));
  }
}

/** Goes back to what stood before the last marks. */
export async function undoMarks(): Promise<void> {
  const last = before.pop();
  if (last !== undefined && (await send(last.run, last.marks))) say("Undone.");
}

async function send(run: string, marks: readonly NewMark[]): Promise<boolean> {
  try {
    review.value = await source.mark(run, marks);
    reviewVersion.value += 1;
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function describe({ mark, note }: Partial<NewMark>): string {
  if (mark === "drop") return "Dropped: the next export leaves it out. x again undoes.";
  if (mark === "keep") return "Kept.";
  return note ? "Noted." : "Note taken out.";
}
