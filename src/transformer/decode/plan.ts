import type { SiteName } from "../graph/sites.ts";

/** A packed weight (see `PANEL`), and what is added to its product. */
export interface PackedLinear {
  readonly weight: number;
  /** Channels in, padded to 8. */
  readonly inner: number;
  readonly panels: number;
  /** A row of zeros where the layer has no bias. */
  readonly bias: number;
  readonly hasBias: boolean;
}

/** The linear layers of a decoder layer, by the first part of their Hugging Face names. */
export const PROJECTIONS = ["q", "k", "v", "o", "gate", "up", "down"] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** B A with the adapter's scale within B (Hu et al. 2021). */
export interface PackedAdapter {
  readonly a: PackedLinear;
  readonly b: PackedLinear;
}

/** x + v, or where there is an `at`, x + (at − x · v) v with v of length 1. */
export interface PlannedEdit {
  /** Where v lies, in floats. */
  readonly vector: number;
  readonly width: number;
  readonly at?: number;
}

export type LayerEdits = Partial<Readonly<Record<SiteName, readonly PlannedEdit[]>>>;

export interface LayerPlan {
  readonly inputNorm: number;
  /** Before the feed-forward layer. */
  readonly attentionNorm: number;
  /** After attention and after the feed-forward layer, before they are added (Gemma 3), or 0. */
  readonly mixedNorm: number;
  readonly thoughtNorm: number;
  readonly projections: Readonly<Record<Projection, PackedLinear>>;
  /** Norms over each head (Qwen 3), or 0. */
  readonly queryNorm: number;
  readonly keyNorm: number;
  readonly hasRope: boolean;
  /** The rotary tables of the layer. */
  readonly cosine: number;
  readonly sine: number;
  /** Positions that a token sees, itself included. */
  readonly window: number;
  /** What is done to its sites, by name. */
  readonly edits: LayerEdits;
}

/** Where everything lies in the shared memory: byte addresses, and sizes in floats. The same in every thread. */
export interface DecodePlan {
  readonly threads: number;
  readonly channels: number;
  readonly vocabularySize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly normEpsilon: number;
  readonly layers: readonly LayerPlan[];
  /** Adapter n is what rows with adapter = n + 1 add; by layer. */
  readonly adapters: readonly (readonly Partial<Record<Projection, PackedAdapter>>[])[];
  readonly finalNorm: number;
  readonly head: PackedLinear;
  /** Packed like `head`; a token's embedding is one lane of a panel. */
  readonly embeddings: number;
  /** What a token's embedding is multiplied by. */
  readonly embeddingScale: number;
  /** Whether gates are gelu instead of silu. */
  readonly isGelu: boolean;
  readonly control: number;
  readonly rowTable: number;
  readonly maxRows: number;
  readonly maxWanted: number;
  readonly buffers: {
    /** (maxRows, stride) each: the residual stream, its norm, queries, keys, values, attention, gate, up. */
    readonly residual: number;
    readonly normed: number;
    readonly queries: number;
    readonly rotated: number;
    readonly keys: number;
    readonly values: number;
    readonly mixed: number;
    readonly gate: number;
    readonly up: number;
    /** (maxWanted, V padded to 8). */
    readonly logits: number;
    readonly probabilities: number;
    /** (maxWanted, 2): the largest logit, and the sum of exp(logit − largest). */
    readonly statistics: number;
    /** (threads, scratch floats): scores of attention, one head, or a row's inner products with an adapter's A. */
    readonly scratch: number;
    /** (threads, products floats): what the tensor runtime makes, before it goes where it belongs. */
    readonly products: number;
  };
  /** Floats per thread. */
  readonly scratch: number;
  readonly products: number;
  /** A row of zeros. */
  readonly zeros: number;
}

/** Words of the control block. */
export const CONTROL = { arrived: 0, phase: 1, job: 2, rows: 3, failed: 4, words: 16 } as const;

/** Words of a row of the row table; `scale` is a float, 1 / temperature. */
export const ROW = { token: 0, position: 1, cache: 2, capacity: 3, wanted: 4, scale: 5, adapter: 6, words: 8 } as const;

/** No distribution is wanted after this row. */
export const UNWANTED = 0xffffffff;

/** Room for this many rows more than there can be, where the runtime's products are compared with ours. */
export const SPARE_ROWS = 8;
