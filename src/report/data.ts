import type { PublicProvenance } from "../collective/drafting/index.ts";
import type { AnswerRecord, ComparisonRow, ContrastSummary, Summary } from "../evaluation/index.ts";
import type { Quality, QualityWarning } from "../evaluation/quality/index.ts";
import type { ComparisonRecord, CritiqueRecord, RevisionRecord } from "../feedback/index.ts";
import type { Message } from "../language-model.ts";
import type { Manifest } from "../runs/index.ts";
import type { Estimate } from "../statistics/index.ts";
import type { CheckData } from "./check-data.ts";
import type { InsideData } from "./inside-data.ts";
import type { Spendings } from "./sections/money.ts";
import type { OversightData } from "./sections/oversight.ts";

/** Everything a page shows, read from a run; rendering touches no file. */
export interface ReportData {
  /** Name of the run's folder. */
  readonly name: string;
  /** As commands name it: from where the page was written. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** When it was last worked on, ISO 8601. */
  readonly date: string;
  /** What asking models took, by role; nothing where none costs anything. */
  readonly spent: Spendings;
  /** Where the run checked its constitution. */
  readonly check?: CheckData | undefined;
  /** Absent until the run was evaluated. */
  readonly summary?: Summary | undefined;
  readonly constitution?: ReportConstitution | undefined;
  /** Where a public's constitution comes from: its statements, their votes, and the second vote. */
  readonly provenance?: PublicProvenance | undefined;
  /** Records by stage and type, every line counted. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly examples: readonly Example[];
  /** Rows of metrics.jsonl by stage. */
  readonly metrics: Readonly<Record<string, readonly MetricsRow[]>>;
  readonly labels?: LabelStatistics | undefined;
  /** Where the contexts of principles took part in pairs or labels. */
  readonly contrast?: ContrastData | undefined;
  /** What the records of training say of each principle. */
  readonly activity: Readonly<Record<string, PrincipleActivity>>;
  readonly conflicts: readonly Conflict[];
  /** Runs without one of the principles, beside this one. */
  readonly deletions: readonly Deletion[];
  /** Each trained checkpoint against the initial model, where no oracle compares them. */
  readonly differences: readonly { readonly checkpoint: string; readonly rows: readonly ComparisonRow[] }[];
  /** What the monitors saw; a project's runs have it. */
  readonly quality?: Quality;
  /** Where commands looked into the run's models. */
  readonly inside?: InsideData | undefined;
  readonly oversight?: OversightData | undefined;
  /** What in the data somebody should look at. */
  readonly alarms: readonly QualityWarning[];
  /** sha256 of trained weights, by what was trained. */
  readonly checkpointHashes: Readonly<Record<string, string>>;
  /** What the records name as their makers, each value once. */
  readonly templateVersions: readonly string[];
  readonly constitutionHashes: readonly string[];
  readonly suites: readonly string[];
}

export interface ContrastData {
  readonly summary: ContrastSummary;
  /** Scored answers: their context, length and R, log π(y | x, p⁺) − log π(y | x, p⁻) in nats. */
  readonly answers: readonly {
    readonly context: "positive" | "negative" | undefined;
    readonly tokens: number;
    readonly reward: number;
  }[];
}

export interface ReportConstitution {
  readonly name: string;
  readonly principles: readonly { readonly id: string; readonly text: string }[];
}

export type MetricsRow = Readonly<Record<string, number | string>>;

/** Why an example is shown. */
export type ExampleKind = "changed" | "still-violates" | "harmless" | "over-refused" | "compared" | "revised";

/** One request with its answers before and after, and the training behind the change. */
export interface Example {
  readonly kind: ExampleKind;
  readonly messages: readonly Message[];
  /** "heldOut" …; absent for a training request that was not evaluated. */
  readonly split?: string;
  readonly answers: readonly Pick<AnswerRecord, "subject" | "id" | "response" | "values">[];
  /** Principles that the first answer broke. */
  readonly broke: readonly string[];
  readonly chain?: ExampleChain | undefined;
  readonly comparison?: ExampleComparison;
}

/** A response of SL-CAI on its way to the training set. */
export interface ExampleChain {
  readonly match: Match;
  readonly messages: readonly Message[];
  readonly responseId: string;
  readonly response: string;
  readonly rounds: readonly {
    readonly revision: RevisionRecord;
    /** Of the principle that the revision was made under. */
    readonly critique?: CritiqueRecord | undefined;
  }[];
}

export interface ExampleComparison {
  readonly match: Match;
  readonly messages: readonly Message[];
  readonly record: ComparisonRecord;
}

/** How near a training request is to the request shown: the same, or the one with most words in common. */
export type Match = "same" | "nearest";

export interface LabelStatistics {
  readonly n: number;
  /** Labels in ten bins of [0, 1]. */
  readonly histogram: readonly number[];
  /** Mean |difference| of the two orders, over all evidence; undefined without evidence. */
  readonly meanDisagreement?: number;
  readonly clamped: number;
}

/** One principle in the records of training; absent where it was not asked. */
export interface PrincipleActivity {
  /** Its critiques that found a breach, of those that say whether there is one. */
  readonly tripped?: Estimate;
  /** Critiques that do not say. */
  readonly unstated: number;
  readonly revisions: number;
  /** Revisions that were good for training. */
  readonly usable: number;
  /** Its opinions of a pair that were sure. */
  readonly decided?: Estimate;
  /** Mean probability of the answer that it prefers, over those. */
  readonly sureness?: number;
  /** The label came out on its side, of those. */
  readonly followed?: Estimate | undefined;
}

/** Two principles that were sure of opposite answers of one pair. */
export interface Conflict {
  /** Sorted. */
  readonly principles: readonly [string, string];
  /** Of the pairs of answers of which both were sure. */
  readonly opposed: Estimate;
  /** The label came out on the side of the first, of the opposed. */
  readonly firstPrevailed: Estimate;
  readonly exampleId: string;
  readonly example?: Omit<ExampleComparison, "match">;
}

/** The other run minus this one, by principle and split; rows as of `compareSubjects`. */
export interface Deletion {
  /** That the other run does without. */
  readonly principle: string;
  readonly run: string;
  readonly checkpoint: string;
  /** Requests that both were asked. */
  readonly pairs: number;
  readonly leftOut: readonly [number, number];
  /** Settings besides the deletion that are not the same. */
  readonly differs: readonly string[];
  readonly rows: readonly (Omit<ComparisonRow, "metric"> & { readonly principle: string })[];
}
