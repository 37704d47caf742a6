import { useEffect } from "preact/hooks";
import type { PublicPage, PublicPrinciplePage, PublicWording } from "../../../src/view/source-public.ts";
import { formatPercent } from "../format.ts";
import { useKeys, useLoaded } from "../hooks.ts";
import { VoteBars, VoteKey } from "../parts/vote-bars.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { openRoute, rooms, source } from "../state.ts";
import { SecondVote } from "./public-principles.tsx";
import { Statement } from "./public-statements.tsx";

interface Props {
  readonly run: string;
  readonly id: string;
  readonly page: PublicPage;
}

/** A principle that a public wrote: the second vote on it, its statements with their votes, and how its wording was checked. */
export function PublicPrinciple({ run, id, page }: Props) {
  const principles = page.constitution?.principles ?? [];
  const index = principles.findIndex((one) => one.id === id);
  const walk = (by: number): void => {
    const to = principles[Math.min(principles.length - 1, Math.max(0, index + by))];
    if (to !== undefined) openRoute({ run, page: "public", id: to.id, query: "" }, "replace");
  };
  useKeys({
    next: () => walk(1),
    previous: () => walk(-1),
    back: () => openRoute({ run, page: "public", id: null, query: "" }),
  });
  useEffect(() => {
    document.querySelector(".principle-list [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [id]);
  return (
    <main id="main" class="page principle public" tabIndex={-1}>
      <nav class="principle-list" aria-label="Principles of the public">
        <p class="head">
          <a href={linkTo(run, "public")}>All of it</a> <span>statements</span>
        </p>
        <ol>
          {principles.map((line) => (
            <li key={line.id}>
              <a
                href={linkTo(run, "public", line.id)}
                aria-current={line.id === id ? "page" : undefined}
                title={line.text}
              >
                <span>{line.id}</span> <span class="count">{line.statements}</span>
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <Principle key={id} run={run} id={id} title={page.title} />
    </main>
  );
}

function Principle({ run, id, title }: { readonly run: string; readonly id: string; readonly title: string }) {
  const key = `public ${run}/${id}`;
  const { value: page, error } = useLoaded(key, () => source.ask<PublicPrinciplePage>(run, ["public", id]));
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for={id} />;
  const { principle, position, of, smallestCell, secondVote, statements, wordings, conflicts } = page;
  return (
    <div class="principle-main">
      <p class="kicker">
        <a href={linkTo(run, "public")} dir="auto">
          {title}
        </a>{" "}
        · principle {position} of {of}
        {principle.weight === 1 ? "" : ` · weight ${principle.weight.toPrecision(3)}`}
      </p>
      <h1 class="big">{id}</h1>
      <p class="lede rule" dir="auto">
        {principle.text}
      </p>
      {rooms.value.has("principles") ? (
        <p class="meta">
          <a href={linkTo(run, "principles", id)}>What it did in this run</a>
        </p>
      ) : null}
      <section>
        <h2>Second vote</h2>
        {secondVote === null ? (
          <p class="under">None was held on it.</p>
        ) : (
          <>
            <p class="meta second">
              <SecondVote of={principle} />
              on the principle as it is written
            </p>
            <VoteBars of={secondVote} smallestCell={smallestCell} />
          </>
        )}
      </section>
      <section>
        <h2>{statements.length === 1 ? "The statement it rests on" : "The statements it rests on"}</h2>
        <VoteKey />
        <ol class="public-list">
          {statements.map((statement) => (
            <li key={statement.id}>
              <Statement run={run} statement={statement} smallestCell={smallestCell} of={id} />
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h2>How its wording was checked</h2>
        <ul class="open-list">
          {wordings.map((wording, i) => (
            <li key={`${i}`}>{describeWording(wording)}</li>
          ))}
        </ul>
      </section>
      {conflicts.length === 0 ? null : (
        <section>
          <h2>What it conflicts with</h2>
          <ul class="open-list">
            {conflicts.map(({ ids, by, why }) => {
              const other = ids[0] === id ? ids[1] : ids[0];
              return (
                <li key={other}>
                  <a href={linkTo(run, "public", other)}>{other}</a>, by {by}: {why}.
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </div>
  );
}

function describeWording({ by, polarity, scope, fromStatement, fromPrinciple, isCompound }: PublicWording): string {
  const answer = (yes: number | null): string => (yes === null ? "not answered" : `${formatPercent(yes)} % yes`);
  return [
    by === "model" ? "The model’s words" : "A template’s words, as the model’s were refused",
    `polarity ${polarity}`,
    `scope ${scope}`,
    `follows from the statement: ${answer(fromStatement)}`,
    `the statement from it: ${answer(fromPrinciple)}`,
    ...(isCompound ? ["the statement may ask for several things"] : []),
  ].join("; ");
}
