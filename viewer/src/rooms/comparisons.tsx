import { drawOrders } from "../../../src/charts/index.ts";
import { parseQuery } from "../../../src/view/query/index.ts";
import type { ComparisonRow } from "../../../src/view/source-rooms.ts";
import { formatCount, formatPercent, formatShare } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { Chart } from "../parts/chart.tsx";
import { ListRoom } from "../parts/list-room.tsx";
import { flagOf } from "../parts/review-flags.tsx";
import { IntervalWords } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import { saveAs } from "../save.ts";
import { isShared, openRoute, source } from "../state.ts";
import { ComparisonView } from "./comparison.tsx";

interface Props {
  readonly run: string;
  readonly id: string | null;
  readonly query: string;
}

/** Pairs of answers, and which of them every principle found the better one, in both orders. */
export function ComparisonsRoom({ run, id, query }: Props) {
  return (
    <ListRoom
      run={run}
      page="comparisons"
      id={id}
      query={query}
      nouns={["comparison", "comparisons"]}
      title={`Comparisons of ${run}`}
      sorts={[
        { value: "", label: "by id" },
        { value: "-sure", label: "surest" },
        { value: "sure", label: "least sure" },
      ]}
      rowHeight={84}
      version={reviewVersion.value}
      load={(filter, rows) => source.comparisons(run, filter, rows)}
      save={
        isShared
          ? undefined
          : (filter) => void saveAs(`${run}-comparisons.ndjson`, source.download(run, filter, ["comparisons"]))
      }
      row={(row) => <Row row={row} />}
      detail={(open, place) => <ComparisonView run={run} id={open} place={place} />}
      overview={<Orders run={run} query={query} />}
    />
  );
}

const patterns: Readonly<Record<string, string>> = {
  "near-tie": "near tie",
  flips: "turns with the order",
  unanswered: "unanswered",
  "model-disagrees": "model disagrees",
};

function Row({ row }: { readonly row: ComparisonRow }) {
  return (
    <>
      <span class="row-head">
        <span>{row.id.split("/").at(-2) ?? row.id}</span>
        <span>{flagOf(row.review)}</span>
      </span>
      <span class={row.review?.verdict === "drop" ? "request dropped" : "request"} dir="auto">
        {row.title}
      </span>
      <span class="path">
        {[row.source, ...row.marks.map((mark) => patterns[mark] ?? mark)].filter((word) => word !== null).join(" · ")}
        <span class="end">{row.label === null ? "no label" : `first ${formatShare(row.label)}`}</span>
      </span>
    </>
  );
}

/** Every judgement of the list: as given against with the answers swapped. */
function Orders({ run, query }: { readonly run: string; readonly query: string }) {
  const { value } = useLoaded(`${run}?${query}`, () => source.judgements(run, parseQuery(query)));
  if (value === undefined || value.n === 0) return null;
  return (
    <section class="orders">
      <h2>What the judge did</h2>
      <div class="judge">
        <Chart
          most={430}
          pick={(id) => openRoute({ run, page: "comparisons", id, query })}
          draw={(width) =>
            drawOrders(
              value.points.map(({ id, principle, given, swapped }) => ({
                id,
                label: `${id.split("/").at(-2) ?? id}, ${principle}`,
                x: given,
                y: swapped,
              })),
              width,
            )
          }
        />
        <div>
          <p>
            Each dot is one comparison under one principle, asked twice: as given, and with the two answers swapped. A
            judge that reads the answers stands on the dotted line.
          </p>
          <dl class="facts">
            <dt>Turned with the order</dt>
            <dd>
              {formatPercent(value.turned.estimate)} % <IntervalWords of={value.turned} withN />
            </dd>
            <dt>Mean, as given</dt>
            <dd>{formatShare(value.meanGiven)}</dd>
            <dt>Mean, swapped</dt>
            <dd>{formatShare(value.meanSwapped)}</dd>
          </dl>
          {value.points.length < value.n ? (
            <p class="meta gap">
              Drawn: {formatCount(value.points.length)} of {formatCount(value.n)}.
            </p>
          ) : null}
        </div>
      </div>
    </section>
  );
}
