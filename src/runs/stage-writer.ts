import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../errors.ts";
import { asFileError, makeFolder, removeTemporaries, writeWhole } from "../storage/index.ts";
import { isPartial } from "./batch-file.ts";
import { type LogOptions, RecordLog } from "./record-log.ts";
import type { RecordSchemas, StageRecords } from "./stage.ts";

/** A row of metrics.jsonl. Rows with a numeric `step` replace earlier rows of the same step and `series`. */
export type MetricsRow = Readonly<Record<string, number | string>>;

/** What the body of a stage writes with: records, metrics, a checkpoint, a summary. */
export class StageWriter<R extends StageRecords = StageRecords> {
  readonly folder: string;
  /** Folder of the stage's checkpoint; whoever trains writes it under a temporary name and renames. */
  readonly checkpoint: string;
  readonly #schemas: RecordSchemas<R>;
  readonly #logs = new Map<string, { release(): void }>();
  readonly #hashes: Record<string, string> = {};
  readonly #options: Pick<LogOptions, "share" | "inputs">;

  constructor(folder: string, schemas: RecordSchemas<R>, options: Pick<LogOptions, "share" | "inputs"> = {}) {
    this.folder = folder;
    this.#schemas = schemas;
    this.#options = options;
    this.checkpoint = join(folder, "checkpoint");
    if (options.share !== undefined && options.share.client !== "merge") return; // what else is there is not a client's
    try {
      makeFolder(folder);
      removeTemporaries(folder);
      dropHalfRow(this.#metricsPath);
    } catch (error) {
      throw asFileError(error, `Opening the stage folder ${folder}`);
    }
  }

  /** Opens a log of records that the stage declares, NAME.jsonl once the stage is closed. Each is opened once. */
  async records<K extends keyof R & string>(name: K): Promise<RecordLog<R[K]>> {
    if (this.#logs.has(name)) throw new Error(`the records ${name} are already open`);
    const log = RecordLog.open<R[K]>(this.folder, name, this.#schemas[name], {
      ...this.#options,
      onClose: (hash) => {
        this.#hashes[name] = hash;
      },
    });
    this.#logs.set(name, log);
    return log;
  }

  /**
   * Appends a row to metrics.jsonl. Before `append` of the batch it tells of, so that a kill in between repeats the row
   * (which does no harm) and does not lose it. @throws PreceptError disk, permission.
   */
  metrics(row: MetricsRow): void {
    try {
      appendFileSync(this.#metricsPath, `${JSON.stringify(row)}\n`);
    } catch (error) {
      throw asFileError(error, `Writing ${this.#metricsPath}`);
    }
  }

  /** Writes summary.json. @throws PreceptError disk, permission. */
  summary(value: unknown): void {
    writeWhole(join(this.folder, "summary.json"), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** sha256 of every closed records file, by name. */
  get recordHashes(): Readonly<Record<string, string>> {
    return this.#hashes;
  }

  /** Lets go of all files; the stage can be resumed. */
  release(): void {
    for (const log of this.#logs.values()) log.release();
  }

  /** Rewrites metrics.jsonl without the rows that a resumed training repeated. */
  tidyMetrics(): void {
    const rows = readRows(this.#metricsPath);
    if (rows.length === 0) return;
    const byKey = new Map<string, MetricsRow>();
    for (const [index, row] of rows.entries()) {
      const key = typeof row["step"] === "number" ? `${row["series"] ?? ""}/${row["step"]}` : `row ${index}`;
      byKey.set(key, row);
    }
    writeWhole(this.#metricsPath, [...byKey.values()].map((row) => `${JSON.stringify(row)}\n`).join(""));
  }

  /** Removes the partial files; for once the manifest says that the stage is done. */
  removePartials(): void {
    for (const file of readdirSync(this.folder)) {
      if (isPartial(file)) rmSync(join(this.folder, file), { force: true });
    }
  }

  get #metricsPath(): string {
    return join(this.folder, "metrics.jsonl");
  }
}

function dropHalfRow(path: string): void {
  const text = readText(path);
  if (text === "" || text.endsWith("\n")) return;
  writeWhole(path, text.slice(0, text.lastIndexOf("\n") + 1));
}

function readRows(path: string): MetricsRow[] {
  return readText(path)
    .split("\n")
    .filter((line) => line !== "")
    .map((line): MetricsRow => JSON.parse(line));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}
