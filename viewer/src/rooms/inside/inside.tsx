import type { AnswerLine, DictionaryLine, InsidePage } from "../../../../src/view/source-inside.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { useLoaded } from "../../hooks.ts";
import { PrincipleLink } from "../../parts/principle-link.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { IntervalWords, Message, Waiting } from "../../parts/words.tsx";
import type { RoomProps } from "../../room.ts";
import { linkTo } from "../../route.ts";
import { isShared, source } from "../../state.ts";
import { AnswerView } from "./answer.tsx";
import { AskForm, askedVersion } from "./ask.tsx";
import { Audits } from "./audit.tsx";
import { CausedView } from "./caused.tsx";
import { DictionaryView } from "./dictionary.tsx";
import { FeaturePageView } from "./feature.tsx";
import { nameCheckpoint } from "./methods.ts";
import { Probes } from "./probes.tsx";
import { Forgettings, Referees } from "./referee.tsx";

/** Why it said that: examples behind an answer, features, probes; or one of them. */
export function InsideRoom({ run, id, query }: RoomProps) {
  const [kind, ...rest] = id?.split("/") ?? [];
  const [name = "", number] = rest;
  switch (kind) {
    case undefined:
      return <Whole run={run} query={query} />;
    case "answers":
      return <AnswerView run={run} name={name} />;
    case "examples":
      return <CausedView run={run} id={rest.join("/")} />;
    default:
      return number === undefined ? (
        <DictionaryView run={run} name={name} />
      ) : (
        <FeaturePageView run={run} name={name} number={number} />
      );
  }
}

function Whole({ run, query }: { readonly run: string; readonly query: string }) {
  const { value: page, error } = useLoaded(`inside ${run}#${askedVersion.value}`, () =>
    source.ask<InsidePage>(run, ["inside"]),
  );
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page inside" tabIndex={-1}>
      <h1 class="big">Inside</h1>
      <p class="lede">
        Why did it say that? Which training examples shaped an answer, which features a checkpoint has and which of them
        training changed, and what it knows before its first word.
      </p>
      {page === undefined ? <Waiting for="what was found" /> : <Found run={run} page={page} query={query} />}
    </main>
  );
}

function Found({ run, page, query }: { readonly run: string; readonly page: InsidePage; readonly query: string }) {
  const { traced, answers, dictionaries, probes, audit, planted, referees, forgotten, faults } = page;
  const isAsked = traced.length > 0 && !isShared;
  return (
    <>
      {faults.map((fault) => (
        <p class="note" role="note" key={fault}>
          {fault}
        </p>
      ))}
      {isAsked || answers.length > 0 ? (
        <section>
          <h2>Which examples shaped an answer</h2>
          <p class="under">
            Measured, not recorded: how far each training example moved the answer, by four methods that err each in its
            own way.
          </p>
          {isAsked ? <AskForm run={run} traced={traced} query={query} /> : null}
          <Answers run={run} answers={answers} />
        </section>
      ) : null}
      <Referees referees={referees} />
      <Forgettings forgotten={forgotten} />
      <Audits run={run} audit={audit} planted={planted} />
      <Dictionaries run={run} dictionaries={dictionaries} />
      <Probes probes={probes} />
    </>
  );
}

function Answers({ run, answers }: { readonly run: string; readonly answers: readonly AnswerLine[] }) {
  if (answers.length === 0) return null;
  return (
    <>
      <h3>Answers that were traced</h3>
      <ul class="traced">
        {answers.map(({ name, answering, request, response, principle }) => (
          <li key={name}>
            <a href={linkTo(run, "inside", `answers/${name}`)} dir="auto">
              {request}
            </a>
            <p dir="auto">{response}</p>
            <p class="meta">
              {nameCheckpoint(answering)}
              {principle === null ? null : (
                <>
                  {" "}
                  · first <PrincipleLink run={run} id={principle} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Dictionaries({
  run,
  dictionaries,
}: {
  readonly run: string;
  readonly dictionaries: readonly DictionaryLine[];
}) {
  if (dictionaries.length === 0) return null;
  return (
    <section>
      <h2>Features</h2>
      <p class="under">
        Dictionaries of what a checkpoint has at one place while it reads. Loss recovered is against that place at its
        mean.
      </p>
      <ScrollBox label="Dictionaries">
        <table>
          <thead>
            <tr>
              <th scope="col">Dictionary</th>
              <th scope="col" class="num">
                Features
              </th>
              <th scope="col" class="num">
                Active per token
              </th>
              <th scope="col" class="num">
                Loss recovered
              </th>
              <th scope="col" class="num">
                Variance left
              </th>
              <th scope="col" class="num">
                Changed rates
              </th>
            </tr>
          </thead>
          <tbody>
            {dictionaries.map((line) => (
              <tr key={line.name}>
                <th scope="row">
                  <a href={linkTo(run, "inside", `features/${line.name}`)}>{line.name}</a>
                  <span class="meta block">
                    {line.models.join(" and ")} at {line.site}
                  </span>
                </th>
                <td class="num">{formatCount(line.size)}</td>
                <td class="num">{line.l0.toFixed(1)}</td>
                <td class="num">
                  {line.recovered === null ? (
                    <span class="meta">not measured</span>
                  ) : (
                    <>
                      {formatPercent(line.recovered.estimate)} %
                      <span class="block">
                        <IntervalWords of={line.recovered} withN />
                      </span>
                    </>
                  )}
                </td>
                <td class="num">{formatPercent(line.unexplained)} %</td>
                <td class="num">{line.changed === null ? "–" : formatCount(line.changed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}
