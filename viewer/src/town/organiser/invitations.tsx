import { useState } from "preact/hooks";
import { ask } from "../api.ts";
import { say } from "../language.ts";
import { Alert } from "../parts.tsx";

/** Links that let people in: for one person each, or for everybody who has it. */
export function Invitations() {
  const [kind, setKind] = useState<"listed" | "open">("listed");
  const [count, setCount] = useState(10);
  const [days, setDays] = useState(30);
  const [links, setLinks] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>(undefined);
  const make = async (): Promise<void> => {
    try {
      const { codes } = await ask<{ codes: string[] }>("organiser/invitations", { kind, count, days });
      setLinks(codes.map((code) => `${location.origin}/#invitation=${code}`));
      setError(undefined);
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <section>
      <h2>{say("orgInvite")}</h2>
      <form
        class="invite"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <fieldset>
          <legend class="hidden">{say("orgInvite")}</legend>
          {(["listed", "open"] as const).map((one) => (
            <label key={one} class="check">
              <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} />
              {say(one === "listed" ? "orgInviteListed" : "orgInviteOpen")}
            </label>
          ))}
        </fieldset>
        {kind === "open" ? null : (
          <label>
            {say("orgInviteCount")}
            <input
              type="number"
              min={1}
              max={5000}
              value={count}
              onInput={(event) => setCount(event.currentTarget.valueAsNumber)}
            />
          </label>
        )}
        <label>
          {say("orgInviteDays")}
          <input
            type="number"
            min={1}
            max={366}
            value={days}
            onInput={(event) => setDays(event.currentTarget.valueAsNumber)}
          />
        </label>
        <button type="submit" class="button">
          {say("orgInviteButton")}
        </button>
      </form>
      <Alert error={error} />
      {links.length === 0 ? null : (
        <textarea
          class="links mono"
          aria-label={say("orgInvite")}
          rows={Math.min(12, links.length + 1)}
          readOnly
          value={links.join("\n")}
        />
      )}
    </section>
  );
}
