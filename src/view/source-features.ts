import type { Interval } from "./source.ts";

/** A dictionary of what checkpoints have within. Types alone, read by Node and the browser. */
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
