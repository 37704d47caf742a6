import { drawFigure, groupColour, opinionMap } from "../../../src/charts/index.ts";
import type { PublicOpinion, PublicPage } from "../../../src/view/source-public.ts";
import { formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { Chart } from "../parts/chart.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import type { RoomProps } from "../room.ts";
import { source } from "../state.ts";
import { PublicPrinciple } from "./public-principle.tsx";
import { PublicPrinciples } from "./public-principles.tsx";
import { PublicStatements } from "./public-statements.tsx";

/** What a public thinks, and what it wrote: the map, the statements, the principles; or one principle with its votes. */
export function PublicRoom({ run, id }: RoomProps) {
  const { value: page, error } = useLoaded(`public ${run}`, () => source.ask<PublicPage>(run, ["public"]));
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) {
    return (
      <main id="main" class="page" tabIndex={-1}>
        <h1 class="hidden">Public</h1>
        <Waiting for="the votes" />
      </main>
    );
  }
  return id === null ? <Whole run={run} page={page} /> : <PublicPrinciple run={run} id={id} page={page} />;
}

function Whole({ run, page }: { readonly run: string; readonly page: PublicPage }) {
  const { title, opinion, constitution, proof } = page;
  return (
    <main id="main" class="page public" tabIndex={-1}>
      <p class="kicker">Public</p>
      <h1 class="big" dir="auto">
        {title}
      </h1>
      {opinion === null ? null : <Opinion opinion={opinion} />}
      {constitution === null ? null : <PublicPrinciples run={run} constitution={constitution} />}
      {opinion === null ? null : <PublicStatements run={run} opinion={opinion} />}
      <section>
        <h2>How to compute this again</h2>
        <p class="under">
          The result is a pure function of the votes and statements, the configuration and the seed;{" "}
          <code>precept collective verify FOLDER</code> computes what a site published anew.
        </p>
        <dl class="facts proof">
          {proof.map(({ label, value }) => (
            <>
              <dt>{label}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </>
          ))}
        </dl>
      </section>
    </main>
  );
}

function Opinion({ opinion }: { readonly opinion: PublicOpinion }) {
  const { question, people, votes, smallestCell, flagged, state, groups, cells, statements } = opinion;
  const shared = statements.filter(({ verdict }) => verdict === "all agree").length;
  const facts = [
    formatPlural(people, "person", "people"),
    formatPlural(votes, "vote", "votes"),
    state === "groups" ? formatPlural(groups.length, "group", "groups") : state,
    `${formatPlural(shared, "statement", "statements")} that all groups agree with`,
    flagged.people === 0
      ? ""
      : `${flagged.people === null || flagged.people < smallestCell ? `fewer than ${smallestCell} flagged voters` : formatPlural(flagged.people, "flagged voter", "flagged voters")} ${flagged.isLeftOut ? "left out" : "counted"}`,
  ];
  return (
    <>
      <p class="lede" dir="auto">
        {question}
      </p>
      <p class="meta gap">{facts.filter((fact) => fact !== "").join(" · ")}</p>
      <section>
        <h2>Who thinks alike</h2>
        {cells.length === 0 ? (
          <p class="under">Too few people have voted for a map.</p>
        ) : (
          <figure class="opinion-map">
            <Chart
              bare
              most={620}
              draw={(width) => drawFigure(opinionMap({ cells, groups }, Math.min(360, Math.round(0.7 * width))), width)}
            />
            <figcaption>
              Who votes alike stands near each other. Each mark is {smallestCell} people or more at their middle, larger
              the more they are.
              {state === "groups" ? "" : " There are no clear groups: what follows counts everybody."}
            </figcaption>
          </figure>
        )}
        <Groups groups={groups} smallestCell={smallestCell} />
      </section>
    </>
  );
}

function Groups({ groups, smallestCell }: Pick<PublicOpinion, "groups" | "smallestCell">) {
  return (
    <div class="public-groups">
      {groups.map((group, i) => (
        <section key={`${i}`}>
          <h3>
            <span class="swatch" style={{ background: groupColour(i) }} aria-hidden="true" /> Group {i + 1}{" "}
            <span class="meta">
              {group === null
                ? `fewer than ${smallestCell} people`
                : `${formatPlural(group.people, "person", "people")}${
                    group.stability === null
                      ? ""
                      : ` · found again in resampled votes: ${group.stability.toFixed(2)} of 1`
                  }`}
            </span>
          </h3>
          {group === null || group.telling.length === 0 ? null : (
            <ul class="telling">
              {group.telling.map(({ text, direction }) => (
                <li key={text}>
                  <span class={`meta ${direction}`}>{direction === "agree" ? "agrees:" : "disagrees:"}</span>{" "}
                  <span dir="auto">{text}</span>
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
    </div>
  );
}
