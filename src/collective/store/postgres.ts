import { pathToFileURL } from "node:url";
import type postgresClient from "postgres";
import { PreceptError } from "../../errors.ts";
import { resolvePackage } from "../../optional-package.ts";
import { emptyHead, type Head, type StoredEvent, sealEvent } from "./chain.ts";
import type { Appended, LogStore, NewEvent } from "./log-store.ts";
import { asPostgresError } from "./postgres-errors.ts";

export interface PostgresOptions {
  readonly url: string;
  /** One database keeps many conversations. */
  readonly conversation: string;
}

type Sql = ReturnType<typeof postgresClient>;
const version = "1";

/** A log in PostgreSQL: any number of processes write, one transaction at a time. @throws PreceptError package-missing, endpoint-down, run-version, permission. */
export async function openPostgres({ url, conversation }: PostgresOptions): Promise<LogStore> {
  const place = `${hidePassword(url)} (${conversation})`;
  const attempted = `Opening the log ${place}`;
  const sql = await connect(url);
  try {
    await makeTables(sql, attempted);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw asPostgresError(error, attempted);
  }
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asPostgresError(error, `Writing to the log ${place}`);
    }
  };
  return {
    place,
    append: (events, erase = []) => run(() => append({ sql, conversation }, events, erase)),
    read: (after, limit) =>
      run(async () => [
        ...(await sql<StoredEvent[]>`select seq::int, body, body_hash as "bodyHash", hash from precept_events
          where conversation = ${conversation} and seq > ${after} order by seq limit ${limit}`),
      ]),
    head: () => run(() => readHead(sql, conversation)),
    keep: (name, value) =>
      run(async () => {
        await sql`insert into precept_kept ${sql({ conversation, name, value })} on conflict do nothing`;
        const [row] = await sql<{ value: string }[]>`select value from precept_kept
          where conversation = ${conversation} and name = ${name}`;
        return row?.value ?? value;
      }),
    close: () => sql.end({ timeout: 5 }),
  };
}

async function connect(url: string): Promise<Sql> {
  const path = resolvePackage("postgres", {
    name: "postgres",
    attempted: "Opening a log in PostgreSQL",
    expected: "the package postgres, which precept does not bring along",
    remedy: "npm install postgres",
  });
  const { default: postgres } = (await import(pathToFileURL(path).href)) as { default: typeof postgresClient };
  return postgres(url, { max: 4, onnotice: () => undefined, connect_timeout: 10, prepare: true });
}

async function makeTables(sql: Sql, attempted: string): Promise<void> {
  await sql.begin(async (inside) => {
    await inside`select pg_advisory_xact_lock(hashtext('precept'))`;
    await inside`create table if not exists precept_kept
      (conversation text, name text, value text not null, primary key (conversation, name))`;
    await inside`create table if not exists precept_events (conversation text, seq bigint, key text, body text,
      body_hash text not null, hash text not null, primary key (conversation, seq), unique (conversation, key))`;
    await inside`insert into precept_kept values ('', 'version', ${version}) on conflict do nothing`;
    const [row] = await inside<{ value: string }[]>`select value from precept_kept
      where conversation = '' and name = 'version'`;
    if (row?.value === version) return;
    throw new PreceptError("run-version", {
      attempted,
      found: `logs of version ${row?.value ?? "none"}`,
      expected: `version ${version}`,
      remedy: "open it with the version of precept that wrote it",
    });
  });
}

interface Place {
  readonly sql: Sql;
  readonly conversation: string;
}

async function append(
  { sql, conversation }: Place,
  events: readonly NewEvent[],
  erase: readonly number[],
): Promise<readonly Appended[]> {
  return sql.begin(async (inside) => {
    await inside`select pg_advisory_xact_lock(hashtext(${conversation}))`;
    let head = await readHead(inside, conversation);
    const keys = events.flatMap(({ key }) => (key === undefined ? [] : [key]));
    const there = new Map<string, number>();
    if (keys.length > 0) {
      const found = await inside<{ key: string; seq: number }[]>`select key, seq::int from precept_events
        where conversation = ${conversation} and key = any(${keys})`;
      for (const { key, seq } of found) there.set(key, seq);
    }
    const rows: Record<"conversation" | "key" | "body" | "body_hash" | "hash" | "seq", string | number | null>[] = [];
    const appended = events.map(({ event, key }): Appended => {
      const known = key === undefined ? undefined : there.get(key);
      if (known !== undefined) return { seq: known, isNew: false };
      const { seq, body, bodyHash, hash } = sealEvent(event, head);
      rows.push({ conversation, seq, key: key ?? null, body, body_hash: bodyHash, hash });
      if (key !== undefined) there.set(key, seq);
      head = { seq, hash };
      return { seq, isNew: true };
    });
    // A statement takes at most 65,535 parameters.
    for (let i = 0; i < rows.length; i += 5000)
      await inside`insert into precept_events ${inside(rows.slice(i, i + 5000))}`;
    if (erase.length > 0)
      await inside`update precept_events set body = null, key = null
        where conversation = ${conversation} and seq = any(${[...erase]}::bigint[])`;
    return appended;
  }) as Promise<readonly Appended[]>;
}

async function readHead(sql: Pick<Sql, never> & CallableFunction, conversation: string): Promise<Head> {
  const [row] = (await sql`select seq::int, hash from precept_events where conversation = ${conversation}
    order by seq desc limit 1`) as Head[];
  return row === undefined ? emptyHead : { seq: row.seq, hash: row.hash };
}

function hidePassword(url: string): string {
  if (!URL.canParse(url)) return "PostgreSQL";
  const address = new URL(url);
  return `${address.protocol}//${address.host}${address.pathname}`;
}
