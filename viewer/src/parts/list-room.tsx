import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import {
  everything,
  formatQuery,
  isFiltered,
  parseQuery,
  type Query,
  type Range,
} from "../../../src/view/query/index.ts";
import type { ListPage } from "../../../src/view/source.ts";
import { formatCount } from "../format.ts";
import { useKeys } from "../hooks.ts";
import { type List, useList } from "../list-hook.ts";
import { formatRoute } from "../route.ts";
import type { SourceError } from "../source/source-error.ts";
import { isNarrow, openRoute } from "../state.ts";
import { Facets } from "./facets.tsx";
import { Notices } from "./notices.tsx";
import { RowList } from "./row-list.tsx";
import { Message, Waiting } from "./words.tsx";

/** A list of records with its facets on one side and what is open on the other. */
export interface ListRoomProps<Row extends { readonly id: string }> {
  readonly run: string;
  /** The room that it is. */
  readonly page: string;
  /** What the list is a part of, as its ids begin in addresses: a suite. */
  readonly under?: string | undefined;
  /** Of what is open; null: the first on a wide screen, none on a narrow one. */
  readonly id: string | null;
  readonly query: string;
  /** "chain", "chains" */
  readonly nouns: readonly [one: string, many: string];
  readonly title: string;
  readonly sorts: readonly { readonly value: string; readonly label: string }[];
  readonly load: (query: Query, rows: Range) => Promise<ListPage<Row>>;
  readonly rowHeight: number;
  readonly row: (row: Row, query: Query) => ComponentChildren;
  readonly detail: (id: string, place: Place) => ComponentChildren;
  /** Before the count in the list's head. */
  readonly above?: ComponentChildren;
  /** Above what is open, as long as nothing was chosen. */
  readonly overview?: ComponentChildren;
  /** Loads what is likely to be opened next. */
  readonly ahead?: (id: string) => void;
  readonly save?: (query: Query) => void;
  /** Counted up when marks changed: the list is asked again. */
  readonly version?: number | undefined;
}

/** Where in its list an item stands. */
export interface Place {
  readonly index: number;
  readonly matching: number;
}

export function ListRoom<Row extends { readonly id: string }>(props: ListRoomProps<Row>) {
  const { run, page, id, nouns } = props;
  const toId = (item: string | null): string | null =>
    props.under === undefined ? item : item === null ? props.under : `${props.under}/${item}`;
  const query = parseQuery(props.query);
  const filter = formatQuery(query);
  const [isSheetOpen, openSheet] = useState(false);
  const key = `${run}/${page}/${props.under ?? ""}?${filter}#${props.version ?? 0}`;
  const { list, error, need, retry } = useList(key, id ?? undefined, (rows) => props.load(query, rows));
  const index = list === undefined ? -1 : indexOf(list, id, isNarrow.value);
  const openId = id ?? (isNarrow.value ? null : (list?.rows.get(0)?.id ?? null));
  const detail = useRef<HTMLElement>(null);

  const go = (to: string | null, how: "push" | "replace"): void =>
    openRoute({ run, page, id: toId(to), query: filter }, how);
  const refine = (next: Query): void => openRoute({ run, page, id: toId(null), query: formatQuery(next) });
  const current = useRef(id);
  current.current = id;
  const move = async (by: number): Promise<void> => {
    if (list === undefined || list.page.matching === 0) return;
    const to = Math.min(list.page.matching - 1, Math.max(0, index + by));
    const row = (await need(to, to + 1)).get(to);
    // Whoever opened another row meanwhile no longer wants that one.
    if (row !== undefined && current.current === id) go(row.id, id === null ? "push" : "replace");
  };
  useEffect(() => {
    const near = [index + 1, index - 1].map((at) => list?.rows.get(at)?.id);
    for (const next of near) if (index >= 0 && next !== undefined) props.ahead?.(next);
  }, [index, list === undefined]);
  useEffect(() => {
    detail.current?.scrollTo({ top: 0, behavior: "instant" });
  }, [openId]);
  useKeys({
    next: () => void move(1),
    previous: () => void move(-1),
    open: () => {
      if (openId !== null) go(openId, "push");
      detail.current?.focus();
    },
    back: () => {
      if (isSheetOpen) openSheet(false);
      else if (isNarrow.value) go(null, "push");
      else document.getElementById("list")?.focus();
    },
    filters: () => {
      openSheet(true);
      requestAnimationFrame(() => document.querySelector<HTMLElement>("#facets input")?.focus());
    },
  });

  if (error !== undefined && list === undefined) return <Message error={error} />;
  const classes = ["work", id === null ? "is-list" : "is-detail", isSheetOpen ? "is-filter" : ""].join(" ");
  return (
    <main id="main" class={classes} tabIndex={-1}>
      <h1 class="hidden">{props.title}</h1>
      <Facets
        facets={list?.page.facets ?? []}
        query={query}
        refine={refine}
        close={isSheetOpen ? () => openSheet(false) : undefined}
        save={props.save === undefined ? undefined : () => props.save?.(query)}
        done={`Show ${formatCount(list?.page.matching ?? 0)} ${list?.page.matching === 1 ? nouns[0] : nouns[1]}`}
      />
      <div class="list-column">
        <ListHead {...props} list={list} filter={query} refine={refine} openFilters={() => openSheet(true)} />
        {error === undefined ? null : <Failed error={error} retry={retry} />}
        {list === undefined ? (
          <Waiting for={nouns[1]} />
        ) : (
          <RowList
            label={nouns[1]}
            list={list}
            selected={index}
            rowHeight={props.rowHeight}
            need={need}
            link={(row) => formatRoute({ run, page, id: toId(row.id), query: filter })}
            row={(row) => props.row(row, query)}
          />
        )}
        {list?.page.matching === 0 ? <Nothing isFiltered={isFiltered(query)} nouns={nouns} /> : null}
      </div>
      <article class="detail" ref={detail} tabIndex={-1} data-scrolls aria-label={`The ${nouns[0]}`}>
        {openId === null ? null : (
          <div class="inner">
            <button type="button" class="back" onClick={() => go(null, "push")}>
              ‹ {list === undefined ? "" : formatCount(list.page.matching)} {nouns[1]}
            </button>
            {id === null ? props.overview : null}
            {props.detail(openId, { index, matching: list?.page.matching ?? 0 })}
          </div>
        )}
      </article>
    </main>
  );
}

/** Rows that could not be had; those that are there stay. */
function Failed({ error, retry }: { readonly error: SourceError; readonly retry: () => void }) {
  return (
    <p class="failed" role="alert">
      <span class="alarm">▲ Not read:</span> {error.message}{" "}
      <button type="button" class="button small" onClick={retry}>
        Try again
      </button>
    </p>
  );
}

interface HeadProps<Row extends { readonly id: string }> extends ListRoomProps<Row> {
  readonly list: List<Row> | undefined;
  readonly filter: Query;
  readonly refine: (query: Query) => void;
  readonly openFilters: () => void;
}

function ListHead<Row extends { readonly id: string }>({
  list,
  filter: query,
  refine,
  openFilters,
  ...props
}: HeadProps<Row>) {
  const { page } = list ?? {};
  return (
    <div class="list-head">
      {props.above}
      <span role="status">
        {page === undefined ? null : (
          <>
            {page.isExact ? "" : "at most "}
            <b>{formatCount(page.matching)}</b>
            {isFiltered(query) ? ` of ${formatCount(page.total)}` : ""}{" "}
            {page.total === 1 ? props.nouns[0] : props.nouns[1]}
          </>
        )}
      </span>
      {isFiltered(query) ? (
        <button
          type="button"
          class="button small"
          onClick={() => refine(query.sort === undefined ? everything : { facets: {}, sort: query.sort })}
        >
          Clear filters
        </button>
      ) : null}
      <button type="button" class="button small filters" onClick={openFilters}>
        Filters
      </button>
      {props.sorts.length === 0 ? null : (
        <select
          aria-label="Order"
          value={query.sort ?? ""}
          onChange={(event) => refine({ ...query, sort: event.currentTarget.value || undefined })}
        >
          {props.sorts.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
      {page === undefined ? null : <Reading page={page} nouns={props.nouns} />}
      {page === undefined ? null : <Notices of={page.notices} />}
    </div>
  );
}

function Reading<Row>({ page, nouns }: { readonly page: ListPage<Row>; readonly nouns: readonly [string, string] }) {
  if (page.indexed >= 1) return null;
  return (
    <p class="reading">
      {`Reading: ${Math.floor(100 * page.indexed)} % done. Filters work on the first ${formatCount(page.total)} ${nouns[1]}; the rest follows.`}
    </p>
  );
}

function Nothing({
  isFiltered: some,
  nouns,
}: {
  readonly isFiltered: boolean;
  readonly nouns: readonly [string, string];
}) {
  return (
    <p class="empty">
      {some ? (
        <>
          No {nouns[0]} fits these filters.
          <br />
          Clear one of them, or search for fewer words.
        </>
      ) : (
        `No ${nouns[1]} yet.`
      )}
    </p>
  );
}

/** Where the open item stands in the list; -1 where the filter leaves it out or it is not known. */
function indexOf<Row extends { readonly id: string }>(list: List<Row>, id: string | null, narrow: boolean): number {
  if (id === null) return narrow || list.page.matching === 0 ? -1 : 0;
  for (const [index, row] of list.rows) if (row.id === id) return index;
  return -1;
}
