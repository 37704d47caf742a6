import { useEffect, useRef, useState } from "preact/hooks";
import type { Mark } from "../../../src/view/source.ts";
import { useKeys } from "../hooks.ts";
import { canMark, markRecords, review, undoMarks } from "../review.ts";
import { isShared } from "../state.ts";

interface Props {
  readonly run: string;
  /** The records that a mark is put on. */
  readonly ids: readonly string[];
  readonly mark: Mark | null;
}

/** Keep, drop, note: buttons and keys. */
export function ReviewFlags({ run, ids, mark }: Props) {
  const [isNoteOpen, openNote] = useState(false);
  const set = (next: "drop" | "keep"): void => void markRecords(run, ids, mark, { mark: next });
  useKeys({
    drop: () => set("drop"),
    keep: () => set("keep"),
    note: () => openNote(canMark()),
    undo: () => void undoMarks(),
  });
  if (isShared || review.value === null || ids.length === 0) return null;
  const isOff = !canMark();
  return (
    <>
      <fieldset class="flags" aria-label="Review" disabled={isOff}>
        <button type="button" class="button" aria-pressed={mark?.mark === "keep"} onClick={() => set("keep")}>
          Keep <kbd>y</kbd>
        </button>
        <button type="button" class="button" aria-pressed={mark?.mark === "drop"} onClick={() => set("drop")}>
          Drop <kbd>x</kbd>
        </button>
        <button type="button" class="button" aria-pressed={Boolean(mark?.note)} onClick={() => openNote(true)}>
          Note <kbd>n</kbd>
        </button>
      </fieldset>
      {mark?.note ? (
        <p class="said" dir="auto">
          ✎ {mark.note} <span class="meta">{mark.by}</span>
        </p>
      ) : null}
      {isNoteOpen ? (
        <NoteDialog
          text={mark?.note ?? ""}
          close={(text) => {
            openNote(false);
            if (text !== undefined) void markRecords(run, ids, mark, { note: text === "" ? null : text });
          }}
        />
      ) : null}
    </>
  );
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
