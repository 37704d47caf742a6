import { useEffect, useState } from "preact/hooks";
import { memory, useKeys, useLoaded } from "./hooks.ts";
import { useLive } from "./live.ts";
import { Shell } from "./parts/shell.tsx";
import { Message, Waiting } from "./parts/words.tsx";
import { review, reviewVersion } from "./review.ts";
import { ChainsRoom } from "./rooms/chains.tsx";
import { CompareRoom } from "./rooms/compare.tsx";
import { ComparisonsRoom } from "./rooms/comparisons.tsx";
import { ConstitutionRoom } from "./rooms/constitution.tsx";
import { EvaluationsRoom } from "./rooms/evaluations.tsx";
import { LabelRoom } from "./rooms/label.tsx";
import { Overview } from "./rooms/overview.tsx";
import { PrinciplesRoom } from "./rooms/principles.tsx";
import { RecordRoom } from "./rooms/record.tsx";
import { Runs } from "./rooms/runs.tsx";
import { TrainingRoom } from "./rooms/training.tsx";
import type { Route } from "./route.ts";
import { isPage } from "./route.ts";
import { SourceError } from "./source/source-error.ts";
import { openRoute, rooms, route, source } from "./state.ts";

/** The page that the address names. */
export function App() {
  const open = route.value;
  if (open === undefined) {
    return (
      <Shell run={null} page={null}>
        <Message error={new SourceError("not-found", "This address names no page of the viewer.")} />
      </Shell>
    );
  }
  if (open.run === null) {
    return (
      <Shell run={null} page={open.page}>
        {open.page === "compare" ? <CompareRoom query={open.query} /> : <Runs />}
      </Shell>
    );
  }
  return <RunApp key={open.run} run={open.run} open={open} />;
}

function RunApp({ run, open }: { readonly run: string; readonly open: Route }) {
  const [asked, ask] = useState(0);
  const { value: page, error } = useLoaded(`${run}#${asked}/${reviewVersion.value}`, () => source.run(run));
  // Counts grow as long as the records are being read, or made.
  useEffect(() => {
    if (page === undefined || page.indexed >= 1) return undefined;
    memory.clear();
    const again = setTimeout(() => ask(asked + 1), 700);
    return () => clearTimeout(again);
  }, [page]);
  useLive(run, page?.line.state === "running");
  useKeys(
    Object.fromEntries(
      [
        "overview",
        "chains",
        "comparisons",
        "principles",
        "training",
        "evaluations",
        "label",
        "constitution",
        "runs",
      ].map((room) => [
        `go:${room}`,
        () => {
          if (room === "runs") openRoute({ run: null, page: "runs", id: null, query: "" });
          else if (isPage(room) && (page === undefined || page.rooms.some((it) => it.room === room))) {
            openRoute({ run, page: room, id: null, query: "" });
          }
        },
      ]),
    ),
  );
  useEffect(() => {
    rooms.value = new Set(page?.rooms.map(({ room }) => room));
    review.value = page?.review ?? null;
  }, [page]);
  useEffect(() => {
    const title = open.page === "overview" ? run : `${open.id ?? open.page} of ${run}`;
    document.title = `${title} · Precept`;
  }, [open]);
  return (
    <Shell run={run} page={open.page} rooms={page?.rooms} route={open}>
      {error !== undefined && page === undefined ? (
        <Message error={error} />
      ) : (
        <Room open={open} run={run} page={page} />
      )}
    </Shell>
  );
}

interface RoomProps {
  readonly run: string;
  readonly open: Route;
  readonly page: Awaited<ReturnType<typeof source.run>> | undefined;
}

function Room({ run, open, page }: RoomProps) {
  switch (open.page) {
    case "overview":
      return page === undefined ? <Waiting for={run} /> : <Overview run={run} page={page} />;
    case "chains":
      return <ChainsRoom run={run} id={open.id} query={open.query} />;
    case "comparisons":
      return <ComparisonsRoom run={run} id={open.id} query={open.query} />;
    case "principles":
      return <PrinciplesRoom run={run} id={open.id} />;
    case "training":
      return <TrainingRoom run={run} query={open.query} />;
    case "evaluations":
      return <EvaluationsRoom run={run} id={open.id} query={open.query} />;
    case "label":
      return <LabelRoom run={run} query={open.query} />;
    case "constitution":
      return <ConstitutionRoom run={run} />;
    case "record":
      return <RecordRoom run={run} id={open.id ?? ""} />;
    default:
      return <Message error={new SourceError("not-found", "This run has nothing for this room.")} />;
  }
}
