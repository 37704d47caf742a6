import { useState } from "preact/hooks";
import { ask, newKey } from "../api.ts";
import { say } from "../language.ts";
import { Alert, Said } from "../parts.tsx";
import { sayReason } from "../policy.tsx";
import { conversation } from "../town-state.ts";
import type { Overview } from "../wire.ts";

type DeskStatement = Overview["waiting"][number];
interface Props {
  readonly overview: Overview;
  readonly reload: () => void;
}

/** Statements that wait, and those that were decided, each with its reason. */
export function Queue({ overview: { waiting, moderated }, reload }: Props) {
  const rejected = moderated.filter(({ moderation }) => moderation === "rejected").length;
  return (
    <section>
      <h2>{say("orgQueue")}</h2>
      {waiting.length === 0 ? <p class="under">{say("orgQueueNone")}</p> : null}
      <ul class="plain">
        {waiting.map((statement) => (
          <li key={statement.id} class="entry">
            <Said tag="p" text={statement.text} lang={statement.language} />
            <Decide statement={statement} reload={reload} />
          </li>
        ))}
      </ul>
      <details>
        <summary>
          {say("orgModerated")} · {say("orgStats", { accepted: moderated.length - rejected, rejected })}
        </summary>
        <ul class="plain">
          {moderated.map((statement) => (
            <Decided key={statement.id} statement={statement} reload={reload} />
          ))}
        </ul>
      </details>
      <p>
        <a href="/api/moderation-log.csv" download="moderation-log.csv">
          {say("moderationLog")}
        </a>
      </p>
    </section>
  );
}

function Decided({ statement, reload }: { readonly statement: DeskStatement; readonly reload: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const { text, moderation, reason, isSeed, language, votes } = statement;
  return (
    <li class="entry">
      <Said tag="p" text={text} lang={language} />
      <p class="meta">
        {moderation === "rejected"
          ? say("becameRejected", { reason: sayReason(reason) })
          : say("becameAccepted", { people: votes })}
        {isSeed ? ` · ${say("orgSeed")}` : ""}{" "}
        <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {say("orgChange")}
        </button>
      </p>
      {isOpen ? <Decide statement={statement} reload={reload} /> : null}
    </li>
  );
}

function Decide({ statement: { id }, reload }: { readonly statement: DeskStatement; readonly reload: () => void }) {
  const reasons = conversation.value?.policy.reasons ?? [];
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [error, setError] = useState<unknown>(undefined);
  const chosen = reason === "" ? (reasons[0]?.id ?? "") : reason;
  const decide = async (moderation: "accepted" | "rejected"): Promise<void> => {
    try {
      await ask("organiser/moderate", { statement: id, moderation, reason: chosen, note, key: newKey() });
      setError(undefined);
      reload();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <div class="decide">
      <button type="button" class="button" onClick={() => void decide("accepted")}>
        {say("orgAccept")}
      </button>
      <div class="turn-down">
        <label>
          {say("orgReason")}
          <select value={chosen} onChange={(event) => setReason(event.currentTarget.value)}>
            {reasons.map((known) => (
              <option key={known.id} value={known.id}>
                {sayReason(known.id)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say("orgNote")}
          <input
            type="text"
            dir="auto"
            value={note}
            maxLength={1000}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </label>
        <button type="button" class="button danger" onClick={() => void decide("rejected")}>
          {say("orgReject")}
        </button>
      </div>
      <Alert error={error} />
    </div>
  );
}
