import type { Chains } from "./chains/chains.ts";
import type { Comparisons } from "./comparisons/comparisons.ts";
import type { Evaluations } from "./evaluations/evaluations.ts";
import type { Query, Range } from "./query/index.ts";
import type { OpenRun } from "./run/open-run.ts";
import type { ReviewMarks } from "./run/review-marks.ts";

/** A run with what reads it; what a room of its own keeps of it belongs in a WeakMap by `run`. */
export interface OpenedRun {
  readonly run: OpenRun;
  readonly marks: ReviewMarks;
  readonly chains: Chains;
  readonly comparisons: Comparisons;
  readonly evaluations: Evaluations;
}

/** A room of a run, as the server knows it: when it is there, what it answers, what of it goes along in a share. */
export interface ServedRoom {
  readonly name: string;
  /** How many its list has, null where it has no list; undefined where the run has nothing for the room. */
  readonly count: (opened: OpenedRun) => Promise<number | null | undefined> | number | null | undefined;
  /** By the first part of the address behind /api/runs/RUN/; undefined is answered with 404. */
  readonly answers?: Readonly<Record<string, (opened: OpenedRun, asked: Asked) => unknown>> | undefined;
  /** Records as they stand in their files, each on a line, at the same addresses with ".ndjson" behind; undefined is answered with 404. */
  readonly lines?: Readonly<Record<string, (opened: OpenedRun, asked: Asked) => Lines | Promise<Lines>>> | undefined;
  /** Keeps what its pages ask for; a room without it takes a server. */
  readonly share?: ((keeper: ShareKeeper) => Promise<void>) | undefined;
}

type Lines = AsyncIterable<Buffer> | undefined;

/** What stands in an address behind its first part. */
export interface Asked {
  /** Parts of the path; ids hold slashes. */
  readonly path: readonly string[];
  readonly query: Query;
  readonly range: Range;
  readonly search: URLSearchParams;
}

/** Plans what goes along in a page that is sent: by its address behind /api/runs/RUN/, as the page will ask. */
export interface ShareKeeper {
  /** Which chains go along. */
  readonly filter: Query;
  /** What is answered there, to find out what else goes along. */
  ask(path: readonly string[]): Promise<unknown>;
  /** Takes the answer along. Where what stands behind the question mark tells answers apart, `search` is that. */
  keep(path: readonly string[], search?: Readonly<Record<string, string>>): void;
  /** Takes it along behind all others, and where one file has no room for it leaves it out. */
  keepSpare(path: readonly string[], search?: Readonly<Record<string, string>>): void;
  /** A list with every item that fits; where the list is asked at "a", items are at "a/ID". */
  keepList(path: readonly string[], query?: Query): Promise<readonly { readonly id: string }[]>;
  /** Says what somebody who opens it can read: 840, "chain", "chains". */
  tell(n: number, one: string, many: string): void;
}
