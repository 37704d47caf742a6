import type { ItemFinding, ItemPage } from "../../../src/view/source-rooms.ts";
import { formatCount } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { CausedLink, ShapedLink } from "../parts/inside-link.tsx";
import type { Place } from "../parts/list-room.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { copyLink } from "../parts/shell.tsx";
import { Turns } from "../parts/turns.tsx";
import { classOf, Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly suite: string;
  readonly id: string;
  readonly place: Place;
}

/** An item: what was asked, what every checkpoint said, how that was found and why. */
export function ItemView({ run, suite, id, place }: Props) {
  const { value: page, error } = useLoaded(`${run}/${suite}/${id}`, () => source.item(run, suite, id));
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="the item" />;
  const request = page.messages.findLast(({ role }) => role === "user")?.content ?? page.row.title;
  return (
    <>
      <p class="kicker">
        <span>Item of {suite}</span> <code>{page.row.id}</code>{" "}
        <button type="button" class="button small" onClick={() => void copyLink()}>
          Copy link
        </button>
      </p>
      <h2 class="title" dir="auto">
        {request.length > 240 ? page.row.title : request}
      </h2>
      <p class="summary">
        {page.row.group}
        {place.index < 0 ? "" : ` · item ${formatCount(place.index + 1)} of ${formatCount(place.matching)}`}
      </p>
      {page.messages.length > 1 || request.length > 240 ? <Turns messages={page.messages} /> : null}
      <ol class="answer-list">
        {page.answers.map(({ checkpoint, label, recordId, text, verdict, isGood, isCut, ...read }) => (
          <li key={recordId}>
            <div class="step-head">
              <b class={classOf(checkpoint)}>{label}</b>
              <span class={isGood === false ? "alarm" : undefined}>
                {isGood === null ? "" : isGood ? "✓ " : "✕ "}
                {verdict}
              </span>
              {isCut ? <span class="alarm">cut at the limit</span> : null}
              <a class="id mono" href={linkTo(run, "record", recordId)}>
                record
              </a>
              <ShapedLink run={run} id={recordId} of={checkpoint} />
            </div>
            <RecordText text={text} />
            <Why {...read} />
          </li>
        ))}
      </ol>
      {page.nearest.length === 0 ? null : (
        <section>
          <h3>Nearest training rows</h3>
          <ol class="answer-list">
            {page.nearest.map(({ id: row, chain, text }) => (
              <li key={row}>
                <a class="mono meta" href={chain === null ? linkTo(run, "record", row) : linkTo(run, "chains", chain)}>
                  {row}
                </a>{" "}
                <CausedLink run={run} id={row} class="meta" />
                <RecordText text={text} small />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

type Read = Pick<ItemPage["answers"][number], "values" | "why" | "findings" | "readBy" | "certificates">;

/** How an answer was read: principle by principle, in the judge's words, or by the values of a rule. */
function Why({ values, why, findings, readBy, certificates }: Read) {
  const isQuiet = ({ verdict }: ItemFinding): boolean => verdict === "not at stake";
  return (
    <>
      {findings
        .filter((finding) => !isQuiet(finding))
        .map((finding) => (
          <div class="critique" key={finding.principle}>
            <p class="meta">
              <b class={finding.verdict === "breaks" ? "alarm" : undefined}>
                {findingSigns[finding.verdict]} {finding.verdict}
              </b>{" "}
              {finding.principle} {finding.text}
            </p>
            {finding.quote === null ? null : <q dir="auto">{finding.quote}</q>}
            {finding.why === null ? null : <p dir="auto">{finding.why}</p>}
          </div>
        ))}
      {why === null ? null : (
        <p class="critique" dir="auto">
          {why}
        </p>
      )}
      <p class="meta">
        {findings.some(isQuiet)
          ? `Not at stake: ${findings
              .filter(isQuiet)
              .map(({ principle }) => principle)
              .join(", ")}. `
          : ""}
        Read by {readBy}
        {tellValues(values)}
      </p>
      {certificates.map((standing) => (
        <p class="meta" key={standing}>
          {standing}
        </p>
      ))}
    </>
  );
}

const findingSigns = { breaks: "✕", keeps: "✓", "not at stake": "", undetermined: "○" } as const;

/** ": yes Violations · no Refused · Gold reward -1" */
function tellValues(values: Read["values"]): string {
  const named = (of: string): string[] =>
    values.flatMap(({ name, value }) => (value === of ? [name.toLowerCase()] : []));
  const [yes, no] = [named("yes"), named("no")];
  const others = values.filter(({ value }) => value !== "yes" && value !== "no");
  const parts = [
    ...(yes.length === 0 ? [] : [`yes: ${yes.join(", ")}`]),
    ...(no.length === 0 ? [] : [`no: ${no.join(", ")}`]),
    ...others.map(({ name, value }) => `${name.toLowerCase()} ${value.replace("-", "−")}`),
  ];
  return parts.length === 0 ? "" : ` · ${parts.join(" · ")}`;
}
