import { useState } from "preact/hooks";
import type { ComparisonPage, Judgement } from "../../../src/view/source-rooms.ts";
import { formatCount, formatPlural, formatShare } from "../format.ts";
import { useKeys, useLoaded } from "../hooks.ts";
import type { Place } from "../parts/list-room.tsx";
import { PrincipleLink } from "../parts/principle-link.tsx";
import { PublicLink } from "../parts/public-link.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { ReviewFlags } from "../parts/review-flags.tsx";
import { copyLink } from "../parts/shell.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";

interface Props {
  readonly run: string;
  readonly id: string;
  readonly place: Place;
}

/** Two answers, the label, and what every principle said of them in both orders. */
export function ComparisonView({ run, id, place }: Props) {
  const { value: page, error } = useLoaded(`${run}/${id}#${reviewVersion.value}`, () => source.comparison(run, id));
  const [isSwapped, swap] = useState(false);
  useKeys({ other: () => swap(!isSwapped) });
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) return <Waiting for="the comparison" />;
  const request = page.messages.findLast(({ role }) => role === "user")?.content ?? page.row.title;
  const where =
    place.index < 0 ? "" : ` · comparison ${formatCount(place.index + 1)} of ${formatCount(place.matching)}`;
  return (
    <>
      <div class="detail-head">
        <p class="kicker">
          <span>Comparison{page.row.source === null ? "" : `, ${page.row.source}`}</span>
          <code>{page.row.id}</code>
          <button type="button" class="button small" onClick={() => void copyLink()}>
            Copy link
          </button>
          <a class="button small" href={linkTo(run, "record", page.row.id)}>
            Raw record
          </a>
        </p>
        <ReviewFlags run={run} of={[{ id: page.row.id, review: page.review }]} />
      </div>
      <h2 class="title" dir="auto">
        {request.length > 240 ? page.row.title : request}
      </h2>
      <p class="summary">
        {formatPlural(page.row.asked, "principle", "principles")} asked in both orders by {page.judge} ·{" "}
        {formatCount(page.row.flips)} turned with the order{where}
      </p>
      <Answers page={page} run={run} />
      <section class="evidence">
        <div class="mode">
          <h3>What every principle said</h3>
          <div class="hint">
            <button type="button" class="button small" aria-pressed={isSwapped} onClick={() => swap(!isSwapped)}>
              Answers swapped <kbd>s</kbd>
            </button>
          </div>
        </div>
        <ul class="judgements">
          {page.evidence.map((judgement) => (
            <JudgementLine key={judgement.principle} run={run} judgement={judgement} order={isSwapped ? 1 : 0} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Answers({ run, page }: { readonly run: string; readonly page: ComparisonPage }) {
  const { label, raw, clamp, model } = page;
  return (
    <>
      <div class="sides answers">
        {page.answers.map(({ id, text }, i) => {
          const share = label === null ? null : i === 0 ? label : 1 - label;
          return (
            <div key={id ?? i}>
              <p class="step-head">
                <b>{i === 0 ? "First" : "Second"}</b>
                {share === null ? "" : formatShare(share)}
                {share !== null && share > 0.5 ? <span class="preferred">preferred</span> : null}
                {id === null ? null : (
                  <a class="id mono" href={linkTo(run, "record", id)}>
                    {id.split("/").at(-1)}
                  </a>
                )}
              </p>
              <RecordText text={text} small />
            </div>
          );
        })}
      </div>
      <dl class="facts numbers">
        <dt>Label, P(first is better)</dt>
        <dd>{label === null ? "none" : `${(100 * label).toFixed(1)} %`}</dd>
        {raw === null || raw === label ? null : (
          <>
            <dt>before it was brought into bounds</dt>
            <dd>
              {(100 * raw).toFixed(1)} %
              {clamp === null ? "" : `, bounds ${clamp.map((it) => (100 * it).toFixed(0)).join("–")} %`}
            </dd>
          </>
        )}
        {model === null ? null : (
          <>
            <dt>Preference model, {model.split}</dt>
            <dd>{(100 * model.probability).toFixed(1)} %</dd>
          </>
        )}
      </dl>
    </>
  );
}

interface LineProps {
  readonly run: string;
  readonly judgement: Judgement;
  /** 0: as given, 1: swapped. */
  readonly order: number;
}

function JudgementLine({ run, judgement, order }: LineProps) {
  const { principle, principleText, weight, probability, isTurned, orders } = judgement;
  const thought = orders[order]?.thought;
  return (
    <li>
      <div class="step-head">
        <PrincipleLink run={run} id={principle} />
        <PublicLink run={run} id={principle} />
        {weight === 1 ? null : <span>weight {weight}</span>}
        {isTurned ? <span class="alarm">↺ turns with the order</span> : null}
        {probability === null ? <span class="alarm">○ unanswered</span> : null}
        <span class="id num">
          {orders.map(({ probability: one }) => (one === null ? "–" : formatShare(one))).join(" · ")}
          {probability === null ? "" : ` → ${formatShare(probability)}`}
        </span>
      </div>
      <span class="balance" aria-hidden="true" style={{ "--first": `${100 * (probability ?? 0.5)}%` }} />
      {principleText === null ? null : <p class="rule-line">{principleText}</p>}
      {thought == null ? null : (
        <p class="critique" dir="auto">
          {thought}
        </p>
      )}
    </li>
  );
}
