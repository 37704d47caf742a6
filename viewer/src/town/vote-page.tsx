import { useEffect, useRef, useState } from "preact/hooks";
import { ask, newKey, SiteError } from "./api.ts";
import { say } from "./language.ts";
import { Alert, Said, VoteButtons, votes } from "./parts.tsx";
import { answered, changes, conversation, enterAgain } from "./town-state.ts";
import type { NextStatement, Vote } from "./wire.ts";

type Shown = NonNullable<NextStatement["statement"]>;

/** One statement after another. */
export function VotePage() {
  const [next, setNext] = useState<NextStatement | undefined>(undefined);
  const [last, setLast] = useState<{ statement: Shown; vote: Vote } | undefined>(undefined);
  /** The last statement, while its answer is changed. */
  const [isChanging, setChanging] = useState(false);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const statement = isChanging ? last?.statement : next?.statement;

  const load = async (): Promise<void> => {
    try {
      setNext(await askNext());
      setError(undefined);
    } catch (failure) {
      setError(failure);
    }
  };
  useEffect(() => {
    void load();
  }, []);
  // Somebody added a statement, or the vote was opened again, while nothing was left here.
  useEffect(() => {
    if (next?.statement === null) void load();
  }, [changes.value]);

  // It was answered in the place of a statement of one's own.
  useEffect(() => {
    if (answered.value !== undefined && answered.value === next?.statement?.id) void load();
  }, [answered.value]);

  const give = async (vote: Vote): Promise<void> => {
    if (statement === undefined || statement === null || isSending) return;
    setSending(true);
    setError(undefined);
    try {
      const answer = await ask<NextStatement>("votes", { statement: statement.id, vote, key: newKey() });
      setLast({ statement, vote });
      // The next statement stays the one that was shown already.
      setNext(isChanging && next !== undefined ? { ...answer, statement: next.statement } : answer);
      setChanging(false);
      heading.current?.focus();
    } catch (failure) {
      setError(failure);
      if (failure instanceof SiteError && failure.code === "unknown-statement") await load();
    }
    setSending(false);
  };
  useVoteKeys(give);

  if (conversation.value?.phase !== "voting") {
    return (
      <section class="note-page">
        <h2>{say("votingClosed")}</h2>
        <p>{say("votingClosedMore")}</p>
      </section>
    );
  }
  return (
    <section class="card" aria-busy={isSending}>
      {statement === undefined ? (
        <p class="waiting">{error === undefined ? say("waiting") : ""}</p>
      ) : statement === null ? (
        <>
          <h2 ref={heading} tabIndex={-1}>
            {say("nothingLeft")}
          </h2>
          <p class="under">{say("nothingLeftMore")}</p>
        </>
      ) : (
        <>
          <p class="kicker">{say("voteQuestion")}</p>
          <h2 class="statement" ref={heading} tabIndex={-1}>
            <Said text={statement.text} lang={statement.language} />
          </h2>
          <VoteButtons
            chosen={isChanging ? (last?.vote ?? null) : null}
            isSending={isSending}
            label={say("voteQuestion")}
            give={(vote) => void give(vote)}
            hasKeys
          />
        </>
      )}
      <Alert error={error} />
      <p class="progress">
        <span role="status">{next === undefined ? "" : say("votedCount", { voted: next.voted, open: next.open })}</span>
        {last === undefined || isChanging ? null : (
          <button type="button" class="link" onClick={() => setChanging(true)}>
            {say("voteAgain")}
          </button>
        )}
      </p>
    </section>
  );
}

/** A device that the conversation does not know comes in anew. */
async function askNext(): Promise<NextStatement> {
  try {
    return await ask<NextStatement>("next");
  } catch (error) {
    if (!(error instanceof SiteError) || error.code !== "unknown-voter") throw error;
    await enterAgain();
    return ask<NextStatement>("next");
  }
}

/** 1, 2, 3, unless somebody writes. */
function useVoteKeys(give: (vote: Vote) => Promise<void>): void {
  const held = useRef(give);
  held.current = give;
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (target?.closest("input, textarea, select, .similar") != null) return;
      const vote = votes[Number(event.key) - 1];
      if (vote !== undefined) void held.current(vote);
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
}
