import { useState } from "preact/hooks";
import { ask, newKey } from "./api.ts";
import { ConstitutionLink } from "./constitution-link.tsx";
import { formatShare, say } from "./language.ts";
import { Alert, Said, useAnswer, VoteButtons } from "./parts.tsx";
import { changes } from "./town-state.ts";
import type { BallotPage, RatificationResult, Vote } from "./wire.ts";

/** The second vote, on the drafted principles, and what came of it. */
export function Ballot() {
  const { value, error, reload } = useAnswer(`ballot ${changes.value}`, () => ask<BallotPage>("ballot"));
  const outcome = useAnswer(`outcome ${changes.value}`, () =>
    ask<{ results: readonly RatificationResult[] | null }>("ratification"),
  );
  const isOpen = value?.phase === "ratification";
  return (
    <section>
      <h2>{say("ballotTitle")}</h2>
      <p class="under">{say(isOpen ? "ballotHint" : "ballotEnded")}</p>
      <Alert error={error} />
      {value === undefined ? <p class="waiting">{say("waiting")}</p> : null}
      <ol class="plain">
        {value?.principles.map((principle) => (
          <li key={principle.id} class="entry principle">
            <Principle
              principle={principle}
              isOpen={isOpen}
              reload={reload}
              result={outcome.value?.results?.find(({ id }) => id === principle.id)}
            />
          </li>
        ))}
      </ol>
      <ConstitutionLink />
    </section>
  );
}

interface PrincipleProps {
  readonly principle: BallotPage["principles"][number];
  readonly isOpen: boolean;
  readonly result: RatificationResult | undefined;
  readonly reload: () => void;
}

function Principle({ principle: { id, text, from, vote }, isOpen, result, reload }: PrincipleProps) {
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const give = async (given: Vote): Promise<void> => {
    setSending(true);
    setError(undefined);
    try {
      await ask("ballot", { principle: id, vote: given, key: newKey() });
      reload();
    } catch (failure) {
      setError(failure);
    }
    setSending(false);
  };
  return (
    <>
      <h3 class="statement small">
        <Said text={text} />
      </h3>
      {from.length === 0 ? null : (
        <details class="from">
          <summary>{say("ballotFrom")}</summary>
          <ul>
            {from.map((statement) => (
              <li key={statement}>
                <Said text={statement} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {isOpen ? (
        <VoteButtons chosen={vote} isSending={isSending} label={text} give={(given) => void give(given)} />
      ) : null}
      {result === undefined ? null : <Outcome result={result} />}
      <Alert error={error} />
    </>
  );
}

function Outcome({ result: { isRatified, share, counts } }: { readonly result: RatificationResult }) {
  return (
    <p class={isRatified ? "outcome ratified" : "outcome"}>
      <b>{say(isRatified ? "ratified" : "notRatified")}</b>{" "}
      {share === null || counts === null
        ? say("hiddenCounts")
        : say("ratifiedShare", {
            share: formatShare(share.estimate),
            low: formatShare(share.low),
            high: formatShare(share.high),
            people: share.n + counts.pass,
          })}
    </p>
  );
}
