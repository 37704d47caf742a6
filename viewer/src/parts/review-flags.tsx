import { useEffect, useRef, useState } from "preact/hooks";
import type { Mark, RowReview, Verdict } from "../../../src/view/source-review.ts";
import { useKeys } from "../hooks.ts";
import { canMark, isSaid, type MarkedRecord, markRecords, review, undoMarks } from "../review.ts";
import { linkTo } from "../route.ts";
import { isShared } from "../state.ts";

interface Props {
  readonly run: string;
  /** The records that a mark is put on. */
  readonly of: readonly MarkedRecord[];
}

/** Keep, drop, note: buttons and keys for what whoever sits here says, and what others said. */
export function ReviewFlags({ run, of }: Props) {
  const [isNoteOpen, openNote] = useState(false);
  const set = (next: "drop" | "keep"): void => void markRecords(run, of, { mark: next });
  useKeys({
    drop: () => set("drop"),
    keep: () => set("keep"),
    note: () => openNote(canMark()),
    undo: () => void undoMarks(),
  });
  if (of.length === 0) return null;
  const own = of.find(({ review: said }) => said?.own?.note)?.review?.own;
  return (
    <>
      {isShared || review.value === null ? null : (
        <fieldset class="flags" aria-label="Review" disabled={!canMark()}>
          <button type="button" class="button" aria-pressed={isSaid(of, "keep")} onClick={() => set("keep")}>
            Keep <kbd>y</kbd>
          </button>
          <button type="button" class="button" aria-pressed={isSaid(of, "drop")} onClick={() => set("drop")}>
            Drop <kbd>x</kbd>
          </button>
          <button type="button" class="button" aria-pressed={Boolean(own?.note)} onClick={() => openNote(true)}>
            Note <kbd>n</kbd>
          </button>
        </fieldset>
      )}
      <Said run={run} of={of} />
      {isNoteOpen ? (
        <NoteDialog
          text={own?.note ?? ""}
          close={(text) => {
            openNote(false);
            if (text !== undefined) void markRecords(run, of, { note: text === "" ? null : text });
          }}
        />
      ) : null}
    </>
  );
}

const flags: Readonly<Record<Verdict, string>> = { drop: "⚑ drop", keep: "✓ keep", disputed: "≠ disputed" };

/** What a row of a list says of its review. */
export function flagOf(review: RowReview | null): string {
  if (review === null) return "";
  const verdict = review.verdict === null ? [] : [flags[review.verdict]];
  return [...verdict, ...(review.isNoted ? ["✎ note"] : [])].join(" ");
}

const outcomes: Readonly<Record<Verdict, string>> = {
  drop: "⚑ Left out of the next export",
  keep: "✓ Kept",
  disputed: "≠ People disagree, so it stays in the export",
};
const verbs = { drop: "drops it", keep: "keeps it" } as const;

/** What is not plain from the buttons: whom it comes from, and what it comes to. */
function Said({ run, of }: Props) {
  const said = of.flatMap(({ review: one }) => (one === null ? [] : [one]));
  const others = said.flatMap((one) => one.others.filter(({ mark, note }) => mark !== null || note !== null));
  const notes = new Map(said.flatMap(({ own }) => (own?.note ? [[own.note, own] as const] : [])));
  const verdict = (["disputed", "drop", "keep"] as const).find((one) => said.some((it) => it.verdict === one));
  if (others.length === 0 && notes.size === 0) return null;
  const here = new Set(of.map(({ id }) => id));
  return (
    <ul class="said">
      {verdict === undefined || others.length === 0 ? null : (
        <li>
          <b>{outcomes[verdict]}</b>
        </li>
      )}
      {[...distinct(others), ...notes.values()].map((mark) => (
        <li key={JSON.stringify(mark)} dir="auto">
          {mark.mark === null || !others.includes(mark) ? null : `${mark.by ?? "somebody"} ${verbs[mark.mark]}`}
          {here.has(mark.id) ? null : (
            <>
              {" "}
              by a mark on <a href={linkTo(run, "record", mark.id)}>{mark.id.split("/").at(-1)}</a>
            </>
          )}
          {mark.note === null ? null : (
            <>
              {" "}
              ✎ {mark.note} <span class="meta">{mark.by}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** One mark may reach several rows. */
function distinct(marks: readonly Mark[]): readonly Mark[] {
  return [...new Map(marks.map((mark) => [JSON.stringify([mark.id, mark.by]), mark])).values()];
}

function NoteDialog({ text, close }: { readonly text: string; readonly close: (text?: string) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    field.current?.focus();
  }, []);
  return (
    <dialog ref={dialog} class="note-dialog" aria-labelledby="note-title" onClose={() => close()}>
      <h2 id="note-title">Note</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close(field.current?.value.trim() ?? "");
        }}
      >
        <textarea
          ref={field}
          rows={5}
          aria-labelledby="note-title"
          defaultValue={text}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) close(event.currentTarget.value.trim());
          }}
        />
        <p class="more">
          <button type="submit" class="button">
            Save
          </button>
          <button type="button" class="button" onClick={() => close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}
