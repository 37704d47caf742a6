import { signal } from "@preact/signals";
import type { Mark, ReviewSummary } from "../../src/view/source.ts";
import type { NewMark } from "../../src/view/source-rooms.ts";
import { isGone, isShared, say, source } from "./state.ts";

/** What people said of the run that is open; null: marks are off. */
export const review = signal<ReviewSummary | null>(null);
/** Counted up with every mark, so that lists and pages ask again. */
export const reviewVersion = signal(0);

export const canMark = (): boolean => !isShared && review.value !== null && !review.value.isReadOnly && !isGone.value;

/** What stood before the last marks, to go back to. */
const before: { readonly run: string; readonly marks: readonly NewMark[] }[] = [];

/** Marks records; the same mark again takes it back. */
export async function markRecords(
  run: string,
  ids: readonly string[],
  now: Mark | null,
  next: Partial<NewMark>,
): Promise<void> {
  if (!canMark() || ids.length === 0) return;
  const old = ids.map((id) => ({ id, mark: now?.mark ?? null, note: now?.note ?? null }));
  const isAgain = next.mark !== undefined && next.mark === now?.mark;
  const marks = old.map((mark) => ({
    ...mark,
    ...next,
    mark: isAgain ? null : next.mark === undefined ? mark.mark : next.mark,
  }));
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
