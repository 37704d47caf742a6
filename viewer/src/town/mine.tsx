import { useState } from "preact/hooks";
import { ask } from "./api.ts";
import { say } from "./language.ts";
import { Alert, Said, useAnswer } from "./parts.tsx";
import { Policy, sayReason } from "./policy.tsx";
import { changes, conversation } from "./town-state.ts";
import type { Mine as MineAnswer, OwnStatement } from "./wire.ts";

/** What became of one's own statements, and one's data. */
export function Mine() {
  const { value, error, reload } = useAnswer(`mine ${changes.value}`, () => ask<MineAnswer>("mine"));
  return (
    <>
      <section>
        <h2>{say("mineTitle")}</h2>
        <Alert error={error} />
        {value === undefined ? (
          <p class="waiting">{say("waiting")}</p>
        ) : value.statements.length === 0 ? (
          <p class="under">{say("mineNone")}</p>
        ) : (
          <ul class="plain">
            {value.statements.map((statement) => (
              <li key={statement.id} class="entry">
                <Said tag="p" text={statement.text} />
                <p class="meta">{sayFate(statement)}</p>
                {statement.note === "" ? null : <Said tag="p" text={statement.note} />}
              </li>
            ))}
          </ul>
        )}
      </section>
      <Policy />
      <Privacy reload={reload} />
    </>
  );
}

function sayFate({ moderation, reason, people }: OwnStatement): string {
  if (moderation === "waiting" && conversation.value?.policy.when === "before") return say("becameWaiting");
  if (moderation === "rejected") return say("becameRejected", { reason: sayReason(reason) });
  return say("becameAccepted", { people });
}

function Privacy({ reload }: { readonly reload: () => void }) {
  const [isSure, setSure] = useState(false);
  const [statements, setStatements] = useState(false);
  const [erased, setErased] = useState<number | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const forget = async (): Promise<void> => {
    try {
      const answer = await ask<{ erased: number }>("forget", { statements });
      setErased(answer.erased);
      setSure(false);
      reload();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <section>
      <h2>{say("privacyTitle")}</h2>
      <p>{say("privacyText", { smallest: conversation.value?.smallestCell ?? 5 })}</p>
      {isSure ? (
        <label class="check">
          <input
            type="checkbox"
            checked={statements}
            onChange={(event) => setStatements(event.currentTarget.checked)}
          />
          {say("forgetStatements")}
        </label>
      ) : null}
      <p class="buttons">
        {isSure ? (
          <>
            <span>{say("forgetSure")}</span>
            <button type="button" class="button danger" onClick={() => void forget()}>
              {say("forgetYes")}
            </button>
            <button type="button" class="button" onClick={() => setSure(false)}>
              {say("cancel")}
            </button>
          </>
        ) : (
          <button type="button" class="button" onClick={() => setSure(true)}>
            {say("forgetButton")}
          </button>
        )}
      </p>
      <Alert error={error} />
      <p role="status">{erased === undefined ? "" : say("forgotten", { erased })}</p>
    </section>
  );
}
