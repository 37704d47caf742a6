import type { Query, Range } from "./query/index.ts";
import type { Reviewed, ReviewSummary, RowReview } from "./source-review.ts";

/** Where the viewer's pages get what they show: over HTTP, or out of the page itself. Types alone, read by Node and the browser. */
export interface Source {
  /** GET /api/runs */
  runs(): Promise<RunList>;
  /** GET /api/runs/R */
  run(run: string): Promise<RunPage>;
  /** GET /api/runs/R/chains?FILTER&sort=&from=&n= */
  chains(run: string, query: Query, range: Range): Promise<ListPage<ChainRow>>;
  /** GET /api/runs/R/chains/PROMPT */
  chain(run: string, promptId: string): Promise<Chain>;
  /** GET /api/runs/R/records/ID */
  record(run: string, id: string): Promise<RecordPage>;
  /** GET /api/runs/R/lineage/ID */
  lineage(run: string, id: string): Promise<Lineage>;
}

/** The body of every answer that is no 200. */
export interface Failure {
  readonly error: {
    readonly code: "forbidden" | "not-found" | "conflict" | "invalid" | "failed";
    /** For people, whole sentences. */
    readonly message: string;
  };
}

/** Text with parts that stand out: *em*, **strong** or `code`. */
export type Phrase = readonly (
  | string
  | { readonly em: string }
  | { readonly strong: string }
  | { readonly code: string }
)[];

/** Something that people should know about what they see: a damaged line, records of a newer version. */
export interface Notice {
  readonly kind: "damaged" | "newer" | "missing" | "read-only" | "stopped";
  readonly text: string;
}

/** An estimate never stands without its interval and n. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** A figure of the overview: one rate at every checkpoint. */
export interface Figure {
  readonly metric: string;
  readonly label: string;
  readonly definition: string;
  readonly better: "lower" | "higher" | "neither";
  readonly rates: readonly { readonly checkpoint: string; readonly label: string; readonly rate: Interval }[];
}

export type RunState = "done" | "unfinished" | "running";

export interface RunList {
  /** Where was looked, as it was named. */
  readonly folder: string;
  /** The last changed first. */
  readonly runs: readonly RunLine[];
}

/** One line of the list of runs. */
export interface RunLine {
  /** Names the run in every URL. */
  readonly name: string;
  readonly folder: string;
  readonly kind: string | null;
  readonly of: string | null;
  readonly state: RunState;
  readonly stages: readonly { readonly name: string; readonly status: "running" | "done" }[];
  readonly constitution: {
    readonly name: string | null;
    readonly hash: string | null;
    readonly principles: number;
  } | null;
  readonly models: readonly string[];
  readonly seed: number | null;
  /** ISO 8601. */
  readonly changed: string;
  readonly sizeBytes: number;
  /** The rate that the run is about, at its last checkpoint. */
  readonly headline: { readonly label: string; readonly checkpoint: string; readonly rate: Interval } | null;
  /** US dollars; null where nothing was paid for. */
  readonly cost: number | null;
  readonly alarms: number;
  /** Why it cannot be read, e.g. because another version made it. */
  readonly fault: string | null;
}

/** What is worth a look: a count that opens the records behind it, or an alarm of the run's own monitors, which counts nothing. */
export interface WorthALook {
  readonly count: number | null;
  /** Behind the count: "chains where a later round **puts back words** that an earlier one took out". */
  readonly words: Phrase;
  readonly detail: Phrase | null;
  /** Opens its filter in this room; null where it names no records. */
  readonly opens: { readonly room: string; readonly query: Query } | null;
  /** Records that show it. */
  readonly examples: readonly { readonly id: string; readonly text: string }[];
}

export interface StageLine {
  readonly name: string;
  readonly status: "running" | "done";
  readonly seconds: number;
  readonly tokens: number | null;
  readonly tokensPerSecond: number | null;
  /** By type. */
  readonly records: Readonly<Record<string, number>>;
  readonly checkpoints: readonly string[];
}

/** The overview of a run. */
export interface RunPage {
  readonly line: RunLine;
  /** The rooms that have something to show; count: of their list, null where it has none. */
  readonly rooms: readonly { readonly room: string; readonly count: number | null }[];
  /** The run's gravest fact; null where there is nothing to say yet. */
  readonly sentence: Phrase | null;
  /** What the figures are of: "held-out requests". */
  readonly measuredOn: string | null;
  readonly figures: readonly Figure[];
  readonly worthALook: readonly WorthALook[];
  readonly stages: readonly StageLine[];
  /** What was made, indented where it is a part of the line above. */
  readonly made: readonly { readonly label: string; readonly count: number; readonly isPart: boolean }[];
  /** Label and value, e.g. constitution, hash, templates, version. */
  readonly provenance: readonly { readonly label: string; readonly value: string }[];
  readonly review: ReviewSummary | null;
  /** Commands that go on from here. */
  readonly next: readonly string[];
  /** What the world or the suite behind the figures is. */
  readonly disclosure: string | null;
  /** 0–1: how much of the records is indexed; counts are of that much. */
  readonly indexed: number;
  readonly notices: readonly Notice[];
  /** The manifest as it stands, where it is of another version and nothing else can be read. */
  readonly plain: unknown;
}

export interface ListPage<Row> {
  /** All of them, without the filter. */
  readonly total: number;
  /** Those that fit it; where `isExact` is false at most so many: the rest is being read, ask again. */
  readonly matching: number;
  readonly isExact: boolean;
  /** 0–1: filters work on so much of the records; the rest follows. */
  readonly indexed: number;
  readonly facets: readonly Facet[];
  readonly from: number;
  /** Of the item that the rows were asked around; null where there was none or the filter leaves it out. */
  readonly position: number | null;
  readonly rows: readonly Row[];
  readonly notices: readonly Notice[];
}

export interface Facet {
  /** As in the URL. */
  readonly id: string;
  readonly title: string;
  /** `count`: items that fit all other facets and have this value. */
  readonly values: readonly { readonly value: string; readonly label: string; readonly count: number }[];
}

export interface ChainRow {
  /** The prompt's id. */
  readonly id: string;
  readonly kind: "red-team" | "helpful";
  /** What the user says, shortened. */
  readonly title: string;
  /** A step a round: the principle that was revised under. */
  readonly path: readonly { readonly principle: string; readonly putsBack: boolean }[];
  /** Share of the words that changed from the response to the last usable revision, 0–1; null without one. */
  readonly changed: number | null;
  /** Values of the facet "pattern": put-back, not-rechecked, changed. */
  readonly marks: readonly string[];
  readonly review: RowReview | null;
}

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export type Finding = "breaks" | "keeps" | "unclear";

export interface Chain {
  readonly row: ChainRow;
  readonly messages: readonly Message[];
  /** Absent where the model gave none. */
  readonly response: {
    readonly id: string;
    readonly text: string;
    readonly model: string;
    readonly reasoning: string | null;
    readonly review: Reviewed | null;
  } | null;
  readonly rounds: readonly Round[];
  /** What came of it for training. */
  readonly examples: readonly TrainingRow[];
  /** Whether critiques read the last answer. */
  readonly isRechecked: boolean;
  /** Every principle of the constitution, in its order, for the matrix of findings. */
  readonly principles: readonly { readonly id: string; readonly text: string }[];
  readonly critiques: { readonly n: number; readonly breaches: number };
  readonly notices: readonly Notice[];
}

export interface Round {
  /** From 1. */
  readonly round: number;
  /** Of the answer as it stood before this round. */
  readonly critiques: readonly {
    readonly id: string;
    readonly principle: string;
    readonly principleText: string | null;
    readonly finding: Finding;
    readonly text: string;
    /** Why there is none, e.g. "refusal". */
    readonly missing: string | null;
  }[];
  readonly revision: {
    readonly id: string;
    readonly text: string;
    readonly principle: string;
    readonly principleText: string | null;
    readonly outcome: string;
    /** Principles whose critique found a breach in this round. */
    readonly tripped: readonly string[];
  } | null;
  /** It puts back words that a round before had removed. */
  readonly putBack: { readonly words: number; readonly ofRound: number; readonly principle: string } | null;
}

export interface TrainingRow {
  readonly id: string;
  readonly source: string;
  readonly weight: number;
  readonly round: number;
  readonly completion: string;
  readonly review: Reviewed | null;
}

/** A record as it stands, where, and its neighbours. */
export interface RecordPage {
  readonly id: string;
  readonly type: string | null;
  readonly stage: string;
  /** "sl-cai/records.jsonl", relative to the run. */
  readonly file: string;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** null above `largestRecordBytes`: `head` is its beginning, and the download the rest. */
  readonly record: unknown;
  readonly head: string | null;
  /** By which a mark knows it; null where `record` is. */
  readonly hash: string | null;
  readonly parents: readonly Neighbour[];
  readonly children: readonly Neighbour[];
  /** Of `children`, where not all are listed. */
  readonly childCount: number;
  /** The prompt whose chain it belongs to. */
  readonly chain: string | null;
  readonly review: Reviewed | null;
  readonly notices: readonly Notice[];
}

/** A record, a prompt or a principle that another one names. */
export interface Neighbour {
  readonly id: string;
  /** "prompt" where there is no record of that id. */
  readonly type: string;
  readonly stage: string | null;
  readonly principle: string | null;
}

/** What a record was made from and what was made from it. */
export interface Lineage {
  readonly of: string;
  readonly nodes: readonly LineageNode[];
  /** From a parent to what was made from it; from a principle to what it shaped. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Nodes that were left out. */
  readonly more: number;
}

export interface LineageNode {
  /** Of a record or a prompt; "principle:ID" for a principle. */
  readonly id: string;
  readonly kind: "record" | "prompt" | "principle";
  readonly type: string | null;
  readonly stage: string | null;
  readonly principle: string | null;
  /** A few words: finding, outcome, source, or the text's beginning. */
  readonly label: string;
  /** Steps from the record: negative for what it was made from. */
  readonly level: number;
}
