import { PreceptError } from "../../errors.ts";
import { Comparer } from "../evaluations/index.ts";
import { listPrinciples, readPrinciple } from "../principles/principles.ts";
import type { Query, Range } from "../query/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import { readOverview } from "../run/overview.ts";
import { readRecord, traceLineage } from "../run/records.ts";
import { listLines } from "../run/runs.ts";
import type { Source } from "../source.ts";
import type { ReviewSummary } from "../source-review.ts";
import type { NewMark, RoomSource } from "../source-rooms.ts";
import { readRollouts } from "../training/rollouts.ts";
import { readSeries } from "../training/series.ts";
import { NotFound, OpenRuns } from "./open-runs.ts";

/** The runs of a folder, or one run, read where they lie. */
export class RunSource implements Source {
  readonly root: string;
  readonly #runs: OpenRuns;
  readonly #comparer = new Comparer(async (run) => this.#runs.use(run, ({ evaluations }) => evaluations.answers()));

  constructor(root: string) {
    this.root = root;
    this.#runs = new OpenRuns(root);
  }

  async runs(): ReturnType<Source["runs"]> {
    return listLines(this.root);
  }

  async run(name: string): ReturnType<Source["run"]> {
    return this.#runs.use(name, async ({ run, chains, marks }) => {
      await run.listFile("sl-cai")?.index.wait();
      return readOverview(run, name, chains, marks);
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

  async comparisons(name: string, query: Query, range: Range): ReturnType<RoomSource["comparisons"]> {
    return this.#runs.use(name, ({ comparisons }) => comparisons.list(query, range));
  }

  async comparison(name: string, id: string): ReturnType<RoomSource["comparison"]> {
    const comparison = await this.#runs.use(name, ({ comparisons }) => comparisons.find(id));
    if (comparison === undefined) throw new NotFound(`No comparison ${id} in ${name}.`);
    return comparison;
  }

  async judgements(name: string, query: Query): ReturnType<RoomSource["judgements"]> {
    return this.#runs.use(name, ({ comparisons }) => comparisons.judgements(query));
  }

  async principles(name: string): ReturnType<RoomSource["principles"]> {
    return this.#runs.use(name, ({ run }) => listPrinciples(run));
  }

  async principle(name: string, id: string): ReturnType<RoomSource["principle"]> {
    const page = await this.#runs.use(name, ({ run, chains }) => readPrinciple(run, chains, id));
    if (page === undefined) throw new NotFound(`The constitution of ${name} has no principle ${id}.`);
    return page;
  }

  async series(name: string, mostPoints?: number): ReturnType<RoomSource["series"]> {
    return this.#runs.use(name, ({ run }) => readSeries(run, mostPoints));
  }

  async rollouts(name: string, stage: string, step: number): ReturnType<RoomSource["rollouts"]> {
    return this.#runs.use(name, ({ run }) => readRollouts(run, stage, step));
  }

  async suites(name: string): ReturnType<RoomSource["suites"]> {
    return this.#runs.use(name, ({ evaluations }) => evaluations.suites());
  }

  async items(name: string, suite: string, query: Query, range: Range): ReturnType<RoomSource["items"]> {
    const page = await this.#runs.use(name, ({ evaluations }) => evaluations.items(suite, query, range));
    if (page === undefined) throw new NotFound(`No suite ${suite} in ${name}.`);
    return page;
  }

  async item(name: string, suite: string, id: string): ReturnType<RoomSource["item"]> {
    const page = await this.#runs.use(name, ({ evaluations }) => evaluations.item(suite, id));
    if (page === undefined) throw new NotFound(`No item ${id} of ${suite} in ${name}.`);
    return page;
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

  /** Lines of all records of the chains that fit. @throws NotFound before the first line. */
  async lines(name: string, query: Query): Promise<AsyncGenerator<Buffer, void, undefined>> {
    await this.use(name, () => undefined);
    return this.#linesOf(name, query);
  }

  async *#linesOf(name: string, query: Query): AsyncGenerator<Buffer, void, undefined> {
    const { chains, release } = this.#runs.hold(name);
    try {
      yield* chains.lines(query);
    } finally {
      release();
    }
  }

  /** Nobody is answered any more. */
  get isClosed(): boolean {
    return this.#runs.isClosed;
  }

  async close(): Promise<void> {
    await this.#runs.close();
  }
}

function noRecord(id: string, run: string): NotFound {
  return new NotFound(`No record ${id} in ${run}. It may be of another run: search all runs.`);
}

/** What to tell people of an error. */
export function explain(error: unknown): string {
  if (error instanceof PreceptError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
