import { useState } from "preact/hooks";
import { changesOf } from "../changes.ts";
import { formatBytes } from "../format.ts";

/** Characters that are shown at once; the rest behind a button: a text of megabytes freezes no page. */
const shown = 100_000;

/** Text of a record as it is: never markup, its control and direction characters as signs. */
export function RecordText({ text, small }: { readonly text: string; readonly small?: boolean | undefined }) {
  const [isWhole, showWhole] = useState(false);
  const isCut = text.length > shown && !isWhole;
  return (
    <>
      <p class={small ? "text small" : "text"} dir="auto">
        {isCut ? text.slice(0, shown) : text}
        {isCut ? "…" : null}
      </p>
      {isCut ? (
        <p class="more">
          <button type="button" class="button small" onClick={() => showWhole(true)}>
            Show all {formatBytes(text.length)}
          </button>
        </p>
      ) : null}
    </>
  );
}

/** A text as changes from another one, or both side by side where too little is left of it. */
export function ChangedText({ before, after }: { readonly before: string | null; readonly after: string }) {
  if (before === null || Math.max(before.length, after.length) > shown) return <RecordText text={after} />;
  const changes = changesOf(before, after);
  if (changes === undefined) {
    return (
      <div class="sides">
        <div>
          <span class="meta">before</span>
          <RecordText text={before} small />
        </div>
        <div>
          <span class="meta">after: next to nothing is left, so not shown as changes</span>
          <RecordText text={after} small />
        </div>
      </div>
    );
  }
  return (
    <p class="text" dir="auto">
      {changes.map(({ kind, text }, i) => {
        const inner = text.trimEnd();
        const space = text.slice(inner.length);
        if (kind === "same") return text;
        const Tag = kind === "removed" ? "del" : "ins";
        return (
          <>
            <Tag key={`${i}`}>
              <span class="hidden">{kind} </span>
              {inner}
            </Tag>
            {space}
          </>
        );
      })}
    </p>
  );
}
