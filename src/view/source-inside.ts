import type { Interval } from "./source.ts";
import type { DictionaryLine } from "./source-features.ts";

export type * from "./source-features.ts";

/** What was found within a run's models. Types alone, read by Node and the browser. */
export interface InsidePage {
  /** Checkpoints whose answers can be traced to training examples; none where the run trained nothing here. */
  readonly traced: readonly TracedCheckpoint[];
  /** Answers that were traced, the newest first. */
  readonly answers: readonly AnswerLine[];
  readonly dictionaries: readonly DictionaryLine[];
  readonly probes: readonly ProbeLine[];
  readonly audit: LabelAudit | null;
  readonly planted: LabelAudit | null;
  readonly referees: readonly Referee[];
  readonly forgotten: readonly Forgetting[];
  /** Files that cannot be read. */
  readonly faults: readonly string[];
}

export interface TracedCheckpoint {
  readonly checkpoint: string;
  /** In its index; null until it is made, by `command`. */
  readonly examples: number | null;
  readonly command: string;
}

export interface AnswerLine {
  readonly name: string;
  readonly answering: string;
  readonly request: string;
  readonly response: string;
  /** First by the stronger half of its examples, by the method that is nearest to the truth. */
  readonly principle: string | null;
}

/** Of GET /api/runs/R/inside/answers/NAME */
export interface TracedAnswer {
  readonly answering: string;
  readonly trained: string;
  readonly request: string;
  readonly response: string;
  readonly examples: number;
  readonly principles: readonly {
    readonly principleId: string;
    readonly text?: string | undefined;
    readonly examples: number;
    readonly byMethod: Readonly<Record<string, PrincipleShare>>;
  }[];
  readonly strongest: readonly TracedExample[];
  /** Of an answer of RL-CAI or DPO: what it was trained on after SL-CAI. */
  readonly compared?: TracedComparisons | undefined;
  /** The command that traces it to comparisons too; null where there are none, or it did. */
  readonly compare: string | null;
  readonly notes: readonly string[];
  /** The command that retrains without the nearest. */
  readonly forget: string | null;
}

export interface TracedComparisons {
  readonly stage: "preference-model" | "dpo";
  readonly comparisons: number;
  readonly proponents: readonly TracedComparison[];
  readonly opponents: readonly TracedComparison[];
}

export interface TracedComparison {
  readonly id: string;
  readonly request: string;
  readonly responses: readonly [string, string];
  /** P(first is better). */
  readonly label: number;
  readonly principles: readonly string[];
  /** Of the score that the preference model gives the answer, or with DPO of its log-probability. */
  readonly influence: number;
}

export interface PrincipleShare {
  readonly sum: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** Mean of the stronger half of the examples, by which it has its rank. */
  readonly strongerHalf: number;
  readonly rank: number;
}

export interface TracedExample {
  readonly example: {
    readonly id: string;
    readonly source: string;
    readonly prompt: string | readonly { readonly role: string; readonly content: string }[];
    readonly completion: string;
    readonly principles: readonly string[];
    readonly critiques: readonly { readonly id: string; readonly principleId: string; readonly text: string }[];
    readonly missing: readonly string[];
  };
  readonly byMethod: Readonly<Record<string, { readonly score: number; readonly rank: number }>>;
  readonly agreement: number;
  /** Under one of its principles, with a request most like its own. */
  readonly comparison?:
    | {
        readonly id: string;
        readonly request: string;
        readonly principles: readonly string[];
        readonly label: number;
      }
    | undefined;
}

/** Of GET /api/runs/R/inside/examples/ID: what is known of what it caused. */
export interface CausedPage {
  readonly id: string;
  readonly answers: readonly (AnswerLine & { readonly byMethod: TracedExample["byMethod"] })[];
  /** Changed features that it is an example of. */
  readonly features: readonly { readonly dictionary: string; readonly feature: number; readonly principle: string }[];
}

/** Labels that a preference model was trained on, the most suspicious first. */
export interface LabelAudit {
  readonly comparisons: number;
  readonly by: string;
  readonly suspects: readonly {
    readonly id: string;
    readonly rank: number;
    readonly request: string;
    readonly responses: readonly string[];
    readonly label: number;
    readonly principles: readonly string[];
    readonly suspicion: Readonly<Record<string, { readonly value: number; readonly rank: number }>>;
    readonly isPlanted: boolean;
  }[];
  /** How many planted flips each list has in its first tenth. */
  readonly planted?: { readonly count: number; readonly recall: Readonly<Record<string, Interval>> } | undefined;
}

/** How well each method foretold what retrainings came to. */
export interface Referee {
  readonly trained: string;
  readonly examples: number;
  readonly retrainings: number;
  readonly queries: number;
  readonly rows: readonly { readonly method: string; readonly lds: Interval | null; readonly note: string | null }[];
}

/** What became of an answer after training without its nearest examples. */
export interface Forgetting {
  readonly trained: string;
  readonly request: string;
  readonly response: string;
  readonly method: string;
  readonly without: number;
  readonly principle?: string | undefined;
  readonly rows: readonly {
    readonly left: "none" | "nearest" | "random";
    readonly logprob: number;
    readonly siblings: Readonly<Record<string, { readonly logprob: number; readonly n: number }>>;
  }[];
}

export interface ProbeLine {
  readonly name: string;
  readonly of: string;
  readonly site: string;
  readonly reading: string;
  readonly principle?: string | undefined;
  readonly labels: string;
  /** Undefined: answers, which broke a principle. */
  readonly labelled?: "answers" | "requests" | undefined;
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly figures:
    | {
        readonly fitted: number;
        /** Which requests, and how well they are told apart. */
        readonly rows: readonly { readonly name: string; readonly figures: ProbeAreas }[];
        readonly alarms?: { readonly kept: number; readonly broken: number } | undefined;
      }
    | undefined;
}

/** Areas under the curve. */
export interface ProbeAreas {
  readonly n: number;
  readonly positives: number;
  readonly logistic: Interval;
  readonly difference: Interval;
  readonly words: Interval;
  readonly gain: Interval;
}

/** What is asked with POST /api/runs/R/attribution; answered with the name of the answer that is kept. */
export interface TracedQuestion {
  readonly checkpoint: string;
  readonly prompt: string;
  /** Null: what the checkpoint answers. */
  readonly answer: string | null;
}
