import { useState } from "preact/hooks";
import { ask, newKey } from "../api.ts";
import { ConstitutionLink } from "../constitution-link.tsx";
import { say } from "../language.ts";
import type { Messages } from "../messages/en.ts";
import { Alert } from "../parts.tsx";
import type { Overview, Phase } from "../wire.ts";

interface Props {
  readonly overview: Overview;
  readonly reload: () => void;
}

/** Where each phase can go. */
const moves: Readonly<Record<Phase, readonly { readonly to: Phase; readonly name: keyof Messages }[]>> = {
  voting: [{ to: "closed", name: "orgClose" }],
  closed: [
    { to: "ratification", name: "orgStartSecond" },
    { to: "voting", name: "orgReopen" },
  ],
  ratification: [
    { to: "ratified", name: "orgEnd" },
    { to: "closed", name: "orgBackToDrafts" },
  ],
  ratified: [],
};

/** Closing the vote, the second vote, and its principles. */
export function Phases({ overview: { phase, ratifiers }, reload }: Props) {
  const [asked, setAsked] = useState<Phase | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const move = async (to: Phase): Promise<void> => {
    try {
      await ask("organiser/phase", { phase: to, key: newKey() });
      setError(undefined);
      reload();
    } catch (failure) {
      setError(failure);
    }
    setAsked(undefined);
  };
  return (
    <section>
      <h2>{say("orgPhase")}</h2>
      <p role="status">{say(`phase-${phase}`)}</p>
      {ratifiers === 0 ? null : <p class="meta">{say("orgRatifiers", { people: ratifiers })}</p>}
      <p class="buttons">
        {moves[phase].map(({ to, name }) =>
          asked === to ? (
            <span key={to} class="buttons">
              <span>{say("orgSure")}</span>
              <button type="button" class="button danger" onClick={() => void move(to)}>
                {say(name)}
              </button>
              <button type="button" class="button" onClick={() => setAsked(undefined)}>
                {say("cancel")}
              </button>
            </span>
          ) : (
            <button key={to} type="button" class="button" onClick={() => setAsked(to)}>
              {say(name)}
            </button>
          ),
        )}
      </p>
      <Alert error={error} />
      {phase === "closed" ? <Drafts reload={reload} /> : null}
      <ConstitutionLink />
    </section>
  );
}

function Drafts({ reload }: { readonly reload: () => void }) {
  const [text, setText] = useState("");
  const [error, setError] = useState<unknown>(undefined);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const send = async (): Promise<void> => {
    const drafts = lines.map((line, i) => ({ id: `p${i + 1}`, text: line, statements: [] }));
    try {
      await ask("organiser/drafts", { drafts, key: newKey() });
      setText("");
      setError(undefined);
      reload();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label for="drafts">{say("orgDrafts")}</label>
      <p class="under" id="drafts-hint">
        {say("orgDraftsHint")}
      </p>
      <textarea
        id="drafts"
        rows={6}
        dir="auto"
        aria-describedby="drafts-hint"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="form-end">
        <span />
        <button type="submit" class="button" disabled={lines.length === 0}>
          {say("orgDraftsButton")}
        </button>
      </p>
      <Alert error={error} />
    </form>
  );
}
