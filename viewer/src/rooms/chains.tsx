import type { Query } from "../../../src/view/query/index.ts";
import type { ChainRow } from "../../../src/view/source.ts";
import { formatShare } from "../format.ts";
import { ListRoom } from "../parts/list-room.tsx";
import { flagOf } from "../parts/review-flags.tsx";
import { reviewVersion } from "../review.ts";
import { saveAs } from "../save.ts";
import { isShared, source } from "../state.ts";
import { ChainView, loadChain } from "./chain.tsx";

interface Props {
  readonly run: string;
  readonly id: string | null;
  readonly query: string;
}

/** Every request of a run, with what became of its answer. */
export function ChainsRoom({ run, id, query }: Props) {
  return (
    <ListRoom
      run={run}
      page="chains"
      id={id}
      query={query}
      nouns={["chain", "chains"]}
      title={`Chains of ${run}`}
      sorts={[
        { value: "", label: "by id" },
        { value: "-changed", label: "most changed" },
        { value: "changed", label: "least changed" },
      ]}
      rowHeight={84}
      version={reviewVersion.value}
      load={(filter, rows) => source.chains(run, filter, rows)}
      row={(row, filter) => <Row row={row} query={filter} />}
      ahead={(next) => void loadChain(run, next).catch(() => undefined)}
      save={isShared ? undefined : (filter) => void saveAs(`${run}.ndjson`, source.download(run, filter))}
      detail={(open, place) => <ChainView run={run} id={open} place={place} />}
    />
  );
}

function Row({ row, query }: { readonly row: ChainRow; readonly query: Query }) {
  const { review } = row;
  const chosen = query.facets["principle"] ?? [];
  const putsBack = row.path.some((step) => step.putsBack);
  return (
    <>
      <span class="row-head">
        <span>{row.id.replace(/^sl-cai-/u, "")}</span>
        <span>{flagOf(review)}</span>
      </span>
      <span class={review?.verdict === "drop" ? "request dropped" : "request"} dir="auto">
        {row.title}
      </span>
      <span class="path">
        {row.path.length === 0
          ? "not revised: trained on as it is"
          : row.path.map(({ principle, putsBack: back }, i) => (
              <>
                {i === 0 ? null : " → "}
                {back || chosen.includes(principle) ? <b>{principle}</b> : principle}
              </>
            ))}
        {putsBack ? (
          <span class="alarm" title="puts words back">
            {" ↺"}
            <span class="hidden"> puts words back</span>
          </span>
        ) : null}
        <span class="end">{row.changed === null ? "" : formatShare(row.changed)}</span>
      </span>
    </>
  );
}
