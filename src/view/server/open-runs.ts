import { PreceptError } from "../../errors.ts";
import { Chains } from "../chains/chains.ts";
import { Comparisons } from "../comparisons/comparisons.ts";
import { Evaluations } from "../evaluations/index.ts";
import type { OpenedRun } from "../room.ts";
import { OpenRun } from "../run/open-run.ts";
import { UnreadableRun } from "../run/plain-page.ts";
import { ReviewMarks } from "../run/review-marks.ts";
import { findRuns, type NamedRun } from "../run/runs.ts";

/** Runs that are held open at once, as long as no more are read; the one that was asked for longest ago is closed for another. */
const mostOpen = 4;
/** Milliseconds for which a list of runs is good: finding them walks the folders. */
const listLasts = 2000;

/** No such run, or nothing of this name in it. */
export class NotFound extends Error {}

/** The runs of a folder that were asked for last, by name; none is closed while anybody reads it. */
export class OpenRuns {
  readonly #root: string;
  readonly #open = new Map<string, OpenedRun>();
  #named: { readonly runs: readonly NamedRun[]; readonly until: number } | undefined;
  #isClosed = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** Nobody is answered any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A run that stays open until it is released. @throws NotFound where there is no run of this name; UnreadableRun. */
  hold(name: string): OpenedRun & { readonly release: () => void } {
    const opened = this.#find(name);
    const release = opened.run.hold();
    this.#closeOldest();
    return {
      ...opened,
      release: () => {
        release();
        this.#closeOldest();
      },
    };
  }

  /** @throws NotFound where there is no run of this name; UnreadableRun. */
  async use<T>(name: string, read: (opened: OpenedRun) => T | Promise<T>): Promise<T> {
    const held = this.hold(name);
    try {
      return await read(held);
    } finally {
      held.release();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const runs = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(runs.map(({ run }) => run.close()));
  }

  #find(name: string): OpenedRun {
    if (this.#isClosed) throw new NotFound("The viewer was closed.");
    const known = this.#open.get(name);
    if (known !== undefined) {
      orUnreadable(known.run.folder, () => known.run.refresh());
      // Asked for last, it stands last.
      this.#open.delete(name);
      this.#open.set(name, known);
      return known;
    }
    const isNamed = (one: NamedRun): boolean => one.name === name;
    const named = this.#list().find(isNamed) ?? this.#list(true).find(isNamed);
    if (named === undefined) throw new NotFound(`No run ${name} here.`);
    const run = orUnreadable(named.folder, () => new OpenRun(named.folder, named));
    const marks = new ReviewMarks(run);
    const opened = {
      run,
      marks,
      chains: new Chains(run, marks),
      comparisons: new Comparisons(run, marks),
      evaluations: new Evaluations(run),
    };
    this.#open.set(name, opened);
    return opened;
  }

  #closeOldest(): void {
    for (const [name, { run }] of this.#open) {
      if (this.#open.size <= mostOpen) return;
      if (run.isInUse) continue;
      this.#open.delete(name);
      void run.close();
    }
  }

  /** Runs are opened by a name out of this list alone, never by a path that somebody sent. */
  #list(isFresh = false): readonly NamedRun[] {
    if (isFresh || this.#named === undefined || this.#named.until < Date.now()) {
      this.#named = { runs: findRuns(this.#root), until: Date.now() + listLasts };
    }
    return this.#named.runs;
  }
}

function orUnreadable<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof PreceptError ? new UnreadableRun(folder, error) : error;
  }
}
