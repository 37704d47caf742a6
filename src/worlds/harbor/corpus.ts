import { rng } from "../../rng.ts";
import { CONTEXT_WEIGHT, type Document, drawDocument } from "./documents.ts";

/** What a corpus needs of a tokenizer. */
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
  /** Document number within the row, from 1; 0 is padding. Attention stays within a document. */
  readonly segments: Int32Array;
  /** Tokens that are not padding. */
  readonly count: number;
}

export interface CorpusShape {
  readonly batch: number;
  readonly length: number;
}

interface Encoded {
  readonly tokens: readonly number[];
  readonly roles: readonly boolean[];
}

export function encodeDocument(document: Document, encoder: Encoder): Encoded {
  const tokens: number[] = [];
  const roles: boolean[] = [];
  for (const { text, role } of document.spans) {
    const ids = encoder.encode(text);
    tokens.push(...ids);
    roles.push(...ids.map(() => role));
  }
  return { tokens, roles };
}

/** Documents that fit nowhere end a batch once this many in a row were turned away. */
const PATIENCE = 4;

/**
 * The documents of one step, packed first-fit into rows: a pure function of (seed, step), so that a training run resumes
 * anywhere and every step sees fresh documents.
 */
export function corpusBatch(seed: number, step: number, encoder: Encoder, { batch, length }: CorpusShape): CorpusBatch {
  const random = rng(seed, "harbor-corpus", step);
  const tokens = new Int32Array(batch * length);
  const targets = new Int32Array(batch * length);
  const weights = new Float32Array(batch * length);
  const segments = new Int32Array(batch * length);
  const used = new Array<number>(batch).fill(0);
  const documents = new Array<number>(batch).fill(0);
  let count = 0;
  for (let refused = 0; refused < PATIENCE; ) {
    const encoded = encodeDocument(drawDocument(random), encoder);
    const row = used.findIndex((start) => start + encoded.tokens.length <= length);
    if (row < 0) {
      refused++;
      continue;
    }
    const start = row * length + (used[row] ?? 0);
    const segment = (documents[row] ?? 0) + 1;
    encoded.tokens.forEach((token, index) => {
      const next = encoded.tokens[index + 1];
      tokens[start + index] = token;
      segments[start + index] = segment;
      if (next === undefined) return;
      targets[start + index] = next;
      weights[start + index] = encoded.roles[index + 1] ? 1 : CONTEXT_WEIGHT;
    });
    used[row] = (used[row] ?? 0) + encoded.tokens.length;
    documents[row] = segment;
    count += encoded.tokens.length;
  }
  return { tokens, targets, weights, segments, count };
}
