import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { GuardActions, GuardPage, GuardTotals } from "../../../src/view/source-guard.ts";
import { formatCount, formatPercent, formatPlural } from "../format.ts";
import { memory, useLoaded } from "../hooks.ts";
import { ScrollBox } from "../parts/scroll-box.tsx";
import { IntervalWords, Message, Waiting } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";
import { GuardDrift } from "./guard-drift.tsx";
import { nameAction, nameStageOf } from "./guard-words.ts";

/** Milliseconds after which a log that is still read is asked for again. */
const patience = 700;

const order = ["pass", "observe", "mask", "block", "revise", "route"] as const;

/** What the guard did in all: by principle, check and kind of text, and over time. */
export function GuardSummary({ run }: { readonly run: string }) {
  const [asked, ask] = useState(0);
  const key = `guard ${run} summary#${reviewVersion.value}/${asked}`;
  const { value: page, error } = useLoaded(key, () => source.ask<GuardPage>(run, ["guard", "summary"]));
  useEffect(() => {
    if (page === undefined || page.read >= 1) return undefined;
    const again = setTimeout(() => {
      memory.clear();
      ask(asked + 1);
    }, patience);
    return () => clearTimeout(again);
  }, [page]);
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="the log" />;
  const { summary } = page;
  if (summary.texts === 0) return <p class="empty">No text was judged yet.</p>;
  return (
    <div class="guard-summary">
      <h2 class="title">What the guard did</h2>
      <Lead page={page} />
      <Coverage summary={summary} />
      <GuardDrift drift={summary.drift} />
      <Principles run={run} summary={summary} />
      <Checks run={run} summary={summary} />
      <Stages run={run} summary={summary} />
    </div>
  );
}

function Lead({ page: { summary, read, unread, texts, file } }: { readonly page: GuardPage }) {
  const { span, actions, policies } = summary;
  const acted = order.slice(2).reduce((sum, action) => sum + (actions[action] ?? 0), 0);
  const day = (iso: string): string => iso.slice(0, 16).replace("T", " ");
  const kept = { full: "whole texts", hash: "hashes of texts", none: "no texts" } as const;
  return (
    <>
      <p class="lede">
        Of {formatPlural(summary.texts, "text", "texts")}, the guard acted on <b>{formatCount(acted)}</b>
        {actions.observe === undefined ? "" : ` and wrote down ${formatCount(actions.observe)} that it let pass`}.
      </p>
      <p class="meta gap">
        {file}
        {span === undefined ? "" : ` · ${day(span.from)} to ${day(span.to)} UTC`}
        {texts === null ? "" : ` · holds ${kept[texts]}`}
        {Object.keys(policies).length < 2
          ? ""
          : ` · ${Object.keys(policies).length} policies: the guard was changed in between`}
        {unread === 0 ? "" : ` · ${formatPlural(unread, "line", "lines")} that cannot be read`}
      </p>
      {read >= 1 ? null : <p class="reading">Summed up so far: {Math.floor(100 * read)} % of the log.</p>}
    </>
  );
}

function Coverage({ summary }: { readonly summary: GuardTotals }) {
  const { coverage, statuses, unnamed, latency, limits, strict, wasted } = summary;
  const further: readonly (readonly [string, number])[] = [
    ...Object.entries(limits).map(([limit, n]) => [`Texts of which the limit ${limit} kept a check`, n] as const),
    ["Texts held to stricter thresholds", strict],
    ["Characters answered to input that was stopped", wasted],
  ];
  const { delivered, unchecked, leaked } = coverage;
  const alarm = (n: number) => (n === 0 ? "0" : <span class="alarm">▲ {formatCount(n)}</span>);
  return (
    <dl class="facts numbers">
      <dt>Characters delivered</dt>
      <dd>{formatCount(delivered)}</dd>
      <dt class="in">not settled by every check</dt>
      <dd>{alarm(unchecked)}</dd>
      <dt class="in">of forbidden spans</dt>
      <dd>{alarm(leaked)}</dd>
      <dt>Texts of which a check failed, let pass</dt>
      <dd>{formatCount(statuses["failed-open"] ?? 0)}</dd>
      <dt class="in">stopped</dt>
      <dd>{formatCount(statuses["failed-closed"] ?? 0)}</dd>
      {statuses.skipped === undefined ? null : (
        <>
          <dt>Texts that no check read</dt>
          <dd>{formatCount(statuses.skipped)}</dd>
        </>
      )}
      {unnamed === 0 ? null : (
        <>
          <dt>Acted on without a finding</dt>
          <dd>{formatCount(unnamed)}</dd>
        </>
      )}
      {further.map(([label, n]) =>
        n === 0 ? null : (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{formatCount(n)}</dd>
          </Fragment>
        ),
      )}
      {latency === undefined ? null : (
        <>
          <dt>Time of the guard, median · 95 % below</dt>
          <dd>
            {latency.median.toFixed(1)} · {latency.p95.toFixed(1)} ms
          </dd>
        </>
      )}
    </dl>
  );
}

interface SectionProps {
  readonly run: string;
  readonly summary: GuardTotals;
}

function Principles({ run, summary: { principles } }: SectionProps) {
  if (principles.length === 0) return null;
  return (
    <Tally
      title="By principle"
      head="Principle"
      last="acted on, of all texts"
      rows={principles.map(({ id, texts, actions, acted }) => ({
        name: id,
        href: linkTo(run, "guard", null, new URLSearchParams({ principle: id }).toString()),
        ...{ texts, actions },
        end: (
          <>
            {formatPercent(acted.estimate)} % <IntervalWords of={acted} />
          </>
        ),
      }))}
    />
  );
}

function Checks({ run, summary: { checks } }: SectionProps) {
  if (checks.length === 0) return null;
  return (
    <Tally
      title="By check"
      head="Check"
      last="principle"
      rows={checks.map(({ check, kind, principleId, texts, actions }) => ({
        name: check === kind ? kind : `${kind} ${check.replace(/^head:/u, "")}`,
        href: linkTo(run, "guard", null, new URLSearchParams({ check, principle: principleId }).toString()),
        ...{ texts, actions, end: principleId },
      }))}
    />
  );
}

function Stages({ run, summary: { stages } }: SectionProps) {
  return (
    <Tally
      title="By kind of text"
      head="Text"
      last="ms, median · 95 %"
      rows={stages.map(({ stage, texts, actions, latency }) => ({
        name: nameStageOf(stage),
        href: linkTo(run, "guard", null, new URLSearchParams({ stage }).toString()),
        ...{ texts, actions },
        end: latency === undefined ? "–" : `${latency.median.toFixed(1)} · ${latency.p95.toFixed(1)}`,
      }))}
    />
  );
}

interface TallyProps {
  readonly title: string;
  readonly head: string;
  readonly last: string;
  readonly rows: readonly {
    readonly name: string;
    readonly href: string;
    readonly texts: number;
    readonly actions: GuardActions;
    readonly end: ComponentChildren;
  }[];
}

/** A table with a column for each action that occurred. */
function Tally({ title, head, last, rows }: TallyProps) {
  const used = order.filter((action) => rows.some(({ actions }) => actions[action] !== undefined));
  return (
    <section>
      <h3>{title}</h3>
      <ScrollBox label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{head}</th>
              <th scope="col" class="num">
                texts
              </th>
              {used.map((action) => (
                <th key={action} scope="col" class="num">
                  {nameAction(action)}
                </th>
              ))}
              <th scope="col" class="num">
                {last}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, href, texts, actions, end }) => (
              <tr key={href}>
                <th scope="row">
                  <a href={href}>{name}</a>
                </th>
                <td class="num">{formatCount(texts)}</td>
                {used.map((action) => (
                  <td key={action} class="num">
                    {actions[action] === undefined ? "–" : formatCount(actions[action])}
                  </td>
                ))}
                <td class="num">{end}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}
