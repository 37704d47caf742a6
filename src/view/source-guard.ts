import type { Interval } from "./source.ts";

/** What the room Guard asks for. Types alone, read by Node and the browser: those of the summary are the guard's own, written for both. */

/** Of GET /api/runs/R/guard/summary: what the guard did, by all of its log that was read. */
export interface GuardPage {
  readonly summary: GuardTotals;
  /** 0–1: how much of the log is summed up; ask again for the rest. */
  readonly read: number;
  /** Lines that are no events of a guard. */
  readonly unread: number;
  /** The log, relative to the run. */
  readonly file: string;
  /** How much of the texts the log holds, by the first of them that there is. */
  readonly texts: LogTexts | null;
}

/** Texts by what was done with them; what never was is left out. */
export type GuardActions = Readonly<
  Partial<Record<"pass" | "observe" | "mask" | "block" | "revise" | "route", number>>
>;

/** The guard's `AuditSummary`, as it comes as JSON. */
export interface GuardTotals {
  readonly texts: number;
  readonly span?: { readonly from: string; readonly to: string } | undefined;
  readonly actions: GuardActions;
  readonly statuses: Readonly<Partial<Record<"checked" | "failed-open" | "failed-closed" | "skipped", number>>>;
  readonly stages: readonly {
    readonly stage: string;
    readonly texts: number;
    readonly actions: GuardActions;
    readonly latency?: GuardLatency | undefined;
  }[];
  readonly principles: readonly {
    readonly id: string;
    readonly texts: number;
    readonly actions: GuardActions;
    readonly acted: Interval;
  }[];
  readonly checks: readonly {
    readonly check: string;
    readonly kind: GuardFinding["kind"];
    readonly principleId: string;
    readonly texts: number;
    readonly actions: GuardActions;
  }[];
  readonly unnamed: number;
  readonly coverage: { readonly delivered: number; readonly unchecked: number; readonly leaked: number };
  readonly limits: Readonly<Record<string, number>>;
  readonly strict: number;
  readonly wasted: number;
  readonly latency?: GuardLatency | undefined;
  readonly policies: Readonly<Record<string, number>>;
  readonly drift: GuardDriftLine;
}

/** Milliseconds. */
interface GuardLatency {
  readonly median: number;
  readonly p95: number;
}

export interface GuardDriftLine {
  readonly measure: "acted" | "found";
  readonly binMs: number;
  readonly bins: readonly { readonly from: string; readonly shares: Readonly<Record<string, Interval>> }[];
  readonly parts?: { readonly first: GuardPart; readonly last: GuardPart } | undefined;
  readonly principles: readonly {
    readonly id: string;
    readonly first: Interval;
    readonly last: Interval;
    readonly difference: Pick<Interval, "estimate" | "low" | "high">;
    readonly adjustedP: number;
    readonly verdict: "rose" | "fell" | "cannot tell";
  }[];
}

interface GuardPart {
  readonly from: string;
  readonly to: string;
}

/** Whether a log holds texts, or their hashes alone, or neither. */
export type LogTexts = "full" | "hash" | "none";

/** One line of the log. */
export interface GuardRow {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly stage: string;
  readonly status: string;
  /** What was found first. */
  readonly principle: string | null;
  readonly check: string | null;
  readonly score: number | null;
  readonly threshold: number | null;
  /** Findings besides the first. */
  readonly more: number;
}

/** Of GET /api/runs/R/guard/ID?texts=1 */
export interface GuardEventPage {
  readonly row: GuardRow;
  readonly findings: readonly GuardFinding[];
  readonly coverage: { readonly delivered: number; readonly checked: number; readonly leaked: number };
  readonly addedMs: number;
  readonly upstream: string;
  readonly traceId: string;
  readonly constitutionHash: string;
  readonly policyHash: string;
  readonly isActing: boolean;
  /** The limit of the policy that kept a check. */
  readonly limit: string | null;
  /** Thresholds were stricter, for what was found before. */
  readonly isStrict: boolean;
  /** What the log holds of the text that was judged. */
  readonly holds: LogTexts;
  /** The text, or null unless it was asked for; a hash stands as it is. */
  readonly text: string | null;
  /** Of a rewritten answer. */
  readonly revision: { readonly before: string; readonly after: string; readonly critique: string | null } | null;
}

export interface GuardFinding {
  readonly principle: string;
  /** Where the run or the project keeps the constitution. */
  readonly principleText: string | null;
  readonly check: string;
  readonly kind: "rule" | "head" | "critic";
  readonly score: number;
  readonly threshold: number;
  /** Characters of the text. */
  readonly span: readonly [from: number, to: number];
  /** Null unless texts were asked for. */
  readonly evidence: string | null;
}
