import { Fragment } from "preact";
import type { GuardEventPage, GuardFinding } from "../../../src/view/source-guard.ts";
import { formatCount, shortenHash } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import type { Place } from "../parts/list-room.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { copyLink } from "../parts/shell.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";
import { nameAction, nameStageOf, nameStatus } from "./guard-words.ts";

interface Props {
  readonly run: string;
  readonly id: string;
  readonly place: Place;
  readonly isShown: boolean;
  readonly show: (isShown: boolean) => void;
}

/** One text that was judged: under which principle what was done, and by which check. What was said only on demand. */
export function GuardEventView({ run, id, place, isShown, show }: Props) {
  const search: Readonly<Record<string, string>> = isShown ? { texts: "1" } : {};
  const { value: page, error } = useLoaded(`guard ${run}/${id} ${isShown}`, () =>
    source.ask<GuardEventPage>(run, ["guard", id], search),
  );
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="the event" />;
  const { row, findings } = page;
  const where = place.index < 0 ? "" : ` · ${formatCount(place.index + 1)} of ${formatCount(place.matching)}`;
  return (
    <>
      <div class="detail-head">
        <p class="kicker">
          <span>
            {nameStageOf(row.stage)}, {row.at.slice(0, 19).replace("T", " ")} UTC
          </span>
          <button type="button" class="button small" onClick={() => void copyLink()}>
            Copy link
          </button>
          <a class="button small" href={linkTo(run, "record", id)}>
            Raw record
          </a>
        </p>
      </div>
      <h2 class="title">
        {capitalize(nameAction(row.action))}
        {row.principle === null ? null : `: ${row.principle}`}
      </h2>
      <p class="summary">
        {nameStatus(row.status)} · {page.addedMs.toFixed(1)} ms{where}
        {page.isActing ? "" : " · the guard only observes"}
        {page.limit === null ? "" : ` · the limit ${page.limit} kept a check`}
        {page.isStrict ? " · held to stricter thresholds, for what was found before" : ""}
      </p>
      {findings.length === 0 ? null : (
        <ul class="judgements">
          {findings.map((finding) => (
            <Finding key={`${finding.principle} ${finding.check} ${finding.span.join()}`} of={finding} />
          ))}
        </ul>
      )}
      <Texts page={page} isShown={isShown} show={show} />
      <Facts page={page} />
    </>
  );
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function Finding({ of }: { readonly of: GuardFinding }) {
  const { principle, principleText, check, kind, score, threshold, span, evidence } = of;
  return (
    <li>
      <div class="step-head">
        <b>{principle}</b>
        <span>
          {kind}
          {check === kind ? "" : ` ${check.replace(/^head:/u, "")}`}
        </span>
        <span class="id num">
          {score.toFixed(2)}, acts from {threshold.toFixed(2)} · characters {formatCount(span[0])}–
          {formatCount(span[1])}
        </span>
      </div>
      {principleText === null ? null : <p class="rule-line">{principleText}</p>}
      {evidence === null || isHash(evidence) ? null : <RecordText text={evidence} small />}
    </li>
  );
}

function Texts({ page, isShown, show }: Pick<Props, "isShown" | "show"> & { readonly page: GuardEventPage }) {
  const { holds, text, revision } = page;
  if (holds === "none")
    return <p class="meta gap">The log holds nothing of this text (audit.text: none, or it was empty).</p>;
  if (holds === "hash") {
    return (
      <p class="meta gap">The log holds the hash of this text alone; audit.text: full in the policy keeps texts.</p>
    );
  }
  return (
    <section class="guard-texts">
      <p class="tools">
        <button type="button" class="button" aria-pressed={isShown} onClick={() => show(!isShown)}>
          {isShown ? "Hide texts" : "Show texts"}
        </button>
        <span class="meta">{isShown ? "" : "What was said is not sent to this page before you ask for it."}</span>
      </p>
      {text === null ? null : (
        <>
          <h3>The text that was judged</h3>
          <RecordText text={text} small />
        </>
      )}
      {revision?.critique == null ? null : (
        <>
          <h3>The critique it was rewritten after</h3>
          <RecordText text={revision.critique} small />
        </>
      )}
    </section>
  );
}

const isHash = (text: string): boolean => /^sha256:[0-9a-f]{64}$/u.test(text);

function Facts({ page }: { readonly page: GuardEventPage }) {
  const { coverage, upstream, traceId, constitutionHash, policyHash, revision } = page;
  const { delivered, checked, leaked } = coverage;
  const facts: readonly (readonly [string, string])[] = [
    ["Characters delivered", formatCount(delivered)],
    ["of these checked", formatCount(Math.min(delivered, checked))],
    ...(leaked > 0 ? [["of a forbidden span", formatCount(leaked)] as const] : []),
    ["Model", upstream === "" ? "–" : upstream],
    ["Constitution", shortenHash(constitutionHash)],
    ["Policy", shortenHash(policyHash)],
    ["Trace", traceId],
    ...(revision === null ? [] : [["Rewritten to", shortenHash(revision.after)] as const]),
  ];
  return (
    <dl class="facts numbers">
      {facts.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
