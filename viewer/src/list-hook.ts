import { useEffect, useRef, useState } from "preact/hooks";
import type { Range } from "../../src/view/query/index.ts";
import type { ListPage } from "../../src/view/source.ts";
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
  readonly error: SourceError | undefined;
  /** Loads the rows from one to before another, where they are not there; resolves when they are. */
  readonly need: (first: number, end: number) => Promise<void>;
}

/** The list behind a key, opened where `at` is. The list before stays until the new one is there. */
export function useList<Row>(key: string, at: string | undefined, load: Load<Row>): HeldList<Row> {
  const [held, hold] = useState<{ readonly key: string; readonly list: List<Row> }>();
  const [error, fail] = useState<SourceError>();
  const asked = useRef(new Map<number, Promise<void>>());
  const current = useRef({ key, load });
  current.current = { key, load };

  useEffect(() => {
    let [isWanted, again] = [true, undefined as ReturnType<typeof setTimeout> | undefined];
    const open = (place: string | undefined): void => {
      load({ from: 0, n: pageSize, at: place }).then(
        (page) => {
          if (!isWanted) return;
          asked.current = new Map();
          hold({ key, list: { page, rows: addRows(new Map(), page), position: page.position ?? undefined } });
          fail(undefined);
          if (!page.isExact || page.indexed < 1) again = setTimeout(() => open(undefined), patience);
        },
        (cause: unknown) => {
          const failure = cause instanceof SourceError ? cause : new SourceError("failed", String(cause));
          if (isWanted && failure.code !== "gone") fail(failure);
        },
      );
    };
    open(at);
    return () => {
      isWanted = false;
      clearTimeout(again);
    };
  }, [key]);

  const need = async (first: number, end: number): Promise<void> => {
    const { key: wanted, load: loadNow } = current.current;
    if (held === undefined || held.key !== wanted) return;
    const pages: Promise<void>[] = [];
    for (let at = first - (first % pageSize); at < end; at += pageSize) {
      if (isThere(held.list, Math.max(first, at), Math.min(end, at + pageSize))) continue;
      const waiting = asked.current.get(at) ?? askFor(at);
      asked.current.set(at, waiting);
      pages.push(waiting);
    }
    await Promise.all(pages);

    async function askFor(from: number): Promise<void> {
      const page = await loadNow({ from, n: pageSize });
      hold((before) => {
        if (before === undefined || before.key !== wanted) return before;
        return { key: wanted, list: { ...before.list, rows: addRows(before.list.rows, page) } };
      });
    }
  };
  return { list: held?.list, error, need };
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
