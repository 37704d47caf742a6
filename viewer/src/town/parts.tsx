import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SiteError } from "./api.ts";
import { chooseLanguage, directionOf, language, languageNames, say, sayIfKnown } from "./language.ts";
import { conversation } from "./town-state.ts";
import type { Vote } from "./wire.ts";

/** What went wrong, in the language of the page. */
export function sayError(error: unknown): string {
  if (!(error instanceof SiteError)) return String(error);
  return sayIfKnown(`error-${error.code}`, error.code, { detail: error.detail });
}

/** Text of people: in its own direction, whatever the page's is. */
export function Said({
  text,
  tag: Tag = "span",
  lang,
}: {
  readonly text: string;
  readonly tag?: "span" | "p";
  readonly lang?: string;
}) {
  return (
    <Tag class="said" dir="auto" lang={lang}>
      {text}
    </Tag>
  );
}

export function Alert({ error }: { readonly error: unknown }) {
  return (
    <p class="alert" role="alert">
      {error === undefined ? "" : sayError(error)}
    </p>
  );
}

/** Title, question, and the choice of language. */
export function Head({ children }: { readonly children?: ComponentChildren }) {
  const known = conversation.value;
  return (
    <header>
      <div class="head-line">
        <p class="kicker">
          <Said text={known?.title ?? ""} />
        </p>
        <label class="language">
          <span class="hidden">{say("language")}</span>
          <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
            {Object.entries(languageNames).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag} dir={directionOf(tag)}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {children}
    </header>
  );
}

export const votes: readonly Vote[] = ["agree", "pass", "disagree"];

interface VoteButtonsProps {
  readonly chosen: Vote | null;
  readonly isSending: boolean;
  readonly label: string;
  readonly give: (vote: Vote) => void;
  /** The number keys give them, too. */
  readonly hasKeys?: boolean;
}

/** Three answers, as large as a thumb. */
export function VoteButtons({ chosen, isSending, label, give, hasKeys = false }: VoteButtonsProps) {
  return (
    <fieldset class="votes">
      <legend class="hidden">{label}</legend>
      {votes.map((vote, i) => (
        <button
          key={vote}
          type="button"
          class={`vote ${vote}`}
          aria-pressed={chosen === vote}
          aria-disabled={isSending}
          onClick={() => {
            if (!isSending) give(vote);
          }}
        >
          <Sign vote={vote} />
          <span>{say(vote)}</span>
          {hasKeys ? (
            <span class="key" aria-hidden="true">
              {i + 1}
            </span>
          ) : null}
        </button>
      ))}
    </fieldset>
  );
}

/** A shape for each answer, so that none is told by its colour alone. */
function Sign({ vote }: { readonly vote: Vote }) {
  const path = { agree: "M4 11l5 5L20 5", pass: "M4 12h16", disagree: "M5 5l14 14M19 5L5 19" }[vote];
  return (
    <svg aria-hidden="true" width="22" height="22" viewBox="0 0 24 24">
      <path d={path} fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />
    </svg>
  );
}

/** Loads anew whenever `key` changes; what was there stays until then. */
export function useAnswer<T>(
  key: string,
  load: () => Promise<T>,
): { readonly value: T | undefined; readonly error: unknown; readonly reload: () => void } {
  const [held, hold] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const [times, again] = useState(0);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (value) => isWanted && hold({ value, error: undefined }),
      (error: unknown) => isWanted && hold((before) => ({ value: before.value, error })),
    );
    return () => {
      isWanted = false;
    };
  }, [key, times]);
  return { ...held, reload: () => again((it) => it + 1) };
}
