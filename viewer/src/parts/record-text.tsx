import type { ComponentChildren } from "preact";
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
        {markSigns(isCut ? text.slice(0, shown) : text)}
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
        if (kind === "same") return markSigns(text);
        const Tag = kind === "removed" ? "del" : "ins";
        return (
          <>
            <Tag key={`${i}`}>
              <span class="hidden">{kind} </span>
              {markSigns(inner)}
            </Tag>
            {space}
          </>
        );
      })}
    </p>
  );
}

// Controls but tab and line ends, marks and overrides of direction, and characters without width that hide text.
const sign =
  /([\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff])/u;

/** The text in pieces, with a visible sign for every character that cannot be seen or turns others around. */
export function markSigns(text: string): ComponentChildren {
  if (!sign.test(text)) return text;
  return text.split(new RegExp(sign, "gu")).map((piece, i) => {
    if (i % 2 === 0) return piece;
    const code = piece.codePointAt(0) ?? 0;
    const shape =
      code < 32 ? String.fromCodePoint(0x2400 + code) : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return (
      <span class="sign" key={`${i}`} title={`character U+${code.toString(16).toUpperCase().padStart(4, "0")}`}>
        {shape}
      </span>
    );
  });
}
