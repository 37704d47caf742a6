import { join } from "node:path";
import { loadConstitution, type Principle } from "../../constitution/index.ts";
import { linesOf, recordsOf } from "../lists/item-records.ts";
import { noPage, readPage } from "../lists/list-page.ts";
import { ListReader, type Place } from "../lists/list-reader.ts";
import type { Query, Range } from "../query/index.ts";
import { keepInside } from "../run/inside.ts";
import { findInFile, type OpenFile, type OpenRun } from "../run/open-run.ts";
import type { ListPage } from "../source.ts";
import type { GuardEventPage, GuardPage, GuardRow, LogTexts } from "../source-guard.ts";
import { readEvent, textsOf, toEventPage, toRow } from "./event.ts";
import { guardFacets } from "./facets.ts";
import { LogFollower } from "./follower.ts";

const constitutionFile = "constitution.yaml";

/** The log of a guard that lies in a run, or stands for itself. */
export class GuardLog {
  readonly #run: OpenRun;
  #open: { readonly file: OpenFile; readonly reader: ListReader; readonly follower: LogFollower } | undefined;

  constructor(run: OpenRun) {
    this.#run = run;
  }

  list(query: Query, range: Range): ListPage<GuardRow> {
    const open = this.#find();
    if (open === undefined) return noPage;
    const { file, reader } = open;
    return readPage({ ...query, sort: query.sort ?? "-place" }, range, {
      files: [file],
      total: file.index.items,
      reader,
      definitions: guardFacets,
      placeOf: (id) => placeOf(file, id),
      rowOf: (place) => rowOf(file, place),
    });
  }

  /** The lines of all events that fit, as they stand, in the order of the log. */
  *lines(query: Query): Generator<Buffer, void, undefined> {
    const open = this.#find();
    if (open !== undefined) yield* linesOf(open.file, open.reader.all(query));
  }

  async summary(): Promise<GuardPage | undefined> {
    const open = this.#find();
    if (open === undefined) return undefined;
    return { ...(await open.follower.read()), file: open.file.path, texts: firstTexts(open.file) };
  }

  async event(id: string, withTexts: boolean): Promise<GuardEventPage | undefined> {
    const open = this.#find();
    const place = open === undefined ? undefined : placeOf(open.file, id);
    if (open === undefined || place === undefined) return undefined;
    const event = readEvent(recordsOf(open.file, place)[0]);
    return event === undefined ? undefined : toEventPage(event, await this.#principles(), withTexts);
  }

  /** A folder of several logs shows the first of them. */
  #find() {
    const file = this.#run.listFile("guard");
    if (file === undefined) return undefined;
    if (this.#open?.file !== file) {
      const follower = new LogFollower(file.index.file.path);
      this.#open = { file, reader: new ListReader(file.index, () => []), follower };
    }
    return this.#open;
  }

  /** Of the run, or of the project that the log lies in. */
  async #principles(): Promise<readonly Principle[]> {
    keepInside(this.#run.folder, [constitutionFile]);
    const own = await loadConstitution(join(this.#run.folder, constitutionFile)).catch(() => undefined);
    return own?.principles ?? [];
  }
}

function placeOf(file: OpenFile, id: string): Place | undefined {
  const found = findInFile(file, id);
  const item = found?.segment.itemOf(found.number);
  return found === undefined || item === undefined ? undefined : { segment: found.segment, item };
}

function rowOf(file: OpenFile, place: Place): GuardRow {
  const [record] = recordsOf(file, place);
  const event = readEvent(record);
  if (event !== undefined) return toRow(event);
  const id = typeof record?.["id"] === "string" ? record["id"] : "";
  const nothing = { principle: null, check: null, score: null, threshold: null, more: 0 };
  return { id, at: "", action: "cannot be read", stage: "", status: "", ...nothing };
}

/** Lines at the log's end that are looked at for a text. */
const lookedAt = 50;

/** What the log holds of texts, by its last lines: a text may be empty, and then no line of it holds any. */
function firstTexts(file: OpenFile): LogTexts | null {
  const segment = file.index.segments.at(-1);
  if (segment === undefined) return null;
  for (let item = segment.n - 1; item >= Math.max(0, segment.n - lookedAt); item--) {
    const event = readEvent(recordsOf(file, { segment, item })[0]);
    if (event?.text !== undefined) return textsOf(event);
  }
  return "none";
}
