import { everything, formatQuery, isFiltered, mostRows, type Query } from "../query/index.ts";
import type { ServedRoom, ShareKeeper } from "../room.ts";
import { addressOf, type SharedItem, type SharedList } from "../shared/index.ts";
import type { ListPage, RunList, RunPage } from "../source.ts";
import { cleanTexts, namesIn } from "./clean.ts";
import { withoutNotes } from "./notes.ts";
import type { Sink } from "./sink.ts";

/** Answers an address of the API, "runs/demo/chains?from=0". */
export type AskAddress = (address: string) => Promise<unknown>;

export interface SharingOptions {
  readonly run: string;
  /** Chains that go along; where it leaves some out, so do all other rooms. */
  readonly filter: Query;
  /** Notes of reviewers and their names. */
  readonly withNotes: boolean;
  /** Of these those that can be shared go along. */
  readonly rooms: readonly ServedRoom[];
  /** Takes keys and the folders of this machine out of a text. */
  readonly clean: (text: string) => string;
}

type Row = SharedItem["row"];

/** A list with the rows that go along. */
interface PlannedList {
  readonly address: string;
  readonly query: Query;
  readonly rows: readonly Row[];
}

/** What goes along, by address: planned before anything is read, since names stay as they are in every text. */
interface Plan {
  readonly lists: readonly PlannedList[];
  readonly singles: readonly string[];
  /** Left out where there is no room. */
  readonly spare: readonly string[];
  readonly holds: string[];
}

/**
 * Hands on, one by one, everything that the pages of a run ask for, by the addresses that they ask, and returns what somebody who opens
 * it can read: "840 chains". @throws PreceptError usage where nothing fits the filter; what `sink` throws.
 */
export async function collectShared(ask: AskAddress, options: SharingOptions, sink: Sink): Promise<readonly string[]> {
  const { run, filter, withNotes, rooms } = options;
  const root = `runs/${encodeURIComponent(run)}`;
  const page = (await ask(root)) as RunPage;
  const isWhole = !isFiltered(filter);
  const there = new Set(page.rooms.map(({ room }) => room));
  const offered = rooms.filter(
    ({ name, share }) => share !== undefined && there.has(name) && (isWhole || name === "chains"),
  );
  const plan = await planShare(ask, root, filter, offered);
  const { lists, singles, spare, holds } = plan;
  const names = namesOf(plan, root);
  const clean = <T>(answer: T): T => cleanTexts(withNotes ? answer : withoutNotes(answer), names, options.clean) as T;

  for (const { address, query, rows } of lists) {
    const list = sink.list(address);
    for (const { id } of rows) list.item(id, clean(await ask(addressOf(address, [id]))));
    list.close(clean(await readList(ask, { address, query, rows })));
  }
  for (const address of singles) sink.answer(address, clean(await ask(address)));
  const chains = lists.find(({ address }) => address === `${root}/chains`)?.rows.length ?? 0;
  const own = ownPage(
    page,
    offered.map(({ name }) => name),
    { isWhole, filter, chains },
  );
  sink.answer(root, clean(own));
  const { runs } = (await ask("runs")) as RunList;
  const lines = runs.filter(({ name }) => name === run).map((line) => ({ ...line, folder: run }));
  sink.answer("runs", clean({ folder: run, runs: lines } satisfies RunList));
  let taken = 0;
  for (const address of spare) {
    if (!sink.spare(address, clean(await ask(address)))) break;
    taken += 1;
  }
  if (taken === spare.length) return holds;
  const left = (spare.length - taken).toLocaleString("en-US");
  return [...holds, `without ${left} of these answers, for which one file has no room`];
}

async function planShare(ask: AskAddress, root: string, filter: Query, rooms: readonly ServedRoom[]): Promise<Plan> {
  const lists: PlannedList[] = [];
  const singles: string[] = [];
  const spare: string[] = [];
  const holds: string[] = [];
  const placeOf = (path: readonly string[], search: Readonly<Record<string, string>> = {}): string => {
    const behind = new URLSearchParams(search).toString();
    return `${addressOf(root, path)}${behind === "" ? "" : `?${behind}`}`;
  };
  const keeper: ShareKeeper = {
    filter,
    ask: (path) => ask(addressOf(root, path)),
    keep: (path, search) => void singles.push(placeOf(path, search)),
    keepSpare: (path, search) => void spare.push(placeOf(path, search)),
    async keepList(path, query = everything) {
      const address = addressOf(root, path);
      const rows = await readRows(ask, address, query);
      lists.push({ address, query, rows });
      return rows;
    },
    tell(n, one, many) {
      holds.push(`${n.toLocaleString("en-US")} ${n === 1 ? one : many}`);
    },
  };
  for (const { share } of rooms) await share?.(keeper);
  return { lists, singles, spare, holds };
}

/** Whatever names an answer. */
function namesOf({ lists, singles }: Plan, root: string): ReadonlySet<string> {
  const names = new Set(["runs", root, ...singles].flatMap(namesIn));
  for (const { address, rows } of lists) {
    for (const { id } of rows) for (const name of namesIn(addressOf(address, [id]))) names.add(name);
  }
  return names;
}

/** The overview as others may see it: without the place of the run, and without records that do not go along. */
function ownPage(
  page: RunPage,
  offered: readonly string[],
  { isWhole, filter, chains }: { readonly isWhole: boolean; readonly filter: Query; readonly chains: number },
): RunPage {
  const notice = {
    kind: "read-only" as const,
    text: `This page holds the chains that fit ${formatQuery(filter)}; counts here are of the whole run.`,
  };
  return {
    ...page,
    line: { ...page.line, folder: page.line.name },
    sentence:
      page.sentence?.map((part) => {
        const isCode = typeof part !== "string" && "code" in part;
        return isCode ? { code: part.code.replace(page.line.folder, page.line.name) } : part;
      }) ?? null,
    rooms: page.rooms
      .filter(({ room }) => room === "overview" || offered.includes(room))
      .map((room) => (room.room === "chains" ? { ...room, count: chains } : room)),
    worthALook: isWhole ? page.worthALook : page.worthALook.map((line) => ({ ...line, examples: [], opens: null })),
    next: [],
    notices: isWhole ? page.notices : [...page.notices, notice],
  };
}

const readPage = async (ask: AskAddress, address: string, query: Query, from: number): Promise<ListPage<Row>> =>
  (await ask(`${address}?${formatQuery(query)}&from=${from}&n=${mostRows}`)) as ListPage<Row>;

async function readRows(ask: AskAddress, address: string, query: Query): Promise<readonly Row[]> {
  const first = await readPage(ask, address, query, 0);
  const rows = [...first.rows];
  while (rows.length < first.matching) {
    const { rows: more } = await readPage(ask, address, query, rows.length);
    if (more.length === 0) break;
    rows.push(...more);
  }
  return rows;
}

/** All rows of a list, with the values that each is filtered by: asked facet by facet, so that both filter alike. */
async function readList(ask: AskAddress, { address, query, rows }: PlannedList): Promise<SharedList> {
  const { facets } = await readPage(ask, address, query, 0);
  const values = new Map<string, Record<string, string[]>>(rows.map(({ id }) => [id, {}]));
  for (const facet of facets) {
    for (const { value } of facet.values.filter(({ count }) => count > 0)) {
      const own = { ...query, facets: { ...query.facets, [facet.id]: [value] } };
      for (const { id } of await readRows(ask, address, own)) {
        const known = values.get(id);
        if (known !== undefined) known[facet.id] = [...(known[facet.id] ?? []), value];
      }
    }
  }
  return {
    facets: facets.map(({ id, title, values: found }) => ({
      id,
      title,
      values: found.map(({ value, label }) => ({ value, label })),
    })),
    items: rows.map((row) => ({ row, values: values.get(row.id) ?? {}, columns: numbersOf(row) })),
  };
}

/** Lists are ordered by numbers that their rows show. */
function numbersOf(row: Row): SharedItem["columns"] {
  const numbers: Record<string, number | null> = {};
  for (const [name, value] of Object.entries<unknown>(row)) {
    if (value === null || typeof value === "number") numbers[name] = value;
  }
  return numbers;
}
