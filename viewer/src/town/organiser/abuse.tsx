import { formatNumber, say } from "../language.ts";
import { Said } from "../parts.tsx";
import { conversation } from "../town-state.ts";
import type { FlaggedEffect, Overview } from "../wire.ts";

/** Pseudonyms that are shown of those under one flag. */
const mostNamed = 12;

/** Voters who may be no people or no opinions, and what the result would be without them. */
export function Abuse({ overview: { abuse, flaggedEffect } }: { readonly overview: Overview }) {
  return (
    <section>
      <h2>{say("orgAbuse")}</h2>
      <p class="under">{abuse.length === 0 ? say("orgAbuseNone") : say("orgAbuseHint")}</p>
      <ul class="plain">
        {abuse.map(({ flag, voters }) => (
          <li key={flag} class="entry">
            <b>{say(`abuse-${flag}`)}</b>{" "}
            <span class="meta">
              {formatNumber(voters.length)}{" "}
              <bdi>
                {voters.slice(0, mostNamed).join(", ")}
                {voters.length > mostNamed ? " …" : ""}
              </bdi>
            </span>
          </li>
        ))}
      </ul>
      {flaggedEffect === null ? null : <Effect effect={flaggedEffect} />}
    </section>
  );
}

function Effect({ effect: { flagged, withAll, without, lost, gained } }: { readonly effect: FlaggedEffect }) {
  return (
    <div class="effect">
      <h3>{say("orgSensitivity")}</h3>
      <p>{say("orgSensitivityText", { flagged, all: withAll, rest: without })}</p>
      {lost.length + gained.length === 0 ? <p class="under">{say("orgSensitivitySame")}</p> : null}
      <Changed title={say("orgSensitivityLost")} statements={lost} />
      <Changed title={say("orgSensitivityGained")} statements={gained} />
      {flagged < (conversation.value?.smallestCell ?? 5) ? null : <p class="meta">{say("orgSensitivityHint")}</p>}
    </div>
  );
}

interface ChangedProps {
  readonly title: string;
  readonly statements: FlaggedEffect["lost"];
}

function Changed({ title, statements }: ChangedProps) {
  if (statements.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="plain">
        {statements.map(({ id, text }) => (
          <li key={id} class="entry">
            <Said tag="p" text={text} />
          </li>
        ))}
      </ul>
    </>
  );
}
