import { setTimeout } from "node:timers/promises";
import { openTab, type Tab } from "../viewer/tab.ts";
import type { Contestant, Opened } from "./contestant.ts";
import type { Item } from "./items.ts";
import { dropIndex, precept } from "./precept.ts";

/** What one turn of one viewer measured: milliseconds, MiB, kB. */
export interface Turn {
  readonly command: number;
  readonly first: number;
  readonly again: number;
  readonly search: number;
  readonly tab: number;
  readonly scripts: number;
  readonly server: number;
  readonly received: number;
}

/** Milliseconds in which a page comes to rest. */
const rest = 3000;

/** Starts a viewer, opens its list twice in a fresh browser, searches for a word, and ends it. */
export async function takeTurn(
  contestant: Contestant,
  folder: string,
  items: readonly Item[],
  word: string,
): Promise<Turn> {
  const { rows } = contestant;
  return withViewer(contestant, folder, async ({ url, memory }, started, tab) => {
    const top = topOf(items);
    const first = await tab.open(url, rows, top);
    await setTimeout(rest);
    const received = tab.received();
    const again = await tab.open(url, rows, top);
    await setTimeout(rest);
    await contestant.focusSearch(tab.page());
    const search = await tab.search(contestant.toQuery(word), rows, word);
    await setTimeout(rest);
    const found = items.filter(({ request }) => request.includes(word)).length;
    await tab.page().getByText(contestant.tellFound(found, items.length)).first().waitFor();
    const held = await tab.footprint();
    const scripts = await tab.scripts();
    return { command: started + first, first, again, search, tab: held, scripts, server: memory(), received };
  });
}

/** Milliseconds until the first rows where no index was made yet; then waits until one is. */
export async function openUnindexed(folder: string, items: readonly Item[]): Promise<number> {
  dropIndex(folder);
  return withViewer(precept, folder, async ({ url }, _, tab) => {
    const first = await tab.open(url, precept.rows, topOf(items));
    await tab.page().locator(".reading").waitFor({ state: "detached" });
    await setTimeout(rest);
    return first;
  });
}

async function withViewer<T>(
  contestant: Contestant,
  folder: string,
  work: (opened: Opened, started: number, tab: Tab) => Promise<T>,
): Promise<T> {
  const tab = await openTab();
  try {
    const start = performance.now();
    const opened = await contestant.start(folder);
    const started = performance.now() - start;
    try {
      return await work(opened, started, tab);
    } finally {
      await opened.stop();
    }
  } finally {
    await tab.close();
  }
}

/** How the first row begins: every viewer lists the items in their order. */
const topOf = ([first]: readonly Item[]): string => first?.request.slice(0, 40) ?? "";
