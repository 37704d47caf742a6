import { useEffect } from "preact/hooks";
import { drawTwoSided } from "../../../src/charts/index.ts";
import type { Interval } from "../../../src/view/source.ts";
import type { PrinciplePage } from "../../../src/view/source-rooms.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { useKeys, useLoaded } from "../hooks.ts";
import { Chart } from "../parts/chart.tsx";
import { PublicLink } from "../parts/public-link.tsx";
import { ChangedText } from "../parts/record-text.tsx";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { classOf, IntervalWords, Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { openRoute, source } from "../state.ts";
import { PrincipleBeside } from "./principle-beside.tsx";

/** A page a principle: its text, whom it undoes and who undoes it, what it changed, how often it is broken, what it judged. */
export function PrinciplesRoom({ run, id }: { readonly run: string; readonly id: string | null }) {
  const { value: list, error } = useLoaded(`${run}/principles`, () => source.principles(run));
  const open = id ?? list?.[0]?.id;
  const index = list?.findIndex((line) => line.id === open) ?? -1;
  const walk = (by: number): void => {
    const to = list?.[Math.min(list.length - 1, Math.max(0, index + by))];
    if (to !== undefined) openRoute({ run, page: "principles", id: to.id, query: "" }, "replace");
  };
  useKeys({ next: () => walk(1), previous: () => walk(-1) });
  useEffect(() => {
    document.querySelector(".principle-list [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [open, list]);
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page principle" tabIndex={-1}>
      <nav class="principle-list" aria-label="Principles">
        <p class="head">
          Principles <span>revisions</span>
        </p>
        <ol>
          {list?.map((line) => (
            <li key={line.id}>
              <a
                href={linkTo(run, "principles", line.id)}
                aria-current={line.id === open ? "page" : undefined}
                title={line.text}
              >
                <span>{line.id}</span> <span class="count">{formatCount(line.revisions)}</span>
              </a>
            </li>
          ))}
        </ol>
      </nav>
      {open === undefined ? <Waiting for="the principles" /> : <Principle key={open} run={run} id={open} />}
    </main>
  );
}

function Principle({ run, id }: { readonly run: string; readonly id: string }) {
  const { value: page, error } = useLoaded(`${run}/${id}`, () => source.principle(run, id));
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for={id} />;
  const facts = [`Principle ${page.position} of ${page.of}`, `weight ${page.weight}`, page.tags.join(", ")];
  return (
    <>
      <div class="principle-main">
        <p class="kicker">{facts.filter((fact) => fact !== "").join(" · ")}</p>
        <h1 class="big">{page.id}</h1>
        <p class="lede rule" dir="auto">
          {page.text}
        </p>
        <p class="meta">
          {page.origin === null ? null : `${page.origin} `}
          <PublicLink run={run} id={page.id} />
        </p>
        <Quarrels run={run} page={page} />
        <Examples run={run} page={page} />
        <Broken page={page} />
        <Judged run={run} page={page} />
        {page.deletion === null ? null : (
          <section>
            <h2>Without it</h2>
            <p class="under">
              <code>{page.deletion}</code> makes the run that shows what is otherwise without <i>{page.id}</i>.
            </p>
          </section>
        )}
      </div>
      <PrincipleBeside run={run} page={page} />
    </>
  );
}

interface PartProps {
  readonly run: string;
  readonly page: PrinciplePage;
}

function Quarrels({ run, page }: PartProps) {
  const { quarrels, putBack } = page;
  if (quarrels.length === 0) return null;
  const [back, out] = [
    quarrels.reduce((sum, { undoes }) => sum + undoes, 0),
    quarrels.reduce((sum, { undoneBy }) => sum + undoneBy, 0),
  ];
  const filter = new URLSearchParams({ pattern: "put-back", principle: page.id }).toString();
  return (
    <section>
      <h2>Whom it undoes, and who undoes it</h2>
      <p class="under">
        {formatPlural(back, "time", "times")} it put back words that another principle had taken out, and{" "}
        {formatPlural(out, "time", "times")} another put back what it had taken out. In {formatCount(putBack.lastWord)}{" "}
        of {formatPlural(putBack.chains, "chain", "chains")} it had the last word.
      </p>
      <Chart
        most={620}
        pick={(id) => openRoute({ run, page: "principles", id, query: "" })}
        draw={(width) =>
          drawTwoSided(
            quarrels.map(({ principle, undoes, undoneBy }) => ({
              label: principle,
              left: undoes,
              right: undoneBy,
            })),
            width,
            width < 480
              ? ["undoes", "undone by"]
              : [`${page.id} puts back what it took out`, `it puts back what ${page.id} took out`],
          )
        }
      />
      <p class="meta">
        <a href={linkTo(run, "chains", null, filter)}>The {formatPlural(putBack.chains, "chain", "chains")}</a> · a word
        counts as put back when a later round adds what an earlier one removed; three words or more.
      </p>
    </section>
  );
}

function Examples({ run, page }: PartProps) {
  if (page.examples.length === 0) return null;
  return (
    <section>
      <h2>What it changed</h2>
      <ol class="examples">
        {page.examples.map(({ chain, request, round, rounds, after, undoneBy, isTrainedOn, before, revised }) => (
          <li key={`${chain}/${round}`}>
            <p class="kicker">
              <a
                class="mono"
                href={linkTo(run, "chains", chain, new URLSearchParams({ principle: page.id }).toString())}
              >
                {chain.replace(/^sl-cai-/u, "")}
              </a>{" "}
              round {round} of {rounds}
              {after === null ? "" : `, after ${after}`}
              {undoneBy === null ? "" : ` · undone by ${undoneBy}`}
              {isTrainedOn ? " · the row trained on" : ""}
            </p>
            <p class="request-line" dir="auto">
              {request}
            </p>
            <ChangedText before={before} after={revised} />
          </li>
        ))}
      </ol>
      <p class="meta">
        <a href={linkTo(run, "chains", null, new URLSearchParams({ principle: page.id }).toString())}>
          All chains revised under {page.id}
        </a>
      </p>
    </section>
  );
}

function Broken({ page }: { readonly page: PrinciplePage }) {
  if (page.broken.length === 0) return null;
  const checkpoints = new Map(
    page.broken.flatMap(({ rates }) => rates.map(({ checkpoint, label }) => [checkpoint, label] as const)),
  );
  return (
    <section>
      <h2>Broken, of the answers that it speaks about</h2>
      <ScrollBox label="Broken">
        <table>
          <thead>
            <tr>
              <th scope="col">Requests</th>
              {[...checkpoints].map(([checkpoint, label]) => (
                <th key={checkpoint} scope="col" class={`num ${classOf(checkpoint)}`}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {page.broken.map(({ label, rates }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {[...checkpoints.keys()].map((checkpoint) => (
                  <td key={checkpoint} class="num">
                    <Rate of={rates.find((one) => one.checkpoint === checkpoint)?.rate} />
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

function Rate({ of: rate }: { readonly of: Interval | undefined }) {
  if (rate === undefined) return <>–</>;
  return (
    <>
      {formatPercent(rate.estimate)} %
      <span class="block">
        <IntervalWords of={rate} withN />
      </span>
    </>
  );
}

function Judged({ run, page: { judged, id } }: PartProps) {
  if (judged === null) return null;
  return (
    <section>
      <h2>As a judge of comparisons</h2>
      <p class="under">
        Sure of {formatCount(judged.sure)} of {formatPlural(judged.n, "pair", "pairs")}
        {judged.sure === 0
          ? "."
          : `; the label came out on its side in ${formatCount(judged.sided)} of ${formatCount(judged.sure)}.`}
      </p>
      {judged.conflicts.length === 0 ? null : (
        <ScrollBox label="As a judge">
          <table>
            <caption class="hidden">Principles that were sure of the opposite of {id}</caption>
            <thead>
              <tr>
                <th scope="col">Sure of the opposite</th>
                <th scope="col" class="num">
                  Pairs
                </th>
                <th scope="col">Example</th>
              </tr>
            </thead>
            <tbody>
              {judged.conflicts.map(({ principle, pairs, example }) => (
                <tr key={principle}>
                  <th scope="row">
                    <a href={linkTo(run, "principles", principle)}>{principle}</a>
                  </th>
                  <td class="num">{formatCount(pairs)}</td>
                  <td>
                    <a class="mono" href={linkTo(run, "comparisons", example)}>
                      {example.split("/").at(-2) ?? example}
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
