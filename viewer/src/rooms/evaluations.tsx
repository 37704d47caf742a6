import type { ItemRow, SuiteLine } from "../../../src/view/source-rooms.ts";
import { formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { ListRoom } from "../parts/list-room.tsx";
import { classOf, Message, Waiting } from "../parts/words.tsx";
import { linkTo } from "../route.ts";
import { saveAs } from "../save.ts";
import { isShared, source } from "../state.ts";
import { ItemView } from "./item.tsx";
import { FigureOf } from "./overview.tsx";

interface Props {
  readonly run: string;
  /** "SUITE", "SUITE/ITEM" or null. */
  readonly id: string | null;
  readonly query: string;
}

/** Suites, their items, and the answers of every checkpoint to one of them. */
export function EvaluationsRoom({ run, id, query }: Props) {
  if (id === null) return <Suites run={run} />;
  const [suite = "", ...rest] = id.split("/");
  return (
    <ListRoom
      key={suite}
      run={run}
      page="evaluations"
      under={suite}
      id={rest.length === 0 ? null : rest.join("/")}
      query={query}
      nouns={["item", "items"]}
      title={`Items of ${suite} in ${run}`}
      sorts={[]}
      rowHeight={84}
      load={(filter, rows) => source.items(run, suite, filter, rows)}
      save={
        isShared
          ? undefined
          : (filter) => void saveAs(`${run}-${suite}.ndjson`, source.download(run, filter, ["suites", suite, "items"]))
      }
      row={(row) => <Row row={row} />}
      detail={(open, place) => <ItemView run={run} suite={suite} id={open} place={place} />}
    />
  );
}

function Suites({ run }: { readonly run: string }) {
  const { value, error } = useLoaded(run, () => source.suites(run));
  if (error !== undefined) return <Message error={error} />;
  return (
    <main id="main" class="page" tabIndex={-1}>
      <h1 class="big">Evaluations</h1>
      {value === undefined ? (
        <Waiting for="the suites" />
      ) : (
        value.map((suite) => <Suite key={suite.id} run={run} suite={suite} />)
      )}
    </main>
  );
}

function Suite({ run, suite }: { readonly run: string; readonly suite: SuiteLine }) {
  return (
    <section>
      <h2>{suite.title}</h2>
      <p class="under">
        <a href={linkTo(run, "evaluations", suite.id)}>{formatPlural(suite.items, "item", "items")}</a>
        {suite.measuredOn === null ? null : ` · rates on ${suite.measuredOn}`}
      </p>
      <div class="figures">
        {suite.figures.map((figure) => (
          <FigureOf key={figure.metric} figure={figure} />
        ))}
      </div>
    </section>
  );
}

function Row({ row }: { readonly row: ItemRow }) {
  return (
    <>
      <span class="row-head">
        <span>{row.id}</span>
        <span>{row.group}</span>
      </span>
      <span class="request" dir="auto">
        {row.title}
      </span>
      <span class="path">
        {groupVerdicts(row.verdicts).map(({ of, verdict, isGood }) => (
          <span key={of.map(({ checkpoint }) => checkpoint).join()}>
            {of.map(({ checkpoint, label }) => (
              <span class={classOf(checkpoint)} key={checkpoint}>
                {label}{" "}
              </span>
            ))}
            <span class={isGood === false ? "alarm" : undefined}>
              {isGood === null ? "" : isGood ? "✓ " : "✕ "}
              {verdict}
            </span>
          </span>
        ))}
      </span>
    </>
  );
}

type RowVerdict = ItemRow["verdicts"][number];

/** Neighbours of one verdict together; controls beside the method's own checkpoints are told on the item's page. */
function groupVerdicts(all: readonly RowVerdict[]) {
  const own = all.filter(({ checkpoint }) => classOf(checkpoint) !== "");
  const groups: (Pick<RowVerdict, "verdict" | "isGood"> & { readonly of: RowVerdict[] })[] = [];
  for (const one of own.length === 0 ? all : own) {
    const last = groups.at(-1);
    if (last?.verdict === one.verdict && last.isGood === one.isGood) last.of.push(one);
    else groups.push({ of: [one], verdict: one.verdict, isGood: one.isGood });
  }
  return groups;
}
