import { useEffect } from "preact/hooks";
import { ask } from "../api.ts";
import { formatNumber, say } from "../language.ts";
import { Alert, Head, Said, useAnswer } from "../parts.tsx";
import { changes, conversation, loadConversation, results } from "../town-state.ts";
import type { Overview } from "../wire.ts";
import { Abuse } from "./abuse.tsx";
import { Invitations } from "./invitations.tsx";
import { Phases } from "./phases.tsx";
import { Queue } from "./queue.tsx";

/** What the organiser sees. */
export function OrganiserApp() {
  useEffect(() => {
    void loadConversation().catch(() => undefined);
  }, []);
  const known = conversation.value;
  const key = `${changes.value} ${results.value?.result?.upTo ?? 0} ${known?.phase ?? ""}`;
  const { value, error, reload } = useAnswer(key, () => ask<Overview>("organiser/overview"));
  document.title = `${say("orgTitle")} · ${known?.title ?? ""}`;
  return (
    <>
      <Head>
        <h1>{say("orgTitle")}</h1>
        <Said tag="p" text={known?.question ?? ""} />
      </Head>
      <main class="desk">
        <Alert error={error} />
        {value === undefined ? (
          <p class="waiting">{error === undefined ? say("waiting") : ""}</p>
        ) : (
          <>
            <Progress overview={value} />
            <Phases overview={value} reload={reload} />
            <Queue overview={value} reload={reload} />
            <Unheard overview={value} />
            <Abuse overview={value} />
            <Invitations />
          </>
        )}
      </main>
    </>
  );
}

function Progress({ overview: { people, votes, listening, newcomers } }: { readonly overview: Overview }) {
  const facts = [
    [say("orgPeople"), people],
    [say("orgVotes"), votes],
    [say("orgNewcomers"), newcomers],
    [say("orgListening"), listening],
  ] as const;
  return (
    <section>
      <h2>{say("orgProgress")}</h2>
      <dl class="tiles">
        {facts.map(([name, number]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatNumber(number)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Unheard({ overview: { unheard } }: { readonly overview: Overview }) {
  return (
    <section>
      <h2>{say("orgUnheard")}</h2>
      {unheard.length === 0 ? (
        <p class="under">{say("orgUnheardNone")}</p>
      ) : (
        <ul class="plain">
          {unheard.slice(0, 20).map(({ id, text, missingVotes }) => (
            <li key={id} class="entry">
              <Said tag="p" text={text} />
              <p class="meta">{say("orgMissing", { missing: missingVotes.map(formatNumber).join(" · ") })}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
