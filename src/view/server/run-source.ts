import { PreceptError } from "../../errors.ts";
import { Chains } from "../chains/chains.ts";
import { Comparisons } from "../comparisons/comparisons.ts";
import { Comparer, Evaluations } from "../evaluations/index.ts";
import { listPrinciples, readPrinciple } from "../principles/principles.ts";
import type { Query, Range } from "../query/index.ts";
import { OpenRun } from "../run/open-run.ts";
import { readOverview } from "../run/overview.ts";
import { readRecord, traceLineage } from "../run/records.ts";
import { ReviewMarks } from "../run/review-marks.ts";
import { findRuns, listLines, type NamedRun } from "../run/runs.ts";
import type { Source } from "../source.ts";
import type { ReviewSummary } from "../source-review.ts";
import type { NewMark, RoomSource } from "../source-rooms.ts";
import { readRollouts } from "../training/rollouts.ts";
import { readSeries } from "../training/series.ts";

/** Runs that are held open at once; the one that was asked for longest ago is closed for another. */
const mostOpen = 4;
/** Milliseconds for which a list of runs is good: finding them walks the folders. */
const listLasts = 2000;

/** No such run, or nothing of this name in it. */
export class NotFound extends Error {}

interface OpenedRun {
  readonly run: OpenRun;
  readonly marks: ReviewMarks;
  readonly chains: Chains;
  readonly comparisons: Comparisons;
  readonly evaluations: Evaluations;
}

/** The runs of a folder, or one run, read where they lie. */
export class RunSource implements Source {
  readonly root: string;
  readonly #open = new Map<string, OpenedRun>();
  readonly #comparer = new Comparer(async (run) => (await this.#find(run)).evaluations.answers());
  #named: { readonly runs: readonly NamedRun[]; readonly until: number } | undefined;

  constructor(root: string) {
    this.root = root;
  }

  async runs(): ReturnType<Source["runs"]> {
    return listLines(this.root);
  }

  async run(name: string): ReturnType<Source["run"]> {
    const { run, chains, marks } = await this.#find(name);
    await run.listFile("sl-cai")?.index.wait();
    return readOverview(run, name, chains, marks);
  }

  async chains(name: string, query: Query, range: Range): ReturnType<Source["chains"]> {
    return (await this.#find(name)).chains.list(query, range);
  }

  async chain(name: string, promptId: string): ReturnType<Source["chain"]> {
    const chain = await (await this.#find(name)).chains.find(promptId);
    if (chain === undefined) throw new NotFound(`No chain ${promptId} in ${name}.`);
    return chain;
  }

  async record(name: string, id: string): ReturnType<Source["record"]> {
    const { run, chains, marks } = await this.#find(name);
    await marks.refresh();
    const page = await readRecord(
      run,
      id,
      (found) => chains.promptOf(found),
      (record) => marks.ofRecord(record),
    );
    if (page === undefined) throw noRecord(id, name);
    return page;
  }

  async lineage(name: string, id: string): ReturnType<Source["lineage"]> {
    const lineage = await traceLineage((await this.#find(name)).run, id);
    if (lineage === undefined) throw noRecord(id, name);
    return lineage;
  }

  async comparisons(name: string, query: Query, range: Range): ReturnType<RoomSource["comparisons"]> {
    return (await this.#find(name)).comparisons.list(query, range);
  }

  async comparison(name: string, id: string): ReturnType<RoomSource["comparison"]> {
    const comparison = await (await this.#find(name)).comparisons.find(id);
    if (comparison === undefined) throw new NotFound(`No comparison ${id} in ${name}.`);
    return comparison;
  }

  async judgements(name: string, query: Query): ReturnType<RoomSource["judgements"]> {
    return (await this.#find(name)).comparisons.judgements(query);
  }

  async principles(name: string): ReturnType<RoomSource["principles"]> {
    return listPrinciples((await this.#find(name)).run);
  }

  async principle(name: string, id: string): ReturnType<RoomSource["principle"]> {
    const { run, chains } = await this.#find(name);
    const page = await readPrinciple(run, chains, id);
    if (page === undefined) throw new NotFound(`The constitution of ${name} has no principle ${id}.`);
    return page;
  }

  async series(name: string, mostPoints?: number): ReturnType<RoomSource["series"]> {
    return readSeries((await this.#find(name)).run, mostPoints);
  }

  async rollouts(name: string, stage: string, step: number): ReturnType<RoomSource["rollouts"]> {
    return readRollouts((await this.#find(name)).run, stage, step);
  }

  async suites(name: string): ReturnType<RoomSource["suites"]> {
    return (await this.#find(name)).evaluations.suites();
  }

  async items(name: string, suite: string, query: Query, range: Range): ReturnType<RoomSource["items"]> {
    const page = await (await this.#find(name)).evaluations.items(suite, query, range);
    if (page === undefined) throw new NotFound(`No suite ${suite} in ${name}.`);
    return page;
  }

  async item(name: string, suite: string, id: string): ReturnType<RoomSource["item"]> {
    const page = await (await this.#find(name)).evaluations.item(suite, id);
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
    const summary = await (await this.#find(name)).marks.add(marks);
    if (summary === undefined) throw new NotFound(`No record of one of these ids in ${name}; nothing was marked.`);
    return summary;
  }

  /** The run of this name, for rooms in which people write. */
  async open(name: string): Promise<OpenRun> {
    return (await this.#find(name)).run;
  }

  /** A record's bytes as they stand in its file. */
  async bytes(name: string, id: string): Promise<Buffer> {
    const found = await (await this.#find(name)).run.find(id);
    if (found === undefined) throw noRecord(id, name);
    return found.file.index.read(found.row);
  }

  /** Lines of all records of the chains that fit. */
  async lines(name: string, query: Query): Promise<AsyncGenerator<Buffer, void, undefined>> {
    return (await this.#find(name)).chains.lines(query);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ run }) => run.close()));
    this.#open.clear();
  }

  async #find(name: string): Promise<OpenedRun> {
    const known = this.#open.get(name);
    if (known !== undefined) {
      known.run.refresh();
      // Asked for last, it stands last.
      this.#open.delete(name);
      this.#open.set(name, known);
      return known;
    }
    const isNamed = (one: NamedRun): boolean => one.name === name;
    const named = this.#list().find(isNamed) ?? this.#list(true).find(isNamed);
    if (named === undefined) throw new NotFound(`No run ${name} here.`);
    const run = new OpenRun(named.folder);
    const marks = new ReviewMarks(run);
    const opened = {
      run,
      marks,
      chains: new Chains(run, marks),
      comparisons: new Comparisons(run, marks),
      evaluations: new Evaluations(run),
    };
    this.#open.set(name, opened);
    const [oldest] = this.#open.keys();
    if (this.#open.size > mostOpen && oldest !== undefined) {
      const closed = this.#open.get(oldest);
      this.#open.delete(oldest);
      await closed?.run.close();
    }
    return opened;
  }

  /** Runs are opened by a name out of this list alone, never by a path that somebody sent. */
  #list(isFresh = false): readonly NamedRun[] {
    if (isFresh || this.#named === undefined || this.#named.until < Date.now()) {
      this.#named = { runs: findRuns(this.root), until: Date.now() + listLasts };
    }
    return this.#named.runs;
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
