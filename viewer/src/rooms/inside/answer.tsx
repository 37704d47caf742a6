import { useState } from "preact/hooks";
import type { TracedAnswer, TracedExample } from "../../../../src/view/source-inside.ts";
import { formatCount, formatShare } from "../../format.ts";
import { useKeys, useLoaded } from "../../hooks.ts";
import { PrincipleLink } from "../../parts/principle-link.tsx";
import { RecordText } from "../../parts/record-text.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { copyLink } from "../../parts/shell.tsx";
import { Message, Waiting } from "../../parts/words.tsx";
import { linkTo } from "../../route.ts";
import { openRoute, source } from "../../state.ts";
import { Comparisons } from "./answer-comparisons.tsx";
import { comparisonLink } from "./links.ts";
import { formatScore, type Method, methodLabels, methods, nameCheckpoint } from "./methods.ts";

/** An answer: the principles and the training examples behind it, by four methods side by side. */
export function AnswerView({ run, name }: { readonly run: string; readonly name: string }) {
  const { value: answer, error } = useLoaded(`inside ${run} answers/${name}`, () =>
    source.ask<TracedAnswer>(run, ["inside", "answers", name]),
  );
  const [chosen, choose] = useState<Method>();
  useKeys({ back: () => openRoute({ run, page: "inside", id: null, query: "" }) });
  if (error !== undefined) return <Message error={error} />;
  if (answer === undefined) {
    return (
      <main id="main" class="page" tabIndex={-1}>
        <h1 class="hidden">Inside</h1>
        <Waiting for="the answer" />
      </main>
    );
  }
  const known = methods.filter((one) => answer.strongest.some(({ byMethod }) => byMethod[one] !== undefined));
  const by = chosen ?? known[0] ?? "bm25";
  return (
    <main id="main" class="page inside" tabIndex={-1}>
      <p class="kicker">
        <a href={linkTo(run, "inside")}>Inside</a> · an answer and what shaped it{" "}
        <button type="button" class="button small" onClick={() => void copyLink()}>
          Copy link
        </button>
      </p>
      <h1 dir="auto">{answer.request}</h1>
      <div class="asked-answer">
        <span class="meta">{nameCheckpoint(answer.answering)}</span>
        <RecordText text={answer.response} />
      </div>
      <fieldset class="segments" aria-label="Ordered by">
        {known.map((one) => (
          <button type="button" key={one} aria-pressed={one === by} onClick={() => choose(one)}>
            {methodLabels[one].name}
          </button>
        ))}
      </fieldset>
      <p class="meta gap">
        {methodLabels[by].name}: {methodLabels[by].says}.
      </p>
      <Principles run={run} answer={answer} by={by} known={known} />
      <Examples run={run} answer={answer} by={by} known={known} />
      <Comparisons run={run} answer={answer} />
      <section>
        <h2>What this cannot say</h2>
        <ul class="open-list">
          {answer.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
        {answer.forget === null ? null : (
          <p class="meta gap">
            Memorised or general? <code>{answer.forget}</code>
          </p>
        )}
      </section>
    </main>
  );
}

interface PartProps {
  readonly run: string;
  readonly answer: TracedAnswer;
  readonly by: Method;
  readonly known: readonly Method[];
}

function Principles({ run, answer, by, known }: PartProps) {
  const rank = (one: TracedAnswer["principles"][number]): number => one.byMethod[by]?.rank ?? Number.POSITIVE_INFINITY;
  const ordered = [...answer.principles].sort((a, b) => rank(a) - rank(b));
  return (
    <section>
      <h2>Principles</h2>
      <p class="under">
        By the mean over the stronger half of the examples that a principle revised: a few that push a like answer down
        would outweigh the rest in the mean of all, which stands beside it. The sum, which a principle with many
        examples has large whatever they say, stands with 95&nbsp;% of sums over examples drawn anew.
      </p>
      <ScrollBox label="Principles">
        <table>
          <thead>
            <tr>
              <th scope="col">Principle</th>
              <th scope="col" class="num">
                Stronger half
              </th>
              <th scope="col" class="num">
                Mean
              </th>
              <th scope="col" class="num">
                Sum
              </th>
              <th scope="col" class="num">
                Examples
              </th>
              {known.map((one) => (
                <th scope="col" class="num" key={one}>
                  {methodLabels[one].name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.map(({ principleId, text, examples, byMethod }) => (
              <tr key={principleId}>
                <th scope="row" title={text}>
                  <PrincipleLink run={run} id={principleId} />
                </th>
                <td class="num">{formatScore(byMethod[by]?.strongerHalf)}</td>
                <td class="num">{formatScore(byMethod[by]?.mean)}</td>
                <td class="num">
                  {formatScore(byMethod[by]?.sum)}
                  <span class="interval block">
                    {formatScore(byMethod[by]?.low)} to {formatScore(byMethod[by]?.high)}
                  </span>
                </td>
                <td class="num">{formatCount(examples)}</td>
                {known.map((one) => (
                  <td class={one === by ? "num by" : "num"} key={one}>
                    {byMethod[one]?.rank}.
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

function Examples({ run, answer, by, known }: PartProps) {
  const rank = ({ byMethod }: TracedExample): number => byMethod[by]?.rank ?? Number.POSITIVE_INFINITY;
  const ordered = answer.strongest.filter((one) => rank(one) <= shown).sort((a, b) => rank(a) - rank(b));
  return (
    <section>
      <h2>Training examples that pushed it up most</h2>
      <p class="under">
        Of {formatCount(answer.examples)} examples of {nameCheckpoint(answer.trained)}. Beside each: its place by every
        method.
      </p>
      <ol class="traced-examples">
        {ordered.map((one) => (
          <Example key={one.example.id} run={run} of={one} by={by} known={known} />
        ))}
      </ol>
    </section>
  );
}

/** Of every method's list so many are kept. */
const shown = 8;

interface ExampleProps {
  readonly run: string;
  readonly of: TracedExample;
  readonly by: Method;
  readonly known: readonly Method[];
}

function Example({ run, of, by, known }: ExampleProps) {
  const { example, byMethod, agreement, comparison } = of;
  const { id, source: kind, prompt, completion, principles, critiques, missing } = example;
  const asked = typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n");
  return (
    <li>
      <dl class="places">
        {known.map((one) => (
          <div key={one} class={one === by ? "by" : undefined}>
            <dt>{methodLabels[one].name}</dt>
            <dd title={`score ${formatScore(byMethod[one]?.score)}`}>{byMethod[one]?.rank}.</dd>
          </div>
        ))}
      </dl>
      <div>
        <p class="meta">
          <a href={linkTo(run, "inside", `examples/${id}`)} class="mono">
            {id}
          </a>{" "}
          · {kind} · {formatCount(agreement)} of {known.length} methods agree
        </p>
        <RecordText text={asked} small />
        <RecordText text={completion} />
        <ul class="line">
          {critiques.map((critique) => (
            <li key={critique.id}>
              <a href={linkTo(run, "record", critique.id)}>critique</a> under{" "}
              <PrincipleLink run={run} id={critique.principleId} />: <span dir="auto">{critique.text}</span>
            </li>
          ))}
          {comparison === undefined ? null : (
            <li>
              <a href={comparisonLink(run, comparison.id)}>nearest comparison</a> under{" "}
              {comparison.principles.map((principle, i) => (
                <span key={principle}>
                  {i === 0 ? "" : ", "}
                  <PrincipleLink run={run} id={principle} />
                </span>
              ))}
              : <span dir="auto">{comparison.request}</span> (the first answer is better:{" "}
              {formatShare(comparison.label)})
            </li>
          )}
          {principles.length > 0 ? null : <li>no principle: the model's own words stayed</li>}
          {missing.length === 0 ? null : <li class="alarm">since deleted: {missing.join(", ")}</li>}
        </ul>
      </div>
    </li>
  );
}
