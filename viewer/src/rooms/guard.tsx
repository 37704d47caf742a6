import { useState } from "preact/hooks";
import type { GuardRow } from "../../../src/view/source-guard.ts";
import { ListRoom } from "../parts/list-room.tsx";
import { reviewVersion } from "../review.ts";
import { linkTo } from "../route.ts";
import { saveAs } from "../save.ts";
import { isNarrow, source } from "../state.ts";
import { GuardEventView } from "./guard-event.tsx";
import { GuardSummary } from "./guard-summary.tsx";
import { nameAction, nameStageOf, nameStatus } from "./guard-words.ts";

interface Props {
  readonly run: string;
  readonly id: string | null;
  readonly query: string;
}

/** In the place of an event's id: what the guard did in all. */
const summary = "summary";

/** What a guard did, text by text, by its log. */
export function GuardRoom({ run, id, query }: Props) {
  const [isShown, show] = useState(false);
  return (
    <ListRoom
      run={run}
      page="guard"
      id={id ?? (isNarrow.value ? null : summary)}
      query={query}
      nouns={["text", "texts"]}
      title={`What the guard of ${run} did`}
      above={
        <a class="button small" href={linkTo(run, "guard", summary, query)} aria-current={id === summary}>
          Summary
        </a>
      }
      sorts={[
        { value: "", label: "newest" },
        { value: "-score", label: "surest" },
        { value: "-added", label: "slowest" },
      ]}
      rowHeight={84}
      version={reviewVersion.value}
      load={(filter, rows) => source.list<GuardRow>(run, ["guard"], filter, rows)}
      save={(filter) => void saveAs(`${run}-guard.ndjson`, source.download(run, filter, ["guard"]))}
      row={(row) => <Row row={row} />}
      detail={(open, place) =>
        open === summary ? (
          <GuardSummary run={run} />
        ) : (
          <GuardEventView run={run} id={open} place={place} isShown={isShown} show={show} />
        )
      }
    />
  );
}

function Row({ row }: { readonly row: GuardRow }) {
  const { at, action, stage, status, principle, check, score, threshold, more } = row;
  const isPassed = action === "pass";
  return (
    <>
      <span class="row-head">
        <span>{at.slice(0, 19).replace("T", " ")}</span>
        <span>{nameStageOf(stage)}</span>
      </span>
      <span class={isPassed ? "guarded passed" : "guarded"}>
        {nameAction(action)}
        {principle === null ? null : (
          <>
            {" "}
            <b>{principle}</b>
          </>
        )}
        {more === 0 ? null : <span class="meta"> and {more} more</span>}
      </span>
      <span class="path">
        {check === null ? nameStatus(status) : check}
        {status === "checked" || check === null ? null : <span class="alarm"> ▲ {nameStatus(status)}</span>}
        <span class="end">
          {score === null || threshold === null ? "" : `${score.toFixed(2)} ≥ ${threshold.toFixed(2)}`}
        </span>
      </span>
    </>
  );
}
