import type { Interval } from "./source.ts";

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
  /** First by the mean of its examples, by the method that is nearest to the truth. */
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
  readonly notes: readonly string[];
  /** The command that retrains without the nearest. */
  readonly forget: string | null;
}

export interface PrincipleShare {
  readonly sum: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
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

export interface DictionaryLine {
  readonly name: string;
  /** Checkpoints that it learned from. */
  readonly models: readonly string[];
  readonly site: string;
  readonly rebuilt?: string | undefined;
  readonly kind: string;
  readonly k: number;
  readonly size: number;
  readonly seed: number;
  /** Activations that were read while it learned. */
  readonly read: number;
  /** Share of the variance that it leaves; features per token; dead ones. */
  readonly unexplained: number;
  readonly l0: number;
  readonly dead: number;
  readonly recovered: Interval | null;
  readonly changed: number | null;
}

/** Of GET /api/runs/R/inside/features/NAME */
export interface DictionaryPage {
  readonly line: DictionaryLine;
  readonly evaluation: DictionaryEvaluation | null;
  readonly diff: DictionaryDiff | null;
  /** Features whose pages are kept. */
  readonly pages: readonly number[];
  readonly commands: { readonly evaluate: string; readonly show: string };
}

export interface DictionaryEvaluation {
  readonly loss: {
    readonly model: number;
    readonly rebuilt: number;
    readonly meanAblated: number;
    readonly zeroAblated: number;
    readonly recovered: Interval;
    readonly recoveredAgainstZero: number;
    readonly unexplained: number;
    readonly l0: number;
    readonly tokens: number;
  };
  readonly size: number;
  readonly silent: number;
  readonly ultralow: number;
  readonly attributes: readonly {
    readonly group: string;
    readonly name: string;
    readonly side: "request" | "answer";
    /** By finder: "feature", "probe", "neuron", "random", "untrained". */
    readonly best: Readonly<Record<string, BestFinder>>;
  }[];
}

export interface BestFinder {
  readonly unit: number;
  readonly f1: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly positives: number;
}

export interface DictionaryDiff {
  readonly before: string;
  readonly after: string;
  /** Requests that both answered. */
  readonly n: number;
  readonly features: number;
  readonly changed: readonly ChangedFeature[];
  readonly review?: readonly ReviewedFeature[] | undefined;
}

export interface ChangedFeature {
  readonly feature: number;
  readonly side: "request" | "answer";
  readonly before: number;
  readonly after: number;
  readonly difference: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly q: number;
  readonly groups: readonly {
    readonly group: string;
    readonly before: number;
    readonly after: number;
    readonly n: number;
  }[];
  readonly examples: readonly { readonly request: string; readonly before: string; readonly after: string }[];
}

export interface ReviewedFeature {
  readonly feature: number;
  readonly principle: string;
  /** Nats of the later checkpoint's own answers, and of the earlier one's, without the feature. */
  readonly effect: { readonly own: number; readonly other: number; readonly n: number };
  readonly causes: readonly {
    readonly id: string;
    readonly principleId: string | null;
    readonly activation: number;
    readonly text: string;
  }[];
  readonly shares: readonly { readonly principleId: string; readonly share: number; readonly n: number }[];
}

/** Of GET /api/runs/R/inside/features/NAME/217 */
export interface FeatureView {
  readonly dictionary: DictionaryLine;
  readonly feature: number;
  /** Null until `command` has made it. */
  readonly found: FeatureFound | null;
  readonly command: string;
  /** Features whose pages are kept, before this one and after it. */
  readonly previous: number | null;
  readonly next: number | null;
  readonly change: {
    readonly before: string;
    readonly after: string;
    readonly changes: readonly ChangedFeature[];
  } | null;
  readonly review: ReviewedFeature | null;
  /** Attributes that no other feature knows better. */
  readonly best: readonly string[];
}

export interface FeatureFound {
  readonly page: {
    readonly feature: number;
    readonly tokens: number;
    readonly density: number;
    readonly max: number;
    readonly mean: number;
    readonly histogram: readonly number[];
    readonly examples: readonly FeatureExample[];
    readonly logits: { readonly up: readonly LogitEffect[]; readonly down: readonly LogitEffect[] };
    readonly neurons: readonly { readonly neuron: number; readonly correlation: number }[];
  };
  readonly attribute?:
    | {
        readonly group: string;
        readonly name: string;
        readonly side: "request" | "answer";
        readonly f1: number;
        readonly low: number;
        readonly high: number;
        readonly max: number;
        readonly holds: readonly number[];
        readonly others: readonly number[];
      }
    | undefined;
  readonly explanation?:
    | {
        readonly text: string;
        readonly score?: Interval | undefined;
        readonly undetermined: number;
        readonly by?: string | undefined;
      }
    | undefined;
  readonly twin?: { readonly dictionary: string; readonly feature: number; readonly correlation: number } | undefined;
}

export interface FeatureExample {
  /** From the top, or from this sixth of the range, the lowest 1. */
  readonly interval: "top" | number;
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  /** Nats of each token without the feature. */
  readonly effects: readonly number[];
  readonly peak: number;
}

export interface LogitEffect {
  readonly token: string;
  readonly effect: number;
}

export interface ProbeLine {
  readonly name: string;
  readonly of: string;
  readonly site: string;
  readonly reading: string;
  readonly principle?: string | undefined;
  readonly labels: string;
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
