import { DEFAULT_CUT_OFF } from "../../../src/collective/options.ts";
import { ask } from "./api.ts";
import { formatNumber, say } from "./language.ts";
import { groupLetter, OpinionMap } from "./map.tsx";
import { Said, useAnswer } from "./parts.tsx";
import { StatementBars } from "./statement-bars.tsx";
import { conversation, moves, results } from "./town-state.ts";
import type { Mine, Published } from "./wire.ts";

type Result = Published & { readonly upTo: number; readonly head: string; readonly hash: string };
const mostShown = 12;
/** Difference between groups' shares of agreement from which a statement is said to divide them. */
const clearDifference = 0.3;

/** Where people stand: the map, what all groups share, where they differ, and how it can be checked. */
export function ResultsPage() {
  const answer = results.value;
  const { value: mine } = useAnswer(`place ${moves.value}`, () => ask<Mine>("mine"));
  const smallest = conversation.value?.smallestCell ?? 5;
  if (answer === undefined) return <p class="waiting">{say("waiting")}</p>;
  const { result, texts } = answer;
  if (result === null || result.state === "too few people") {
    return (
      <section class="note-page">
        <h2>{say("resultsTitle")}</h2>
        <p>{say("tooFew", { smallest })}</p>
      </section>
    );
  }
  const place = mine?.place ?? null;
  return (
    <>
      <section>
        <h2>{say("resultsTitle")}</h2>
        <p class="under">{say("peopleAndVotes", { people: result.people, votes: result.votes })}</p>
        <OpinionMap result={result} place={place} smallest={smallest} />
        {result.state === "no clear groups" ? (
          <p>{say("noGroups")}</p>
        ) : (
          <Groups result={result} place={place} texts={texts} />
        )}
      </section>
      <Consensus result={result} texts={texts} />
      <Proof result={result} />
    </>
  );
}

interface PartProps {
  readonly result: Result;
  readonly texts: Readonly<Record<string, string>>;
}

function Groups({ result, place, texts }: PartProps & { readonly place: Mine["place"] }) {
  const own = place?.group ?? null;
  return (
    <>
      {place === null ? null : (
        <p>{own === null ? say("youOutside") : say("youInGroup", { group: groupLetter(own) })}</p>
      )}
      {result.groups.map((group, i) => (
        <section key={groupLetter(i)} class="group">
          <h3>
            <span class={`swatch group-${i}`} aria-hidden="true" /> {say("groupName", { group: groupLetter(i) })}{" "}
            <span class="meta">
              {group === null
                ? say("groupSmall")
                : `${say("groupPeople", { people: group.people })}${
                    group.stability === null
                      ? ""
                      : ` · ${say(group.stability >= 0.75 ? "stabilityHigh" : "stabilityLow")}`
                  }`}
            </span>
          </h3>
          {group === null || group.representative.length === 0 ? null : (
            <ul class="plain telling" aria-label={say("groupSays", { group: groupLetter(i) })}>
              {group.representative.map(({ statement, direction }) =>
                texts[statement] === undefined ? null : (
                  <li key={statement}>
                    <span class={`meta ${direction}`}>
                      {say(direction === "agree" ? "agreesWith" : "disagreesWith")}
                    </span>{" "}
                    <Said text={texts[statement]} />
                  </li>
                ),
              )}
            </ul>
          )}
        </section>
      ))}
    </>
  );
}

function Consensus({ result, texts }: PartProps) {
  const shown = result.statements.filter(({ id }) => texts[id] !== undefined);
  const byEstimate = shown.toSorted((a, b) => (b.consensus?.estimate ?? 0) - (a.consensus?.estimate ?? 0));
  const shared = byEstimate.filter(({ agreement }) => agreement === "yes");
  // Votes speak for it, and are too few to be sure: all that a small conversation has.
  const likely = byEstimate.filter(
    ({ agreement, consensus }) =>
      agreement === "needs more votes" && consensus !== null && consensus.estimate >= DEFAULT_CUT_OFF,
  );
  const rejected = byEstimate.filter(({ rejection }) => rejection === "yes").toReversed();
  const differing = shown
    .map((statement) => ({ statement, difference: differenceOf(statement) }))
    .filter(({ difference }) => difference >= clearDifference)
    .sort((a, b) => b.difference - a.difference)
    .map(({ statement }) => statement);
  const needMore = shown.filter(
    (statement) =>
      statement.agreement === "needs more votes" &&
      statement.rejection === "needs more votes" &&
      !likely.includes(statement),
  ).length;
  const list = (statements: Published["statements"]) => (
    <ul class="plain">
      {statements.slice(0, mostShown).map((statement) => (
        <li key={statement.id} class="entry">
          <Said tag="p" text={texts[statement.id] ?? ""} />
          <StatementBars statement={statement} />
        </li>
      ))}
    </ul>
  );
  return (
    <>
      <section>
        <h2>{say("sharedTitle")}</h2>
        {shared.length === 0 ? <p class="under">{say("sharedNone")}</p> : list(shared)}
        {likely.length === 0 ? null : (
          <>
            <h3>{say("likelyTitle")}</h3>
            <p class="under">{say("likelyMore")}</p>
            {list(likely)}
          </>
        )}
        {needMore === 0 ? null : <p class="meta">{say("needMore", { count: needMore })}</p>}
      </section>
      {rejected.length === 0 ? null : (
        <section>
          <h2>{say("rejectedTitle")}</h2>
          {list(rejected)}
        </section>
      )}
      {result.groups.length < 2 ? null : (
        <section>
          <h2>{say("differTitle")}</h2>
          {differing.length === 0 ? <p class="under">{say("differNone")}</p> : list(differing)}
        </section>
      )}
    </>
  );
}

function differenceOf({ groups }: Published["statements"][number]): number {
  const shares = groups.flatMap((counts) =>
    counts === null ? [] : [(counts.agree + 1) / (counts.agree + counts.pass + counts.disagree + 2)],
  );
  return shares.length < 2 ? 0 : Math.max(...shares) - Math.min(...shares);
}

function Proof({ result: { upTo, head, hash } }: { readonly result: Result }) {
  return (
    <details class="proof">
      <summary>{say("proofTitle")}</summary>
      <p class="mono">
        {say("proofText", { upTo: formatNumber(upTo), head, hash, configuration: conversation.value?.hash ?? "" })}
      </p>
    </details>
  );
}
