import { useEffect, useRef } from "preact/hooks";
import type { Chain } from "../../../src/view/source.ts";
import { formatCount, formatPlural, formatShare } from "../format.ts";
import { memory, useKeys, useLoaded } from "../hooks.ts";
import type { Place } from "../parts/list-room.tsx";
import { Notices } from "../parts/notices.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { ReviewFlags } from "../parts/review-flags.tsx";
import { copyLink } from "../parts/shell.tsx";
import { Turns } from "../parts/turns.tsx";
import { Message, Waiting } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import { linkTo, parseRoute } from "../route.ts";
import { changesFrom, openRoute, source } from "../state.ts";
import { FindingMatrix, Origin } from "./chain-beside.tsx";
import { ChainSteps } from "./chain-steps.tsx";

interface Props {
  readonly run: string;
  readonly id: string;
  readonly place: Place;
}

const keyOf = (run: string, id: string): string => `chain ${run}/${id}#${reviewVersion.value}`;

/** Loads a chain ahead, too: the next one of the list is there before it is asked for. */
export function loadChain(run: string, id: string): Promise<Chain> {
  return memory.load(keyOf(run, id), () => source.chain(run, id));
}

/** One request: the answer, each round of critique and revision, what was trained on. */
export function ChainView({ run, id, place }: Props) {
  const { value: chain, error } = useLoaded(keyOf(run, id), () => loadChain(run, id));
  const steps = useRef<HTMLDivElement>(null);
  const round = useRef(-1);
  useEffect(() => {
    round.current = -1;
  }, [id]);
  const walk = (by: number): void => {
    const items = [...(steps.current?.querySelectorAll(".steps > li") ?? [])];
    round.current = Math.min(items.length - 1, Math.max(0, round.current + by));
    items[round.current]?.scrollIntoView({ block: "nearest" });
    items.forEach((item, i) => {
      item.classList.toggle("at", i === round.current);
    });
  };
  const last = chain?.rounds.findLast(({ revision }) => revision !== null)?.revision?.id ?? chain?.response?.id;
  useKeys({
    changes: () => {
      const order = ["before", "response", "none"] as const;
      changesFrom.value = order[(order.indexOf(changesFrom.value) + 1) % order.length] ?? "before";
    },
    roundBefore: () => walk(-1),
    roundAfter: () => walk(1),
    raw: () => {
      const to = last === undefined ? undefined : parseRoute(linkTo(run, "record", last));
      if (to !== undefined) openRoute(to);
    },
  });
  if (error !== undefined) return <Message error={error} />;
  if (chain === undefined) return <Waiting for="the chain" />;
  return (
    <div ref={steps}>
      <Head run={run} chain={chain} last={last} />
      <Summary chain={chain} place={place} />
      <Notices of={chain.notices} />
      <Warnings chain={chain} />
      {chain.rounds.length === 0 ? null : <ChangesSwitch />}
      <ChainSteps run={run} chain={chain} />
      {chain.rounds.length === 0 ? null : (
        <div class="beside">
          <FindingMatrix run={run} chain={chain} />
          <Origin run={run} chain={chain} />
        </div>
      )}
    </div>
  );
}

function Head({
  run,
  chain,
  last,
}: {
  readonly run: string;
  readonly chain: Chain;
  readonly last: string | undefined;
}) {
  const { row, messages } = chain;
  const request = messages.findLast(({ role }) => role === "user")?.content ?? row.title;
  const isLong = request.length > 240;
  const before = messages.slice(0, -1);
  const reviewed = chain.examples.length > 0 || chain.response === null ? chain.examples : [chain.response];
  return (
    <>
      <div class="detail-head">
        <p class="kicker">
          <span>{row.kind === "red-team" ? "Red-team request" : "Helpful request"}</span>
          <code>{row.id}</code>
          <button type="button" class="button small" onClick={() => void copyLink()}>
            Copy link
          </button>
          {last === undefined ? null : (
            <a class="button small" href={linkTo(run, "record", last)}>
              Raw record
            </a>
          )}
        </p>
        <ReviewFlags run={run} of={reviewed} />
      </div>
      <Turns messages={before} />
      <h2 class="title" dir="auto">
        {isLong ? row.title : request}
      </h2>
      {isLong ? <RecordText text={request} small /> : null}
    </>
  );
}

function Summary({ chain, place }: { readonly chain: Chain; readonly place: Place }) {
  const revisions = chain.rounds.filter(({ revision }) => revision !== null).length;
  const where = place.index < 0 ? null : `chain ${formatCount(place.index + 1)} of ${formatCount(place.matching)}`;
  if (chain.rounds.length === 0) {
    const words =
      chain.row.kind === "helpful" ? "Harmless request: no critique was asked for" : "No critique was asked for";
    return <p class="summary">{[`${words}.`, where].filter((part) => part !== null).join(" · ")}</p>;
  }
  const { n, breaches } = chain.critiques;
  const parts = [
    `${formatPlural(revisions, "revision", "revisions")} in ${formatPlural(chain.rounds.length, "round", "rounds")}`,
    n === 0
      ? "no critique was asked for"
      : `${formatCount(breaches)} of ${formatPlural(n, "critique", "critiques")} found a breach`,
    chain.row.changed === null ? null : `${formatShare(chain.row.changed)} of the words changed`,
    where,
  ];
  return <p class="summary">{parts.filter((part) => part !== null).join(" · ")}</p>;
}

function Warnings({ chain }: { readonly chain: Chain }) {
  const revised = chain.rounds.filter(({ revision }) => revision !== null);
  const back = chain.rounds.findLast(({ putBack }) => putBack !== null);
  const isUnread = chain.row.marks.includes("not-rechecked");
  const broken = chain.row.marks.includes("still-breaking")
    ? (chain.rounds.at(-1)?.critiques ?? [])
        .filter(({ finding }) => finding === "breaks")
        .map(({ principle }) => principle)
    : [];
  if (back?.putBack == null && !isUnread && broken.length === 0) return null;
  return (
    <div class="warn" role="note">
      {back?.putBack == null ? null : (
        <>
          <b aria-hidden="true">↺</b>
          <span>
            <b>Puts words back.</b> <i>{back.revision?.principle}</i> restored what <i>{back.putBack.principle}</i> had
            removed{back === revised.at(-1) && chain.examples.length > 0 ? ", and that is the row trained on." : "."}
          </span>
        </>
      )}
      {broken.length === 0 ? null : (
        <>
          <b aria-hidden="true">✕</b>
          <span>
            <b>Still broken.</b> A critique that read the last answer found a breach of <i>{broken.join(", ")}</i>.
          </span>
        </>
      )}
      {isUnread ? (
        <>
          <b aria-hidden="true">○</b>
          <span>
            <b>Not re-checked.</b> Round {chain.rounds.at(-1)?.round} still found a breach; no critique has read its
            revision.
          </span>
        </>
      ) : null}
    </div>
  );
}

function ChangesSwitch() {
  const modes = [
    ["before", "from round to round"],
    ["response", "from the response"],
    ["none", "none"],
  ] as const;
  return (
    <div class="mode">
      <span>Show changes</span>
      <fieldset class="segments" aria-label="Show changes">
        {modes.map(([mode, label]) => (
          <button
            type="button"
            key={mode}
            aria-pressed={changesFrom.value === mode}
            onClick={() => {
              changesFrom.value = mode;
            }}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <span class="hint">
        <kbd>j</kbd> <kbd>k</kbd> next, previous
      </span>
    </div>
  );
}
