import type { Interval, Message } from "./source.ts";

/** What `precept redteam` found, of the attempts' figures alone. Types alone, read by Node and the browser. */
export interface AttacksPage {
  readonly target: string;
  /** Null until the run has ended. */
  readonly judge: string | null;
  readonly goals: number | null;
  /** Those of the twins are not among them. */
  readonly requests: number;
  readonly successes: number;
  readonly ungraded: number;
  /** Records that fit no schema. */
  readonly unread: number;
  /** Of k tries at a goal; none until the run has ended. */
  readonly asr: readonly AttackRate[];
  /** asr@1 with the judge's errors taken out. */
  readonly corrected: AttackRate | null;
  /** Share of the benign twins that the judge calls breaches. */
  readonly twins: Interval | null;
  readonly isGuarded: boolean;
  /** Of those attacked, in the order of the constitution; the text where the run keeps it. */
  readonly principles: readonly { readonly id: string; readonly text: string | null }[];
  /** Those with most successes first. */
  readonly techniques: readonly string[];
  /** Those of principle × technique that were tried, and how many there are. */
  readonly cells: readonly AttackCell[];
  readonly allCells: number | null;
  readonly strategies: readonly StrategyLine[];
  readonly findings: number;
}

/** The tries at one principle by one technique, of all strategies. */
export interface AttackCell {
  readonly principle: string;
  readonly technique: string;
  readonly ungraded: number;
  readonly successes: number;
  /** Of the graded tries; null where none was graded. */
  readonly rate: Interval | null;
}

/** A rate with its interval, or why there is none. */
export interface AttackRate {
  /** Tries at a goal. */
  readonly k: number;
  readonly rate: Interval | null;
  readonly note: string | null;
}

export interface StrategyLine {
  readonly id: string;
  readonly requests: number;
  readonly successes: number;
  readonly ungraded: number;
  readonly asr: readonly AttackRate[];
  /** Each try depends on those before it: asr@k is then of the first k. Null until the run has ended. */
  readonly isAdaptive: boolean | null;
  /** Failed tries by who stopped them. */
  readonly stopped: Readonly<Record<"model" | "guard" | "both", number>>;
}

/** Of GET /api/runs/R/attacks/findings?principle=&technique=&from=&n=&texts=1 */
export interface FindingsPage {
  readonly total: number;
  readonly matching: number;
  readonly from: number;
  readonly rows: readonly FindingRow[];
}

/** A request that breaks a principle, shortened, standing for others like it. */
export interface FindingRow {
  readonly id: string;
  /** The attempt that it was shortened from. */
  readonly attempt: string | null;
  readonly principle: string;
  readonly strategy: string;
  readonly technique: string;
  /** 0 to 4. */
  readonly grade: number;
  /** Of the samples of the text as it stands, how many broke the principle. */
  readonly samples: { readonly broken: number; readonly of: number };
  /** Attempts that it stands for, itself included. */
  readonly alike: number;
  /** Null unless it was asked for. */
  readonly texts: {
    readonly behaviour: string;
    readonly messages: readonly Message[];
    readonly prefill: string | null;
    readonly response: string;
  } | null;
}
