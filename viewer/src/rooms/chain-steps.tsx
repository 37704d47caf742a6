import type { ComponentChildren } from "preact";
import type { Chain, Round, TrainingRow } from "../../../src/view/source.ts";
import { formatPlural } from "../format.ts";
import { CausedLink } from "../parts/inside-link.tsx";
import { PrincipleLink } from "../parts/principle-link.tsx";
import { PublicLink } from "../parts/public-link.tsx";
import { ChangedText, RecordText } from "../parts/record-text.tsx";
import { linkTo } from "../route.ts";
import { changesFrom } from "../state.ts";

interface Props {
  readonly run: string;
  readonly chain: Chain;
}

/** Response, rounds, training rows: one behind the other. */
export function ChainSteps({ run, chain }: Props) {
  const { response, rounds, examples } = chain;
  const revised = rounds.flatMap(({ revision }) => (revision === null ? [] : [revision]));
  return (
    <ol class="steps">
      <Step
        class="first"
        run={run}
        id={response?.id}
        head={
          <>
            <b>Response</b> {response?.model ?? "none was given"}
          </>
        }
      >
        {response === null ? null : (
          <>
            {response.reasoning === null ? null : (
              <details class="reasoning">
                <summary>Its reasoning</summary>
                <RecordText text={response.reasoning} small />
              </details>
            )}
            <RecordText text={response.text} />
          </>
        )}
      </Step>
      {rounds.map((round) => {
        const i = round.revision === null ? -1 : revised.indexOf(round.revision);
        const before = i > 0 ? revised[i - 1]?.text : response?.text;
        return (
          <RoundStep key={round.round} run={run} round={round} before={before ?? null} first={response?.text ?? null} />
        );
      })}
      {examples.map((example) => (
        <ExampleStep
          key={example.id}
          run={run}
          example={example}
          first={revised.length > 0 ? (response?.text ?? null) : null}
        />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly class: string;
  readonly run: string;
  readonly id: string | undefined;
  readonly head: ComponentChildren;
  readonly children?: ComponentChildren;
}

function Step({ class: kind, run, id, head, children }: StepProps) {
  return (
    <li class={kind}>
      <div class="step-head">
        {head}
        {id === undefined ? null : (
          <a class="id mono" href={linkTo(run, "record", id)}>
            {id.split("/").at(-1)}
          </a>
        )}
      </div>
      {children}
    </li>
  );
}

interface RoundProps {
  readonly run: string;
  readonly round: Round;
  readonly before: string | null;
  readonly first: string | null;
}

function RoundStep({ run, round: { round, critiques, revision, putBack }, before, first }: RoundProps) {
  const asked =
    critiques.find(({ principle }) => principle === revision?.principle) ??
    critiques.find(({ finding }) => finding === "breaks");
  const others = (revision?.tripped ?? []).filter((principle) => principle !== revision?.principle);
  if (revision === null) {
    const breaches = critiques.filter(({ finding }) => finding === "breaks").length;
    return (
      <Step
        class="quiet"
        run={run}
        id={undefined}
        head={
          <>
            <b>Round {round}</b>
            {breaches === 0
              ? `${formatPlural(critiques.length, "critique", "critiques")} found no breach: the answer stays`
              : "a breach was found, and no revision came of it"}
          </>
        }
      >
        {asked === undefined ? null : (
          <p class="critique" dir="auto">
            {asked.text}
          </p>
        )}
      </Step>
    );
  }
  const from = { before, response: first, none: null }[changesFrom.value];
  return (
    <Step
      class={putBack === null ? "" : "bad"}
      run={run}
      id={revision.id}
      head={
        <>
          <b>Round {round}</b>
          <PrincipleLink run={run} id={revision.principle} />
          <PublicLink run={run} id={revision.principle} />
          <span class="rule" title={revision.principleText ?? undefined}>
            {shorten(revision.principleText ?? "")}
          </span>
        </>
      }
    >
      {asked === undefined && others.length === 0 ? null : (
        <p class="critique" dir="auto">
          {asked?.missing == null ? asked?.text : `no critique: ${asked.missing}`}
          {others.length === 0 ? null : <span class="also">also found: {others.join(", ")}</span>}
        </p>
      )}
      <ChangedText before={from} after={revision.text} />
      {revision.outcome === "usable" ? null : <p class="summary">✕ {revision.outcome}: not used</p>}
      {putBack === null ? null : (
        <p class="summary alarm">
          ↺ Puts back {formatPlural(putBack.words, "word", "words")} that round {putBack.ofRound} ({putBack.principle})
          took out.
        </p>
      )}
    </Step>
  );
}

interface ExampleProps {
  readonly run: string;
  readonly example: TrainingRow;
  readonly first: string | null;
}

function ExampleStep({ run, example, first }: ExampleProps) {
  const verdict = example.review?.verdict;
  return (
    <Step
      class="last"
      run={run}
      id={example.id}
      head={
        <>
          <b>Training row</b>
          {verdict === "drop" ? "⚑ left out of the next export" : `${example.source}, weight ${example.weight}`}
          {verdict === "disputed" ? <span>≠ people disagree: it stays</span> : null}
          <CausedLink run={run} id={example.id} />
        </>
      }
    >
      <ChangedText before={changesFrom.value === "response" ? first : null} after={example.completion} />
    </Step>
  );
}

/** The text of a principle on one line; the whole stands on its page. */
const shorten = (text: string): string => text.replace(/^(.{60}\S*)\s[\s\S]+$/u, "$1 …");
