import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { PreceptError } from "../../errors.ts";
import { useWriteAheadLog } from "../../storage/index.ts";
import { emptyHead, type Head, type StoredEvent, sealEvent } from "./chain.ts";
import type { Appended, NewEvent } from "./log-store.ts";
import { asSqliteError, foreignFile } from "./sqlite-errors.ts";

export interface SqliteOptions {
  readonly file: string;
  readonly isReadOnly: boolean;
  /** Pages of 4 KiB that the file may grow to. Default: as the disk allows. */
  readonly mostPages?: number | undefined;
  /** How long another program's hold on the file is waited for. */
  readonly patienceMs?: number | undefined;
}

/** "PCPT": marks a file as ours. */
const applicationId = 0x50435054;
const version = 1;

const tables = `
  create table events (seq integer primary key, key text, body text, body_hash text not null, hash text not null) strict;
  create unique index events_key on events (key) where key is not null;
  create table kept (name text primary key, value text not null) strict;
  pragma application_id = ${applicationId};
  pragma user_version = ${version};
`;

/** A log in one file, synchronously: lives in a worker thread where it is written, since a commit waits for the disk. */
export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #erase: StatementSync;
  readonly #read: StatementSync;

  /** @throws PreceptError run-version, run-invalid, run-locked, disk, permission. */
  constructor({ file, isReadOnly, mostPages, patienceMs = 5000 }: SqliteOptions) {
    this.#file = file;
    const attempted = `Opening the log ${file}`;
    if (isReadOnly && !existsSync(file)) {
      const remedy = "precept collective open FILE begins one";
      throw new PreceptError("usage", { attempted, found: "no such file", remedy });
    }
    try {
      this.#database = new DatabaseSync(file, { readOnly: isReadOnly, timeout: patienceMs });
      this.#check(isReadOnly, patienceMs);
      // full: what was acknowledged outlives a power cut; secure_delete: what was erased is gone from the file, too.
      this.#database.exec("pragma synchronous = full; pragma secure_delete = on;");
      if (mostPages !== undefined) this.#database.exec(`pragma max_page_count = ${mostPages}`);
      this.#insert = this.#database.prepare(
        "insert into events (seq, key, body, body_hash, hash) values (?, ?, ?, ?, ?)",
      );
      this.#find = this.#database.prepare("select seq from events where key = ?");
      this.#erase = this.#database.prepare("update events set body = null, key = null where seq = ?");
      this.#read = this.#database.prepare(
        "select seq, body, body_hash as bodyHash, hash from events where seq > ? order by seq limit ?",
      );
    } catch (error) {
      throw asSqliteError(error, attempted);
    }
  }

  #check(isReadOnly: boolean, patienceMs: number): void {
    const pragma = (name: string): unknown => this.#database.prepare(`pragma ${name}`).get()?.[name];
    const own = pragma("application_id");
    const isEmpty = this.#database.prepare("select count(*) as n from sqlite_schema").get()?.["n"] === 0;
    if (isEmpty && !isReadOnly) {
      useWriteAheadLog(this.#database, patienceMs);
      this.#database.exec(`begin immediate; ${tables} commit;`);
      return;
    }
    const found = pragma("user_version");
    if (own !== applicationId) throw foreignFile(this.#file);
    if (found === version) return;
    throw new PreceptError("run-version", {
      attempted: `Opening the log ${this.#file}`,
      found: `a log of version ${String(found)}`,
      expected: `version ${version}`,
      remedy: "open it with the version of precept that wrote it",
    });
  }

  append(events: readonly NewEvent[], erase: readonly number[]): readonly Appended[] {
    const attempted = `Writing to the log ${this.#file}`;
    try {
      this.#database.exec("begin immediate");
      let head = this.head();
      const appended = events.map(({ event, key = null }): Appended => {
        const there = key === null ? undefined : this.#find.get(key);
        if (there !== undefined) return { seq: Number(there["seq"]), isNew: false };
        const line = sealEvent(event, head);
        this.#insert.run(line.seq, key, line.body, line.bodyHash, line.hash);
        head = line;
        return { seq: line.seq, isNew: true };
      });
      for (const seq of erase) this.#erase.run(seq);
      this.#database.exec("commit");
      if (erase.length > 0) this.#database.exec("pragma wal_checkpoint(truncate)");
      return appended;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw asSqliteError(error, attempted);
    }
  }

  read(after: number, limit: number): StoredEvent[] {
    return this.#read.all(after, limit).map((row) => ({
      seq: Number(row["seq"]),
      body: row["body"] === null ? null : String(row["body"]),
      bodyHash: String(row["bodyHash"]),
      hash: String(row["hash"]),
    }));
  }

  head(): Head {
    const last = this.#database.prepare("select seq, hash from events order by seq desc limit 1").get();
    return last === undefined ? emptyHead : { seq: Number(last["seq"]), hash: String(last["hash"]) };
  }

  keep(name: string, value: string): string {
    const attempted = `Writing to the log ${this.#file}`;
    try {
      this.#database.prepare("insert into kept (name, value) values (?, ?) on conflict do nothing").run(name, value);
      return String(this.#database.prepare("select value from kept where name = ?").get(name)?.["value"]);
    } catch (error) {
      throw asSqliteError(error, attempted);
    }
  }

  close(): void {
    this.#database.close();
  }
}
