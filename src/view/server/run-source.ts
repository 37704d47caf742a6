import { PreceptError } from "../../errors.ts";
import { Comparer } from "../evaluations/index.ts";
import { readLogPage } from "../guard/log-page.ts";
import { guardRoom } from "../guard/room.ts";
import { readTownPage } from "../public/town-page.ts";
import { parseQuery, parseRange, type Query, type Range } from "../query/index.ts";
import type { Asked, OpenedRun, ServedRoom } from "../room.ts";
import { servedRooms } from "../rooms.ts";
import type { OpenRun } from "../run/open-run.ts";
import { readOverview } from "../run/overview.ts";
import { readPlainPage, UnreadableRun } from "../run/plain-page.ts";
import { readRecord, traceLineage } from "../run/records.ts";
import { listLines } from "../run/runs.ts";
import type { Source } from "../source.ts";
import type { ReviewSummary } from "../source-review.ts";
import type { NewMark, RoomSource } from "../source-rooms.ts";
import { NotFound, OpenRuns } from "./open-runs.ts";

/** The runs of a folder, or one run, read where they lie. */
export class RunSource implements Source {
  readonly root: string;
  readonly #rooms: readonly ServedRoom[];
  readonly #runs: OpenRuns;
  readonly #comparer = new Comparer((run) => this.#runs.hold(run));

  /** @param rooms answer besides what every room asks: runs, chains, records, lineages. */
  constructor(root: string, rooms: readonly ServedRoom[] = servedRooms) {
    this.root = root;
    this.#rooms = rooms;
    this.#runs = new OpenRuns(root);
  }

  async runs(): ReturnType<Source["runs"]> {
    return listLines(this.root);
  }

  async run(name: string): ReturnType<Source["run"]> {
    const page = this.#runs.use(name, async (opened) => {
      await opened.run.listFile("sl-cai")?.index.wait();
      if (opened.run.log !== undefined) return readLogPage(opened, name, await guardRoom.count(opened));
      if (opened.run.isTown) return readTownPage(opened, name);
      const rooms: { readonly room: string; readonly count: number | null }[] = [{ room: "overview", count: null }];
      for (const room of this.#rooms) {
        const count = await room.count(opened);
        if (count !== undefined) rooms.push({ room: room.name, count });
      }
      return readOverview(opened, name, rooms);
    });
    return page.catch((error: unknown) => {
      if (error instanceof UnreadableRun) return readPlainPage(error, name);
      throw error;
    });
  }

  async chains(name: string, query: Query, range: Range): ReturnType<Source["chains"]> {
    return this.#runs.use(name, ({ chains }) => chains.list(query, range));
  }

  async chain(name: string, promptId: string): ReturnType<Source["chain"]> {
    const chain = await this.#runs.use(name, ({ chains }) => chains.find(promptId));
    if (chain === undefined) throw new NotFound(`No chain ${promptId} in ${name}.`);
    return chain;
  }

  async record(name: string, id: string): ReturnType<Source["record"]> {
    const page = await this.#runs.use(name, async ({ run, chains, marks }) => {
      await marks.refresh();
      const promptOf = chains.promptOf.bind(chains);
      return readRecord(run, id, promptOf, (record) => marks.ofRecord(record));
    });
    if (page === undefined) throw noRecord(id, name);
    return page;
  }

  async lineage(name: string, id: string): ReturnType<Source["lineage"]> {
    const lineage = await this.#runs.use(name, ({ run }) => traceLineage(run, id));
    if (lineage === undefined) throw noRecord(id, name);
    return lineage;
  }

  /** What a room answers behind /api/runs/RUN/. @throws NotFound where no room answers there. */
  async answer(name: string, path: readonly string[], search = ""): Promise<unknown> {
    const [word = "", ...rest] = path;
    const answer = await this.#runs.use(name, (opened) => {
      const room = this.#rooms.find(({ answers = {} }) => Object.hasOwn(answers, word));
      return room?.answers?.[word]?.(opened, parseAsked(rest, search));
    });
    if (answer === undefined) throw new NotFound(`${name} has nothing at ${path.join("/")}.`);
    return answer;
  }

  async compare(a: string, b: string): ReturnType<RoomSource["compare"]> {
    const page = await this.#comparer.page(a, b);
    if (page === undefined)
      throw new NotFound(`One of ${a} and ${b} was not measured here. \`precept evaluate RUN\` does it.`);
    return page;
  }

  async comparedItems(a: string, b: string, query: Query, range: Range): ReturnType<RoomSource["comparedItems"]> {
    const page = await this.#comparer.items(a, b, query, range);
    if (page === undefined) throw new NotFound(`One of ${a} and ${b} was not measured here.`);
    return page;
  }

  async mark(name: string, marks: readonly NewMark[]): Promise<ReviewSummary> {
    const summary = await this.#runs.use(name, (opened) => opened.marks.add(marks));
    if (summary === undefined) throw new NotFound(`No record of one of these ids in ${name}; nothing was marked.`);
    return summary;
  }

  /** Reads the run of this name, for rooms in which people write. */
  use<T>(name: string, read: (run: OpenRun) => T | Promise<T>): Promise<T> {
    return this.#runs.use(name, ({ run }) => read(run));
  }

  /** A record's bytes as they stand in its file. */
  async bytes(name: string, id: string): Promise<Buffer> {
    const bytes = await this.use(name, async (run) => {
      const found = await run.find(id);
      return found?.file.index.read(found.row);
    });
    if (bytes === undefined) throw noRecord(id, name);
    return bytes;
  }

  /** Records of the list of a room, each on a line; undefined where no room has any there. @throws NotFound before the first where there is no run. */
  async lines(
    name: string,
    path: readonly string[],
    search = "",
  ): Promise<AsyncGenerator<Buffer, void, undefined> | undefined> {
    const lines = await this.#runs.use(name, (opened) => this.#findLines(opened, path, search));
    return lines === undefined ? undefined : this.#linesOf(name, path, search);
  }

  async *#linesOf(name: string, path: readonly string[], search: string): AsyncGenerator<Buffer, void, undefined> {
    const held = this.#runs.hold(name);
    try {
      yield* (await this.#findLines(held, path, search)) ?? [];
    } finally {
      held.release();
    }
  }

  #findLines(opened: OpenedRun, path: readonly string[], search: string) {
    const [word = "", ...rest] = path;
    const room = this.#rooms.find(({ lines = {} }) => Object.hasOwn(lines, word));
    return room?.lines?.[word]?.(opened, parseAsked(rest, search));
  }

  /** Nobody is answered any more. */
  get isClosed(): boolean {
    return this.#runs.isClosed;
  }

  async close(): Promise<void> {
    await this.#runs.close();
  }
}

function parseAsked(path: readonly string[], search: string): Asked {
  return { path, query: parseQuery(search), range: parseRange(search), search: new URLSearchParams(search) };
}

function noRecord(id: string, run: string): NotFound {
  return new NotFound(`No record ${id} in ${run}. It may be of another run: search all runs.`);
}

/** What to tell people of an error. */
export function explain(error: unknown): string {
  if (error instanceof PreceptError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
