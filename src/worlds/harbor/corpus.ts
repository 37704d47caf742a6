import { rng } from "../../rng.ts";
import { drawDocument, type Mixture } from "./documents.ts";
import { categoryOf, detailKindOf, findCategory } from "./lexicon.ts";
import { CONTEXT_WEIGHT, type Document } from "./spans.ts";

/** The part of a tokenizer that a corpus needs. */
export interface Encoder {
  encode(text: string): number[];
}

/** One packed batch; all arrays are (B, T) in row-major order. */
export interface CorpusBatch {
  readonly tokens: Int32Array;
  /** The token that follows, 0 where none does. */
  readonly targets: Int32Array;
  /** Loss weight of each target: 1 in a role's output, 0.05 elsewhere, 0 past a document's end. */
  readonly weights: Float32Array;
  /** Index into `tokenKinds` of each target. */
  readonly kinds: Int32Array;
  /** Document number within the row, from 1; 0 is padding. Attention stays within a document. */
  readonly segments: Int32Array;
  /** Tokens that are not padding. */
  readonly count: number;
}

/**
 * Kinds of target whose losses are watched separately: an embedding that collapses shows in one kind long before it shows in
 * the total (docs/training.md). All but the first are tokens of a role's output.
 */
export const tokenKinds = ["context", "thing", "detail", "category", "verdict", "other"] as const;

const kindOf = (word: string, isRole: boolean): (typeof tokenKinds)[number] =>
  !isRole
    ? "context"
    : categoryOf(word) !== undefined
      ? "thing"
      : detailKindOf(word) !== undefined
        ? "detail"
        : findCategory(word) !== undefined
          ? "category"
          : word === "breaks" || word === "keeps"
            ? "verdict"
            : "other";

/** The shape of a batch, rows and tokens per row, and what it is drawn from. */
export interface CorpusShape {
  readonly mixture: Mixture;
  readonly batch: number;
  readonly length: number;
}

interface Encoded {
  readonly tokens: readonly number[];
  readonly roles: readonly boolean[];
  readonly kinds: readonly number[];
}

/** A document's tokens, whether a role speaks each, and each one's index into `tokenKinds`. */
export function encodeDocument(document: Document, encoder: Encoder): Encoded {
  const tokens: number[] = [];
  const roles: boolean[] = [];
  const kinds: number[] = [];
  for (const { text, role } of document.spans) {
    const ids = encoder.encode(text);
    tokens.push(...ids);
    roles.push(...ids.map(() => role));
    kinds.push(...text.split(" ").map((word) => tokenKinds.indexOf(kindOf(word, role))));
  }
  return { tokens, roles, kinds };
}

/** A batch is full once this many documents in a row found no room. */
const PATIENCE = 4;

interface Placed {
  readonly document: Document;
  readonly row: number;
}

/** Every word is one token, so packing needs no tokenizer. */
const lengthOf = ({ spans }: Document): number => spans.reduce((sum, { text }) => sum + text.split(" ").length, 0);

/**
 * The documents of one step, packed first-fit into rows: a pure function of (seed, step), so that training resumes at any
 * step, and every step sees fresh documents.
 */
export function corpusDocuments(
  seed: number,
  step: number,
  { batch, length, mixture }: CorpusShape,
): readonly Placed[] {
  const random = rng(seed, "harbor-corpus", step);
  const used = new Array<number>(batch).fill(0);
  const placed: Placed[] = [];
  for (let refused = 0; refused < PATIENCE; ) {
    const document = drawDocument(random, mixture);
    const size = lengthOf(document);
    const row = used.findIndex((start) => start + size <= length);
    if (row < 0) {
      refused++;
      continue;
    }
    used[row] = (used[row] ?? 0) + size;
    placed.push({ document, row });
  }
  return placed;
}

/** The batch of one step. */
export function corpusBatch(seed: number, step: number, encoder: Encoder, shape: CorpusShape): CorpusBatch {
  const { batch, length } = shape;
  const tokens = new Int32Array(batch * length);
  const targets = new Int32Array(batch * length);
  const weights = new Float32Array(batch * length);
  const segments = new Int32Array(batch * length);
  const kinds = new Int32Array(batch * length);
  const used = new Array<number>(batch).fill(0);
  const documents = new Array<number>(batch).fill(0);
  let count = 0;
  for (const { document, row } of corpusDocuments(seed, step, shape)) {
    const encoded = encodeDocument(document, encoder);
    const start = row * length + (used[row] ?? 0);
    const segment = (documents[row] ?? 0) + 1;
    encoded.tokens.forEach((token, index) => {
      const next = encoded.tokens[index + 1];
      tokens[start + index] = token;
      segments[start + index] = segment;
      if (next === undefined) return;
      targets[start + index] = next;
      weights[start + index] = encoded.roles[index + 1] ? 1 : CONTEXT_WEIGHT;
      kinds[start + index] = encoded.kinds[index + 1] ?? 0;
    });
    used[row] = (used[row] ?? 0) + encoded.tokens.length;
    documents[row] = segment;
    count += encoded.tokens.length;
  }
  return { tokens, targets, weights, segments, kinds, count };
}
