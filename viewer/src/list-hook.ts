import { useEffect, useRef, useState } from "preact/hooks";
import type { Range } from "../../src/view/query/index.ts";
import type { ListPage } from "../../src/view/source.ts";
import { AskedPages } from "./asked-pages.ts";
import { SourceError } from "./source/source-error.ts";

/** Rows asked for at once. */
const pageSize = 100;
/** Milliseconds after which a list that is still being read is asked again. */
const patience = 700;

/** A list of which only what is seen is loaded. */
export interface List<Row> {
  /** What was said with the rows: counts, facets, notices. */
  readonly page: ListPage<Row>;
  readonly rows: ReadonlyMap<number, Row>;
  /** Of the item that the list was opened at. */
  readonly position: number | undefined;
}

type Load<Row> = (rows: Range) => Promise<ListPage<Row>>;

export interface HeldList<Row> {
  readonly list: List<Row> | undefined;
  /** Why the list, or some of its rows, are not there; what is there stays. */
  readonly error: SourceError | undefined;
  /** Loads the rows from one to before another, where they are not there; resolves to all that are there once these are, or cannot be had. */
  readonly need: (first: number, end: number) => Promise<ReadonlyMap<number, Row>>;
  /** Asks again for what failed. */
  readonly retry: () => void;
}

/** The list behind a key, opened where `at` is. The list before stays until the new one is there. */
export function useList<Row>(key: string, at: string | undefined, load: Load<Row>): HeldList<Row> {
  const [held, hold] = useState<{ readonly key: string; readonly list: List<Row> }>();
  const [error, fail] = useState<SourceError>();
  const asked = useRef(new AskedPages<ListPage<Row>>());
  const [tries, tryAgain] = useState(0);
  const current = useRef({ key, load });
  current.current = { key, load };

  const tell = (cause: unknown): void => {
    const failure = cause instanceof SourceError ? cause : new SourceError("failed", String(cause));
    // That nobody answers any more is said above every page.
    if (failure.code !== "gone") fail(failure);
  };
  useEffect(() => {
    let [isWanted, again] = [true, undefined as ReturnType<typeof setTimeout> | undefined];
    const open = (place: string | undefined): void => {
      load({ from: 0, n: pageSize, at: place }).then(
        (page) => {
          if (!isWanted) return;
          asked.current = new AskedPages();
          hold({ key, list: { page, rows: addRows(new Map(), page), position: page.position ?? undefined } });
          fail(undefined);
          if (!page.isExact || page.indexed < 1) again = setTimeout(() => open(undefined), patience);
        },
        (cause: unknown) => {
          if (isWanted) tell(cause);
        },
      );
    };
    open(at);
    return () => {
      isWanted = false;
      clearTimeout(again);
    };
  }, [key, tries]);

  const need = async (first: number, end: number): Promise<ReadonlyMap<number, Row>> => {
    const { key: wanted, load: loadNow } = current.current;
    if (held === undefined || held.key !== wanted) return new Map();
    const pages: Promise<ListPage<Row>>[] = [];
    for (let at = first - (first % pageSize); at < end; at += pageSize) {
      if (isThere(held.list, Math.max(first, at), Math.min(end, at + pageSize))) continue;
      pages.push(asked.current.ask(at, () => askFor(at)));
    }
    if (pages.length === 0) return held.list.rows;
    try {
      const found = await Promise.all(pages);
      fail(undefined);
      return found.reduce<ReadonlyMap<number, Row>>(addRows, held.list.rows);
    } catch (cause) {
      if (current.current.key === wanted) tell(cause);
      return held.list.rows;
    }

    async function askFor(from: number): Promise<ListPage<Row>> {
      const page = await loadNow({ from, n: pageSize });
      hold((before) => {
        if (before === undefined || before.key !== wanted) return before;
        return { key: wanted, list: { ...before.list, rows: addRows(before.list.rows, page) } };
      });
      return page;
    }
  };
  const retry = (): void => {
    fail(undefined);
    if (held?.key === key) hold({ key, list: { ...held.list } });
    else tryAgain(tries + 1);
  };
  return { list: held?.list, error, need, retry };
}

function addRows<Row>(rows: ReadonlyMap<number, Row>, page: ListPage<Row>): Map<number, Row> {
  const all = new Map(rows);
  page.rows.forEach((row, i) => {
    all.set(page.from + i, row);
  });
  return all;
}

function isThere<Row>({ rows, page }: List<Row>, first: number, end: number): boolean {
  for (let i = first; i < Math.min(end, page.matching); i++) if (!rows.has(i)) return false;
  return true;
}
