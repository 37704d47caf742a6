import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { hash32 } from "../../rng.ts";
import { readRun, type StoredRun } from "../../runs/index.ts";
import { isLocked, tryJson } from "../../storage/index.ts";
import { isMeasuring } from "../evaluations/listing.ts";
import { isRecord, namesIn, type RawRecord, textIn } from "../segments/listing.ts";
import { listingOf } from "../segments/listings.ts";
import { RecordsIndex } from "../segments/records-index.ts";
import type { Row, Segment } from "../segments/segment.ts";
import type { Notice } from "../source.ts";
import { findAuditLogs, isWritten, readLogAsRun } from "./audit-logs.ts";
import { keepInside } from "./inside.ts";
import { Lease } from "./lease.ts";
import type { Standing } from "./runs.ts";
import { readTownAsRun, townFiles, townState } from "./towns.ts";

/** One records file of a run with its index. */
export interface OpenFile {
  readonly stage: string;
  /** "sl-cai/records.jsonl". */
  readonly path: string;
  readonly index: RecordsIndex;
}

/** A record with where it stands. */
export interface FoundRow {
  readonly file: OpenFile;
  readonly segment: Segment;
  readonly number: number;
  readonly row: Row;
  readonly record: RawRecord;
}

/** A run that is looked at: its manifest, and the index of every records file, made one after the other. */
export class OpenRun {
  readonly folder: string;
  /** Name of the log of a guard that stands for itself; undefined for a run. */
  readonly log: string | undefined;
  /** It is a conversation of the public, in place of a run. */
  readonly isTown: boolean;
  run: StoredRun;
  files: readonly OpenFile[] = [];
  #seen = "";
  #building: Promise<void> | undefined;
  #isClosed = false;
  readonly #lease = new Lease();

  /**
   * @param standing what the folder is looked at for, in place of the run that it is.
   * @throws PreceptError what `readRun` throws; LeadsOutside.
   */
  constructor(folder: string, { log, isTown = false }: Standing = {}) {
    this.folder = folder;
    this.log = log;
    this.isTown = isTown;
    keepInside(folder, isTown ? townFiles : []);
    this.run = this.#read();
    this.refresh();
  }

  /** Whether anybody works on it: its command, or a guard whose log lies in it. */
  get isWorkedOn(): boolean {
    if (this.isTown) return false;
    if (this.log === undefined && isLocked(this.folder)) return true;
    return this.#logs().some((log) => isWritten(join(this.folder, log)));
  }

  /** Begins to read: until the function that it returns is called nothing is closed, neither the run nor a file that is replaced. */
  hold(): () => void {
    return this.#lease.hold();
  }

  /** Whether anybody reads it. */
  get isInUse(): boolean {
    return this.#lease.isHeld;
  }

  /** Looks for what was written since; indexing goes on behind. */
  refresh(): void {
    const state = this.#stateOf();
    if (state !== this.#seen) {
      this.run = this.#read();
      this.#seen = state;
      this.#openFiles();
    }
    if (this.files.some(({ index }) => index.isBehind)) this.#building ??= this.#build();
  }

  /** The index of the list; undefined where the run has no such stage. */
  listFile(stage: string): OpenFile | undefined {
    return this.files.find((file) => file.stage === stage && file.index.file.listing !== undefined);
  }

  /** The record with this id; files that are not indexed yet are waited for. */
  async find(id: string): Promise<FoundRow | undefined> {
    const stage = id.slice(0, id.indexOf("/"));
    const likely = [...this.files].sort((a, b) => Number(b.stage === stage) - Number(a.stage === stage));
    for (const file of likely) {
      await file.index.wait(true);
      const found = findInFile(file, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Records that name this id among their parents, the first so many, and how many there are by hash. */
  childrenOf(id: string, most: number): { readonly found: readonly FoundRow[]; readonly count: number } {
    const hash = hash32(id);
    const found: FoundRow[] = [];
    let count = 0;
    for (const file of this.files) {
      for (const segment of file.index.segments) {
        for (const number of segment.rowsByHash("parents", hash)) {
          const child = found.length < most ? readFound(file, segment, number) : undefined;
          if (child !== undefined && !namesIn(child.record, "parents").includes(id)) continue;
          if (child !== undefined) found.push(child);
          count += 1;
        }
      }
    }
    return { found, count };
  }

  /** 0–1: how much of all records is indexed. */
  get indexed(): number {
    return shareOf(this.files.map(({ index }) => index));
  }

  notices(): Notice[] {
    return this.files.flatMap(noticesOf);
  }

  /** Stops indexing at once, and closes its files once nobody reads them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const indexes = this.files.map(({ index }) => index);
    await Promise.all(indexes.map((index) => index.stop()));
    await this.#building;
    await this.#lease.whenFree();
    await Promise.all(indexes.map((index) => index.close()));
  }

  async #build(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      await next.index.build();
      // Small files are indexed here: requests come in between.
      await setImmediate();
    }
    this.#building = undefined;
  }

  /** What lists show is indexed before what is only looked up. */
  #next(): OpenFile | undefined {
    if (this.#isClosed) return undefined;
    const behind = this.files.filter(({ index }) => index.isBehind);
    return behind.find(({ index }) => index.file.listing !== undefined) ?? behind[0];
  }

  #read(): StoredRun {
    if (this.isTown) return readTownAsRun(this.folder);
    return this.log === undefined ? readRun(this.folder) : readLogAsRun(join(this.folder, this.log));
  }

  #logs(): readonly string[] {
    if (this.isTown) return [];
    return this.log === undefined ? findAuditLogs(this.folder) : [this.log];
  }

  #stateOf(): string {
    if (this.isTown) return townState(this.folder);
    const logs = this.#logs();
    if (this.log !== undefined) return JSON.stringify(logs);
    const { mtimeMs, size } = statSync(join(this.folder, "manifest.json"));
    const partial = this.run.stages.flatMap(({ name, folder }) =>
      partialFiles(folder).map((file) => `${name}/${file}`),
    );
    return JSON.stringify([mtimeMs, size, partial, logs]);
  }

  #openFiles(): void {
    const known = new Map(this.files.map((file) => [keyOf(file.path, file.index.file.kept?.hash), file]));
    const files: OpenFile[] = [];
    for (const { name: stage, folder, entry, recordFiles } of this.run.stages) {
      const open = (file: string, isPartial: boolean): void => {
        const path = `${stage}/${file}${isPartial ? ".partial" : ""}.jsonl`;
        keepInside(this.folder, [path, `${stage}/summary.json`]);
        const hash = isPartial ? undefined : entry.records[file];
        const key = keyOf(path, hash);
        const kept = hash === undefined ? undefined : { run: this.folder, stage, file, hash };
        const place = {
          path: join(this.folder, path),
          isPartial,
          listing: file === "records" ? listingOf(stage) : undefined,
          kept,
        };
        files.push(known.get(key) ?? { stage, path, index: new RecordsIndex(place) });
        known.delete(key);
      };
      const closed = new Set(recordFiles);
      const partial = partialFiles(folder).filter((file) => !closed.has(file));
      // Answers as they came stand in the records too, with what a judge said of them.
      const isTwice = [...closed, ...partial].includes("records") && isMeasuring(stage);
      const isRead = (file: string): boolean => !(isTwice && file === "answers");
      for (const file of recordFiles.filter(isRead)) open(file, false);
      for (const file of partial.filter(isRead)) open(file, true);
    }
    for (const log of this.#logs()) {
      keepInside(this.folder, [log]);
      const place = { path: join(this.folder, log), isPartial: true, isPlain: true, listing: "guard", kept: undefined };
      files.push(known.get(keyOf(log, undefined)) ?? { stage: "guard", path: log, index: new RecordsIndex(place) });
      known.delete(keyOf(log, undefined));
    }
    this.files = files;
    for (const { index } of known.values()) void this.#retire(index);
  }

  async #retire(index: RecordsIndex): Promise<void> {
    await index.stop();
    await this.#lease.whenFree();
    await index.close();
  }
}

function keyOf(path: string, hash: string | undefined): string {
  return JSON.stringify([path, hash ?? null]);
}

function partialFiles(folder: string): string[] {
  const end = ".partial.jsonl";
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith(end) ? [name.slice(0, -end.length)] : []));
  } catch {
    return []; // a stage that has not begun has no folder
  }
}

/** The record with this id in what is indexed of a file. */
export function findInFile(file: OpenFile, id: string): FoundRow | undefined {
  const hash = hash32(id);
  for (const segment of file.index.segments) {
    for (const number of segment.rowsByHash("ids", hash)) {
      const found = readFound(file, segment, number);
      if (found !== undefined && textIn(found.record, "id") === id) return found;
    }
  }
  return undefined;
}

/** The record of a row as it stands in its file; undefined where it has been damaged since. */
export function readFound(file: OpenFile, segment: Segment, number: number): FoundRow | undefined {
  const row = segment.row(number);
  const record = tryJson(file.index.read(row).toString("utf8"));
  return isRecord(record) ? { file, segment, number, row, record } : undefined;
}

export function shareOf(indexes: readonly RecordsIndex[]): number {
  const size = indexes.reduce((sum, index) => sum + index.size, 0);
  const covered = indexes.reduce((sum, index) => sum + (index.isWhole ? index.size : index.covered), 0);
  return size === 0 ? 1 : Math.min(1, covered / size);
}

const count = (n: number): string => n.toLocaleString("en-US");

/** What somebody should know of a file. */
export function noticesOf({ path, index }: OpenFile): Notice[] {
  const heads = index.segments.map(({ head }) => head);
  const damaged = heads.reduce((sum, { damagedLines }) => sum + damagedLines, 0);
  const [first] = heads.flatMap((head) => head.damaged);
  const versions = [...new Set(heads.flatMap(({ newer }) => Object.keys(newer)))];
  const lines =
    damaged === 1 ? `Line ${count(first?.line ?? 0)} of ${path} is` : `${count(damaged)} lines of ${path} are`;
  const { failure } = index;
  const why = failure instanceof Error ? failure.message : String(failure);
  return [
    ...(failure === undefined ? [] : [{ kind: "damaged" as const, text: `${path} cannot be read further: ${why}.` }]),
    ...(damaged === 0
      ? []
      : [
          {
            kind: "damaged" as const,
            text: `${lines} no JSON${damaged === 1 ? "" : `, the first line ${count(first?.line ?? 0)}`}. Everything else is shown; the stage can be run again.`,
          },
        ]),
    ...versions.map((version) => ({
      kind: "newer" as const,
      text: `${path} was written by a newer Precept (records of version ${version}). Shown as plain JSON.`,
    })),
  ];
}
