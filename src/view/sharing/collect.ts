import { everything, formatQuery, isFiltered, mostRows, type Query } from "../query/index.ts";
import type { ServedRoom, ShareKeeper } from "../room.ts";
import { type Shared, type SharedItem, type SharedList, textsIn } from "../shared/index.ts";
import type { ListPage, RunList, RunPage } from "../source.ts";
import { withoutNotes } from "./notes.ts";

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
}

export interface Collected {
  readonly shared: Shared;
  /** What somebody who opens it can read: "840 chains". */
  readonly holds: readonly string[];
}

type Row = SharedItem["row"];

/** Everything that the pages of a run ask for, by the addresses that they ask. */
export async function collectShared(ask: AskAddress, options: SharingOptions): Promise<Collected> {
  const { run, filter, withNotes, rooms } = options;
  const answers: Record<string, unknown> = {};
  const lists: Record<string, SharedList> = {};
  const holds: string[] = [];
  const root = `runs/${encodeURIComponent(run)}`;
  const clean = (answer: unknown): unknown => (withNotes ? answer : withoutNotes(answer));
  const keep = async (address: string): Promise<unknown> => {
    const answer = clean(await ask(address));
    answers[address] = answer;
    return answer;
  };
  const keeper: ShareKeeper = {
    filter,
    keep: (...path) => keep(addressOf(root, path)),
    async keepList(path, query = everything) {
      const address = addressOf(root, path);
      const list = await gather(ask, address, query);
      lists[address] = { ...list, items: clean(list.items) as readonly SharedItem[] };
      const rows: { readonly id: string; readonly item: unknown }[] = [];
      for (const { row } of list.items) rows.push({ id: row.id, item: await keep(addressOf(address, [row.id])) });
      return rows;
    },
    tell(n, one, many) {
      holds.push(`${n.toLocaleString("en-US")} ${n === 1 ? one : many}`);
    },
  };

  const page = (await ask(root)) as RunPage;
  const isWhole = !isFiltered(filter);
  const there = new Set(page.rooms.map(({ room }) => room));
  const offered = rooms.filter(
    ({ name, share }) => share !== undefined && there.has(name) && (isWhole || name === "chains"),
  );
  for (const { share } of offered) await share?.(keeper);
  const names = offered.map(({ name }) => name);
  const chains = lists[`${root}/chains`]?.items.length ?? 0;
  answers[root] = clean(ownPage(page, names, { isWhole, filter, chains }));
  const { runs } = (await ask("runs")) as RunList;
  const own = runs.filter(({ name }) => name === run).map((line) => ({ ...line, folder: run }));
  answers["runs"] = { folder: run, runs: own } satisfies RunList;
  return { shared: { answers, lists }, holds };
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

/** All rows of a list, with the values that each is filtered by: asked facet by facet, so that both filter alike. */
async function gather(ask: AskAddress, address: string, query: Query): Promise<SharedList> {
  const pageAt = async (own: Query, from: number): Promise<ListPage<Row>> =>
    (await ask(`${address}?${formatQuery(own)}&from=${from}&n=${mostRows}`)) as ListPage<Row>;
  const all = async (own: Query): Promise<Row[]> => {
    const first = await pageAt(own, 0);
    const rows = [...first.rows];
    while (rows.length < first.matching) {
      const { rows: more } = await pageAt(own, rows.length);
      if (more.length === 0) break;
      rows.push(...more);
    }
    return rows;
  };
  const rows = await all(query);
  const { facets } = await pageAt(query, 0);
  const values = new Map<string, Record<string, string[]>>(rows.map(({ id }) => [id, {}]));
  for (const facet of facets) {
    for (const { value } of facet.values.filter(({ count }) => count > 0)) {
      for (const { id } of await all({ ...query, facets: { ...query.facets, [facet.id]: [value] } })) {
        const own = values.get(id);
        if (own !== undefined) own[facet.id] = [...(own[facet.id] ?? []), value];
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

/** What is searched in an answer; a folder keeps it beside its lists. */
export function searchedTexts(
  { answers, lists }: Shared,
  address: string,
): Readonly<Record<string, readonly string[]>> {
  const items = lists[address]?.items ?? [];
  return Object.fromEntries(items.map(({ row: { id } }) => [id, textsIn(answers[addressOf(address, [id])])]));
}

/** Ids hold slashes, which stay. */
function addressOf(root: string, path: readonly string[]): string {
  return [root, ...path.flatMap((part) => part.split("/")).map(encodeURIComponent)].join("/");
}
