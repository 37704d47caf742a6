import { hash } from "node:crypto";
import { renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { PreceptError } from "../../errors.ts";
import { asFileError, canonicalJson, makeFolder, sqliteCodeOf, useWriteAheadLog } from "../../storage/index.ts";
import type { Env } from "../options.ts";

/** Raised when what a key or a value means changes; older entries are then never found again and pruned in time. */
const FORMAT = 1;
const FLUSH_MS = 20;
const FLUSH_COUNT = 512;
/** How long another process's hold on the file is waited for. */
const PATIENCE_MS = 30_000;
/** SQLite's own result codes: a damaged file, a file that is no database. */
const DAMAGED = [11, 26];

/** Where answers are kept for all runs: PRECEPT_CACHE, else ~/.cache/precept (XDG_CACHE_HOME is honoured). */
export function cacheFolder(env: Env): string {
  const own = env["PRECEPT_CACHE"];
  if (own !== undefined && own !== "") return resolve(own);
  const base = env["XDG_CACHE_HOME"];
  return join(base !== undefined && base !== "" ? base : join(homedir(), ".cache"), "precept");
}

/** The key of an answer: a hash of everything that shaped it. Equal questions with another seed are other questions. */
export function cacheKey(question: unknown): string {
  return hash("sha256", `${FORMAT}\n${canonicalJson(question)}`);
}

/** What a cache holds, in all and by model. */
export interface CacheStats {
  readonly path: string;
  readonly answers: number;
  readonly bytes: number;
  /** Milliseconds since 1970; null when empty. */
  readonly oldest: number | null;
  readonly newest: number | null;
  readonly models: readonly { readonly model: string; readonly answers: number; readonly bytes: number }[];
}

interface Pruned {
  /** Milliseconds since 1970. */
  readonly before?: number | null | undefined;
  readonly model?: string | null | undefined;
}

/**
 * Answers by the hash of their question, in one SQLite file that several processes read and write at once (write-ahead
 * log). Writes are gathered for 20 ms; a kill loses those and never damages the rest.
 */
export class ResponseCache {
  static readonly #open = new Map<string, ResponseCache>();
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #pending = new Map<string, { readonly model: string; readonly answer: string }>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(path: string) {
    this.path = path;
    this.#database = new DatabaseSync(path, { timeout: PATIENCE_MS });
    useWriteAheadLog(this.#database, PATIENCE_MS);
    this.#database.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;");
    this.#database.exec(
      "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, model TEXT NOT NULL, written INTEGER NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#select = this.#database.prepare("SELECT answer FROM answers WHERE key = ?");
    this.#insert = this.#database.prepare(
      "INSERT OR REPLACE INTO answers (key, model, written, answer) VALUES (?, ?, ?, ?)",
    );
  }

  /**
   * The cache of a folder; one per process, however many models share it. A damaged file is set aside and begun anew: it
   * holds nothing that cannot be asked for again. @throws PreceptError disk, permission.
   */
  static open(folder: string): ResponseCache {
    const path = join(resolve(folder), "answers.sqlite");
    const open = ResponseCache.#open.get(path);
    if (open !== undefined) return open;
    try {
      makeFolder(resolve(folder));
      const cache = ResponseCache.#openFile(path);
      if (ResponseCache.#open.size === 0) process.on("exit", ResponseCache.#flushAll);
      ResponseCache.#open.set(path, cache);
      return cache;
    } catch (error) {
      throw asCacheError(error, path);
    }
  }

  static #flushAll(): void {
    for (const cache of ResponseCache.#open.values()) cache.flush();
  }

  static #openFile(path: string): ResponseCache {
    try {
      return new ResponseCache(path);
    } catch (error) {
      if (!DAMAGED.includes(sqliteCodeOf(error))) throw error;
      renameSync(path, `${path}.damaged`);
      for (const part of ["-wal", "-shm"]) rmSync(`${path}${part}`, { force: true });
      return new ResponseCache(path);
    }
  }

  get(key: string): unknown {
    const answer = this.#pending.get(key)?.answer ?? this.#select.get(key)?.["answer"];
    return typeof answer === "string" ? (JSON.parse(answer) as unknown) : undefined;
  }

  put(key: string, model: string, answer: unknown): void {
    this.#pending.set(key, { model, answer: JSON.stringify(answer) });
    if (this.#pending.size >= FLUSH_COUNT) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what is gathered, all of it or none. @throws PreceptError disk. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const now = Date.now();
    this.#inOne(() => {
      for (const [key, { model, answer }] of this.#pending) this.#insert.run(key, model, now, answer);
    });
    this.#pending.clear();
  }

  stats(): CacheStats {
    this.flush();
    const models = this.#database
      .prepare(
        "SELECT model, COUNT(*) AS answers, SUM(LENGTH(answer)) AS bytes FROM answers GROUP BY model ORDER BY model",
      )
      .all()
      .map((row) => ({ model: String(row["model"]), answers: Number(row["answers"]), bytes: Number(row["bytes"]) }));
    const span = this.#database.prepare("SELECT MIN(written) AS oldest, MAX(written) AS newest FROM answers").get();
    const time = (value: unknown): number | null => (typeof value === "number" ? value : null);
    return {
      path: this.path,
      answers: models.reduce((sum, { answers }) => sum + answers, 0),
      bytes: ["", "-wal"].reduce((sum, part) => sum + sizeOf(`${this.path}${part}`), 0),
      oldest: time(span?.["oldest"]),
      newest: time(span?.["newest"]),
      models,
    };
  }

  /** Removes answers written before a time or by one model, or all; gives the space back. Returns how many went. */
  prune({ before = null, model = null }: Pruned): number {
    this.flush();
    const { changes } = this.#database
      .prepare("DELETE FROM answers WHERE written < coalesce(:before, written + 1) AND model = coalesce(:model, model)")
      .run({ before, model });
    this.#database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    return Number(changes);
  }

  close(): void {
    this.flush();
    this.#database.close();
    ResponseCache.#open.delete(this.path);
    if (ResponseCache.#open.size === 0) process.off("exit", ResponseCache.#flushAll);
  }

  #inOne(write: () => void): void {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        write();
        this.#database.exec("COMMIT");
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    } catch (error) {
      throw asCacheError(error, this.path);
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function asCacheError(error: unknown, path: string): unknown {
  if (sqliteCodeOf(error) === 0) return asFileError(error, `Opening the cache ${path}`);
  return new PreceptError("disk", {
    attempted: `Using the cache ${path}`,
    found: error instanceof Error ? error.message : String(error),
    expected: "a file that SQLite can read and write",
    remedy: "give another folder in PRECEPT_CACHE, or none with `cache: false`",
    cause: error,
  });
}
