import { useEffect, useState } from "preact/hooks";
import { ask, newKey } from "./api.ts";
import { say } from "./language.ts";
import { Alert, Said, VoteButtons } from "./parts.tsx";
import { answered } from "./town-state.ts";
import type { SimilarStatement, Vote } from "./wire.ts";

/** Milliseconds without a key after which the site is asked. */
const pause = 500;
/** Letters below which nothing is alike. */
const least = 8;

/** While somebody writes: what others said already, to vote on in its place. */
export function Similar({ text }: { readonly text: string }) {
  const { found, hold } = useSimilar(text);
  const [sending, setSending] = useState<string | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const give = async (statement: string, vote: Vote): Promise<void> => {
    setSending(statement);
    setError(undefined);
    try {
      await ask("votes", { statement, vote, key: newKey() });
      hold(found.map((one) => (one.id === statement ? { ...one, vote } : one)));
      answered.value = statement;
    } catch (failure) {
      setError(failure);
    }
    setSending(undefined);
  };
  const isAnswered = found.some(({ vote }) => vote !== null);
  return (
    <>
      <p class="hidden" role="status">
        {found.length === 0 ? "" : say("similarFound", { count: found.length })}
      </p>
      {found.length === 0 ? null : (
        <section class="similar" aria-labelledby="similar-title">
          <h3 id="similar-title">{say("similarTitle")}</h3>
          <ul class="plain">
            {found.map(({ id, text: said, language, vote }) => (
              <li key={id} class="entry">
                <Said tag="p" text={said} lang={language} />
                <VoteButtons
                  chosen={vote}
                  isSending={sending === id}
                  label={said}
                  give={(given) => void give(id, given)}
                />
              </li>
            ))}
          </ul>
          <p class="meta" role="status">
            {isAnswered ? say("similarCounted") : ""}
          </p>
          <Alert error={error} />
        </section>
      )}
    </>
  );
}

/** What the site finds once nothing has been typed for a moment; what it cannot answer is no error of whoever writes. */
function useSimilar(text: string) {
  const [found, hold] = useState<readonly SimilarStatement[]>([]);
  useEffect(() => {
    if (text.trim().length < least) {
      hold([]);
      return undefined;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      ask<{ statements: readonly SimilarStatement[] }>("similar", { text }).then(
        ({ statements }) => isWanted && hold(statements),
        () => isWanted && hold([]),
      );
    }, pause);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text]);
  return { found, hold };
}
