import type { Query, Range } from "./query/index.ts";
import type { Facet, Figure, Interval, ListPage, Phrase, Source } from "./source.ts";
import type { Mark, Reviewed, ReviewSummary, RowReview } from "./source-review.ts";

/** What the rooms behind Overview and Chains ask for. Types alone, read by Node and the browser. */
export interface RoomSource extends Source {
  /** POST /api/runs/R/review with `{ marks }`; refused where the run is read only. */
  mark(run: string, marks: readonly NewMark[]): Promise<ReviewSummary>;
  /** GET /api/runs/R/comparisons?FILTER&sort=&from=&n= */
  comparisons(run: string, query: Query, range: Range): Promise<ListPage<ComparisonRow>>;
  /** GET /api/runs/R/comparisons/ID */
  comparison(run: string, id: string): Promise<ComparisonPage>;
  /** GET /api/runs/R/judgements?FILTER: every judgement in both orders, at most 2,000 of them. */
  judgements(run: string, query: Query): Promise<Judgements>;
  /** GET /api/runs/R/principles */
  principles(run: string): Promise<readonly PrincipleLine[]>;
  /** GET /api/runs/R/principles/P */
  principle(run: string, id: string): Promise<PrinciplePage>;
  /** GET /api/runs/R/series?points=800 */
  series(run: string): Promise<readonly Series[]>;
  /** GET /api/runs/R/rollouts?stage=rl-cai&step=12 */
  rollouts(run: string, stage: string, step: number): Promise<Rollouts>;
  /** GET /api/runs/R/suites */
  suites(run: string): Promise<readonly SuiteLine[]>;
  /** GET /api/runs/R/suites/S/items?FILTER&sort=&from=&n= */
  items(run: string, suite: string, query: Query, range: Range): Promise<ListPage<ItemRow>>;
  /** GET /api/runs/R/suites/S/items/ID */
  item(run: string, suite: string, id: string): Promise<ItemPage>;
  /** GET /api/compare?a=RUN@CHECKPOINT&b=…; answers by the same prompts. */
  compare(a: string, b: string): Promise<ComparePage>;
  /** GET /api/compare/items?a=&b=&FILTER&from=&n= */
  comparedItems(a: string, b: string, query: Query, range: Range): Promise<ListPage<ComparedRow>>;
}

export interface NewMark {
  readonly id: string;
  readonly mark: Mark["mark"];
  readonly note: string | null;
}

export interface ComparisonRow {
  readonly id: string;
  readonly title: string;
  /** "harmlessness", "helpfulness". */
  readonly source: string | null;
  /** P(the first answer is better) as trained on; null where the judge gave none. */
  readonly label: number | null;
  /** How far the label is from one half; null without one. */
  readonly sure: number | null;
  /** Principles whose verdict turns with the order of the answers, of those asked. */
  readonly flips: number;
  readonly asked: number;
  /** Values of the facet "pattern": near-tie, flips, unanswered, model-disagrees. */
  readonly marks: readonly string[];
  readonly review: RowReview | null;
}

export interface ComparisonPage {
  readonly row: ComparisonRow;
  readonly promptId: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly answers: readonly { readonly id: string | null; readonly text: string }[];
  readonly label: number | null;
  readonly raw: number | null;
  /** Bounds that the label was brought into. */
  readonly clamp: readonly [number, number] | null;
  readonly judge: string;
  readonly evidence: readonly Judgement[];
  /** What the preference model says, and its split. */
  readonly model: { readonly probability: number; readonly split: string } | null;
  readonly review: Reviewed | null;
}

/** What one principle said of two answers, asked in both orders. */
export interface Judgement {
  readonly principle: string;
  readonly principleText: string | null;
  readonly weight: number;
  /** P(first is better), both orders averaged; null where neither could be read. */
  readonly probability: number | null;
  /** The two orders prefer different answers, and not by a hair. */
  readonly isTurned: boolean;
  /** As given, then swapped; P(first is better) in both. */
  readonly orders: readonly { readonly probability: number | null; readonly thought: string | null }[];
}

export interface Judgements {
  readonly n: number;
  readonly points: readonly {
    readonly id: string;
    readonly principle: string;
    readonly given: number;
    readonly swapped: number;
  }[];
  /** Of all n: those that turned with the order; means. */
  readonly turned: Interval;
  readonly meanGiven: number;
  readonly meanSwapped: number;
}

export interface PrincipleLine {
  readonly id: string;
  readonly text: string;
  readonly revisions: number;
}

export interface PrinciplePage {
  readonly id: string;
  /** From 1, of `of`. */
  readonly position: number;
  readonly of: number;
  readonly text: string;
  readonly weight: number;
  readonly tags: readonly string[];
  /** Where it comes from, by the constitution; null where it does not say. */
  readonly origin: string | null;
  readonly critiques: { readonly n: number; readonly breaches: Interval } | null;
  readonly revisions: { readonly n: number; readonly usable: number };
  readonly rows: { readonly n: number; readonly shapedLast: number };
  /** How often it puts back words that another one took out, and the other those that it took out; most first. */
  readonly quarrels: readonly { readonly principle: string; readonly undoes: number; readonly undoneBy: number }[];
  /** Chains with a put-back that it is one side of; in `lastWord` it had the last word. */
  readonly putBack: { readonly chains: number; readonly lastWord: number };
  readonly examples: readonly {
    readonly chain: string;
    readonly request: string;
    readonly round: number;
    readonly rounds: number;
    /** The principle of the round before; null in the first. */
    readonly after: string | null;
    readonly undoneBy: string | null;
    readonly isTrainedOn: boolean;
    readonly before: string;
    readonly revised: string;
  }[];
  /** Rates of breaking it, a row a kind of request. */
  readonly broken: readonly { readonly label: string; readonly rates: Figure["rates"] }[];
  readonly judged: {
    readonly n: number;
    readonly sure: number;
    /** Of the sure: the label came out on its side. */
    readonly sided: number;
    readonly conflicts: readonly { readonly principle: string; readonly pairs: number; readonly example: string }[];
  } | null;
  /** The command that runs the method without it. */
  readonly deletion: string | null;
}

/** A number over the steps of a training; buckets of steps where there are more than asked for. */
export interface Series {
  readonly stage: string;
  /** As in metrics.jsonl: "objective/kl". */
  readonly name: string;
  readonly title: string;
  readonly unit: string | null;
  /** [step, value] or [step, value, low, high]. */
  readonly points: readonly (readonly number[])[];
  /** A value that it should not pass, and what is done there. */
  readonly bound: { readonly value: number; readonly says: string } | null;
  /** Shown before the rest. */
  readonly isMain: boolean;
}

/** Of GET /api/runs/R/rollouts: a step of which answers are kept. */
export interface RolloutStep {
  readonly stage: string;
  readonly step: number;
}

/** What a policy answered in one step: of all, the forty that were rewarded best. */
export interface Rollouts {
  readonly total: number;
  readonly rows: readonly {
    readonly id: string;
    readonly promptId: string;
    readonly response: string;
    readonly reward: number | null;
  }[];
}

export interface SuiteLine {
  readonly id: string;
  readonly title: string;
  readonly items: number;
  /** "held-out requests"; null where the figures are of all items. */
  readonly measuredOn: string | null;
  readonly figures: readonly Figure[];
}

export interface ItemRow {
  readonly id: string;
  readonly title: string;
  /** Of each checkpoint: words of the verdict, and whether it is the one hoped for (null: neither). */
  readonly verdicts: readonly {
    readonly checkpoint: string;
    /** For people: "SL-CAI", or a model without its address. */
    readonly label: string;
    readonly verdict: string;
    readonly isGood: boolean | null;
  }[];
  readonly group: string | null;
}

export interface ItemPage {
  readonly row: ItemRow;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly answers: readonly {
    readonly checkpoint: string;
    readonly label: string;
    readonly recordId: string;
    readonly text: string;
    readonly verdict: string;
    readonly isGood: boolean | null;
    /** Ended at the limit of tokens. */
    readonly isCut: boolean;
    readonly values: readonly { readonly name: string; readonly value: string }[];
    /** What the judge wrote; null where a rule read, or the findings say it. */
    readonly why: string | null;
    readonly findings: readonly ItemFinding[];
    /** The judge, or "the rule of xstest". */
    readonly readBy: string;
    /** What is known of the judge against people, an instrument a line. */
    readonly certificates: readonly string[];
  }[];
  /** Training rows whose words are nearest to the item's. */
  readonly nearest: readonly { readonly id: string; readonly chain: string | null; readonly text: string }[];
}

/** What a judge found of one principle in an answer. */
export interface ItemFinding {
  readonly principle: string;
  readonly text: string | null;
  readonly verdict: "breaks" | "keeps" | "not at stake" | "undetermined";
  /** Words of the answer that it points to. */
  readonly quote: string | null;
  readonly why: string | null;
}

export interface ComparePage {
  readonly a: { readonly name: string; readonly detail: string | null };
  readonly b: { readonly name: string; readonly detail: string | null };
  /** "XSTest, 40 of 225 items both answered · scored by the suite's rules". */
  readonly facts: readonly string[];
  readonly sentence: Phrase | null;
  readonly alarms: readonly { readonly head: string; readonly text: Phrase }[];
  readonly rows: readonly {
    readonly label: string;
    readonly metric: string;
    readonly better: Figure["better"];
    /** A share, shown in percent; else a mean, as it is. */
    readonly isRate: boolean;
    /** Of all prompts and all principles; the others cut it. */
    readonly isMain: boolean;
    readonly a: Interval | null;
    readonly b: Interval | null;
    readonly difference: { readonly estimate: number; readonly low: number; readonly high: number } | null;
    readonly onlyA: number | null;
    readonly onlyB: number | null;
    readonly n: number;
    readonly adjustedP: number | null;
    readonly verdict: "better" | "worse" | "cannot tell" | "different";
  }[];
  readonly methods: string;
  readonly facets: readonly Facet[];
}

export interface ComparedRow {
  readonly id: string;
  readonly title: string;
  readonly group: string | null;
  readonly a: { readonly verdict: string; readonly isGood: boolean | null; readonly text: string };
  readonly b: { readonly verdict: string; readonly isGood: boolean | null; readonly text: string };
}
