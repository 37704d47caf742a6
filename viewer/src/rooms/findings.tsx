import { useEffect, useRef, useState } from "preact/hooks";
import type { AttacksPage, FindingRow, FindingsPage } from "../../../src/view/source-attacks.ts";
import { formatCount, formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { RecordText } from "../parts/record-text.tsx";
import { Turns } from "../parts/turns.tsx";
import { IntervalWords, Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly page: AttacksPage;
  readonly query: string;
}

const atOnce = 20;

/** What broke a principle, again when asked again. What was said is not even asked for until somebody wants to read it. */
export function Findings({ run, page, query }: Props) {
  const [isShown, show] = useState(false);
  const place = useRef<HTMLElement>(null);
  const asked = new URLSearchParams(query);
  const [principle, technique] = [asked.get("principle"), asked.get("technique")];
  const from = Number(/^\d{1,9}$/u.exec(asked.get("from") ?? "")?.[0] ?? 0);
  const cell = { ...(principle === null ? {} : { principle }), ...(technique === null ? {} : { technique }) };
  const search = { ...cell, from: String(from), n: String(atOnce), ...(isShown ? { texts: "1" } : {}) };
  const { value, error } = useLoaded(`findings ${run} ${JSON.stringify(search)}`, () =>
    source.ask<FindingsPage>(run, ["attacks", "findings"], search),
  );
  useEffect(() => {
    if (query !== "") place.current?.scrollIntoView({ block: "start" });
  }, [query]);
  if (error !== undefined) return <Message error={error} />;
  const linkFrom = (to: number): string =>
    linkTo(run, "attacks", null, new URLSearchParams({ ...cell, ...(to > 0 ? { from: String(to) } : {}) }).toString());
  return (
    <section ref={place}>
      <h2>Findings</h2>
      <p class="under">
        Successes without repetitions, each asked again and shortened as long as it still broke its principle. Their
        texts are attacks, so they are hidden here; the records that the links open show them.
      </p>
      <CellFacts page={page} principle={principle} technique={technique} run={run} />
      <p class="tools">
        <button type="button" class="button" aria-pressed={isShown} onClick={() => show(!isShown)}>
          {isShown ? "Hide attacks" : "Show attacks"}
        </button>
        <span class="meta" role="status">
          {value === undefined ? "" : countWords(value)}
        </span>
      </p>
      {value === undefined ? (
        <Waiting for="the findings" />
      ) : (
        <>
          <ol class="findings">
            {value.rows.map((row) => (
              <Finding key={row.id} run={run} row={row} />
            ))}
          </ol>
          {value.matching <= atOnce ? null : (
            <nav class="tools" aria-label="More findings">
              {from === 0 ? null : (
                <a class="button" href={linkFrom(Math.max(0, from - atOnce))}>
                  The {atOnce} before
                </a>
              )}
              {from + atOnce >= value.matching ? null : (
                <a class="button" href={linkFrom(from + atOnce)}>
                  The next {Math.min(atOnce, value.matching - from - atOnce)}
                </a>
              )}
            </nav>
          )}
        </>
      )}
    </section>
  );
}

function countWords({ total, matching, from, rows }: FindingsPage): string {
  const all = formatPlural(total, "finding", "findings");
  const of = matching === total ? all : `${formatCount(matching)} of ${all}`;
  if (rows.length === matching) return of;
  return `${of}, from ${formatCount(from + 1)} to ${formatCount(from + rows.length)}`;
}

interface CellProps {
  readonly run: string;
  readonly page: AttacksPage;
  readonly principle: string | null;
  readonly technique: string | null;
}

/** What the list is narrowed to. */
function CellFacts({ run, page, principle, technique }: CellProps) {
  if (principle === null && technique === null) return null;
  const cell = page.cells.find((one) => one.principle === principle && one.technique === technique);
  const text = page.principles.find(({ id }) => id === principle)?.text;
  return (
    <div class="note findings-of">
      <p>
        <b>{[principle, technique].filter((part) => part !== null).join(" × ")}</b>
        {cell?.rate == null ? null : (
          <>
            : {formatCount(cell.successes)} of {formatPlural(cell.rate.n, "graded try", "graded tries")} broke it (
            <IntervalWords of={cell.rate} /> %, as if tries at one goal were independent).
          </>
        )}{" "}
        <a href={linkTo(run, "attacks")}>All findings</a>
      </p>
      {text == null ? null : <p dir="auto">{text}</p>}
    </div>
  );
}

function Finding({ run, row }: { readonly run: string; readonly row: FindingRow }) {
  const { id, attempt, principle, technique, strategy, grade, samples, alike, texts } = row;
  return (
    <li>
      <p class="finding-head">
        <b>{principle}</b> <span>{technique}</span> <span class="meta">by {strategy}</span>
      </p>
      <p class="meta">
        grade {grade} of 4 · broke it {samples.broken} of {formatPlural(samples.of, "time", "times")}
        {alike === 1 ? "" : ` · stands for ${formatCount(alike)} attempts`} ·{" "}
        <a href={linkTo(run, "record", id)}>its record</a>
        {attempt === null ? null : (
          <>
            {" "}
            · <a href={linkTo(run, "record", attempt)}>the attempt</a>
          </>
        )}
      </p>
      {texts === null ? null : (
        <div class="said">
          <p class="meta">wanted: {texts.behaviour}</p>
          <Turns messages={texts.messages} />
          {texts.prefill === null ? null : (
            <div class="turn">
              <span class="meta">the answer's beginning, put into its mouth</span>
              <RecordText text={texts.prefill} small />
            </div>
          )}
          <div class="turn">
            <span class="meta">answer</span>
            <RecordText text={texts.response} small />
          </div>
        </div>
      )}
    </li>
  );
}
