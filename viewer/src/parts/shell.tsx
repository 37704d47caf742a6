import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunPage } from "../../../src/view/source.ts";
import { formatCount } from "../format.ts";
import { useKeys } from "../hooks.ts";
import { allRooms } from "../room.ts";
import { formatRoute, type Route } from "../route.ts";
import { isGone, say, toast } from "../state.ts";
import { KeyHelp } from "./key-help.tsx";
import { Search } from "./search.tsx";

interface Props {
  readonly run: string | null;
  readonly page: string | null;
  readonly route?: Route;
  readonly rooms?: RunPage["rooms"] | undefined;
  readonly children: ComponentChildren;
}

/** What stands around every page: where one is, the rooms, the search, the keys. */
export function Shell({ run, page, route, rooms = [], children }: Props) {
  const [isHelpOpen, openHelp] = useState(false);
  const bar = useRef<HTMLElement>(null);
  // On a phone the bar is wider than the screen: the room that is open stands in sight.
  useEffect(() => {
    const open = bar.current?.querySelector<HTMLElement>("[aria-current]");
    if (bar.current === null || open == null) return;
    bar.current.scrollLeft =
      open.offsetLeft - bar.current.offsetLeft + open.offsetWidth / 2 - bar.current.clientWidth / 2;
  }, [page, rooms.length]);
  useKeys({
    help: () => openHelp(true),
    copy: () => void copyLink(),
  });
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <div class="bar">
          <a class="brand" href="#/">
            Precept
          </a>
          {run === null && page !== "compare" ? null : (
            <span class="crumb">
              <a href="#/">Runs</a>
              <i class="slash"> / </i>
              <b>{run ?? "Compare"}</b>
            </span>
          )}
          {run === null || route === undefined ? <span class="space" /> : <Search run={run} route={route} />}
          <button type="button" class="help" aria-label="All keys" onClick={() => openHelp(true)}>
            <kbd>?</kbd>
          </button>
        </div>
        {run === null ? null : (
          <nav class="rooms" ref={bar} aria-label="Rooms of this run">
            {allRooms().map(({ name, title }) => {
              const found = rooms.find(({ room }) => room === name);
              if (found === undefined) return null;
              const href = formatRoute({ run, page: name, id: null, query: "" });
              return (
                <a key={name} href={href} aria-current={name === page ? "page" : undefined}>
                  {title}
                  {found.count === null ? null : <small>{formatCount(found.count)}</small>}
                </a>
              );
            })}
          </nav>
        )}
      </header>
      {isGone.value ? (
        <p class="gone" role="status">
          <b>The viewer was closed.</b> What you see stays; marks are off. <code>precept view</code> starts it again.
        </p>
      ) : null}
      {children}
      <div class="toast" role="status">
        {toast.value}
      </div>
      <KeyHelp isOpen={isHelpOpen} close={() => openHelp(false)} />
    </>
  );
}

/** The address of this page, without the token: it opens the same view wherever this run is shown. */
export async function copyLink(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  say("Link copied");
}
