import { type Dictionary, type Encoder, encode } from "../dictionaries/index.ts";

/** A text in two parts, of which each can be looked at alone. */
export interface PartedText {
  readonly tokens: readonly number[];
  /** Tokens before the answer. */
  readonly answerFrom: number;
}

export type Side = "request" | "answer";
export const sides = ["request", "answer"] as const;

/** The greatest value of each of U units over the tokens of one side of every text: (N, U). */
export interface Maxima {
  readonly units: number;
  readonly of: Readonly<Record<Side, Float32Array>>;
}

/** Calls back for every token that counts, with the text, the side and the token's row of all tokens. */
function visit(texts: readonly PartedText[], see: (text: number, side: Side, row: number) => void): void {
  let row = 0;
  for (const [text, { tokens, answerFrom }] of texts.entries())
    for (let t = 0; t < tokens.length; t++) see(text, t < answerFrom ? "request" : "answer", row++);
}

const emptyMaxima = (texts: number, units: number, from: number): Maxima => ({
  units,
  of: {
    request: new Float32Array(texts * units).fill(from),
    answer: new Float32Array(texts * units).fill(from),
  },
});

/** Of the features of a dictionary; 0 where none is active. */
export async function featureMaxima(
  encoder: Encoder,
  dictionary: Dictionary,
  texts: readonly PartedText[],
  activations: Float32Array,
): Promise<Maxima> {
  const { features: units } = dictionary;
  const { starts, features, values } = await encode(encoder, dictionary, activations);
  const maxima = emptyMaxima(texts.length, units, 0);
  visit(texts, (text, side, row) => {
    const table = maxima.of[side];
    for (let n = starts[row]!; n < starts[row + 1]!; n++) {
      const at = text * units + features[n]!;
      if (values[n]! > table[at]!) table[at] = values[n]!;
    }
  });
  return maxima;
}

/** Of directions (U, W), along each and against it: 2U units. */
export function directionMaxima(
  directions: Float32Array,
  width: number,
  texts: readonly PartedText[],
  activations: Float32Array,
): Maxima {
  const count = directions.length / width;
  const maxima = emptyMaxima(texts.length, 2 * count, Number.NEGATIVE_INFINITY);
  visit(texts, (text, side, row) => {
    const [table, place] = [maxima.of[side], text * 2 * count];
    for (let u = 0; u < count; u++) {
      let along = 0;
      for (let i = 0; i < width; i++) along += directions[u * width + i]! * activations[row * width + i]!;
      if (along > table[place + 2 * u]!) table[place + 2 * u] = along;
      if (-along > table[place + 2 * u + 1]!) table[place + 2 * u + 1] = -along;
    }
  });
  return maxima;
}

/** Of the numbers of a site themselves, and of their negatives: 2W units. */
export function neuronMaxima(width: number, texts: readonly PartedText[], activations: Float32Array): Maxima {
  const maxima = emptyMaxima(texts.length, 2 * width, Number.NEGATIVE_INFINITY);
  visit(texts, (text, side, row) => {
    const [table, place] = [maxima.of[side], text * 2 * width];
    for (let i = 0; i < width; i++) {
      const value = activations[row * width + i]!;
      if (value > table[place + 2 * i]!) table[place + 2 * i] = value;
      if (-value > table[place + 2 * i + 1]!) table[place + 2 * i + 1] = -value;
    }
  });
  return maxima;
}

/** Means of activations over the tokens of each side: (N, W). */
export function sideMeans(
  width: number,
  texts: readonly PartedText[],
  activations: Float32Array,
): Readonly<Record<Side, Float32Array>> {
  const means = { request: new Float32Array(texts.length * width), answer: new Float32Array(texts.length * width) };
  visit(texts, (text, side, row) => {
    const { tokens, answerFrom } = texts[text]!;
    const count = side === "request" ? Math.min(answerFrom, tokens.length) : tokens.length - answerFrom;
    for (let i = 0; i < width; i++) means[side][text * width + i]! += activations[row * width + i]! / count;
  });
  return means;
}
