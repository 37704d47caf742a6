import { useEffect, useState } from "preact/hooks";
import { memory, useKeys, useLoaded } from "./hooks.ts";
import { roomKeys } from "./keys.ts";
import { useLive } from "./live.ts";
import { Shell } from "./parts/shell.tsx";
import { Message } from "./parts/words.tsx";
import { review, reviewVersion } from "./review.ts";
import type { Room } from "./room.ts";
import { CompareRoom } from "./rooms/compare.tsx";
import { Runs } from "./rooms/runs.tsx";
import type { Route } from "./route.ts";
import { SourceError } from "./source/source-error.ts";
import { openRoute, route, rooms as shownRooms, source } from "./state.ts";

/** The page that the address names. */
export function App({ rooms }: { readonly rooms: readonly Room[] }) {
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
  const room = rooms.find(({ name }) => name === open.page);
  return <RunApp key={open.run} run={open.run} open={open} show={room?.show ?? NoRoom} />;
}

interface RunProps {
  readonly run: string;
  readonly open: Route;
  readonly show: Room["show"];
}

function RunApp({ run, open, show: Show }: RunProps) {
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
      [...roomKeys().values()].map((room) => [
        `go:${room}`,
        () => {
          if (room === "runs") openRoute({ run: null, page: "runs", id: null, query: "" });
          else if (page === undefined || page.rooms.some((it) => it.room === room)) {
            openRoute({ run, page: room, id: null, query: "" });
          }
        },
      ]),
    ),
  );
  useEffect(() => {
    shownRooms.value = new Set(page?.rooms.map(({ room }) => room));
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
        <Show run={run} id={open.id} query={open.query} page={page} />
      )}
    </Shell>
  );
}

function NoRoom() {
  return <Message error={new SourceError("not-found", "This run has nothing for this room.")} />;
}
