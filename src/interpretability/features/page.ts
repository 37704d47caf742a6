import type { Transformer } from "../../transformer/index.ts";
import { encode, type SparseCode } from "../dictionaries/index.ts";
import { type LogitEffect, logitEffects } from "./logit-effects.ts";
import type { SplicedDictionary } from "./loss.ts";
import { type NeuronCorrelation, nearestNeurons } from "./neurons.ts";

export interface PageExample {
  /** "top", or the number of the interval of the activation's range, from the lowest, 1. */
  readonly interval: "top" | number;
  readonly text: number;
  readonly tokens: readonly string[];
  /** Of the feature at each token. */
  readonly activations: readonly number[];
  /** Change of each token's log-probability, in nats, when the feature is taken out wherever it is active in the text. */
  readonly effects: readonly number[];
  /** The token with the greatest activation. */
  readonly peak: number;
}

/** All that is known of a feature, on some texts. */
export interface FeaturePage {
  readonly feature: number;
  readonly tokens: number;
  /** Share of the tokens at which it is active. */
  readonly density: number;
  readonly max: number;
  readonly mean: number;
  /** Non-zero activations by twenty equal parts of (0, max]. */
  readonly histogram: readonly number[];
  readonly examples: readonly PageExample[];
  /** Numbers of the texts in which it is active. */
  readonly active: readonly number[];
  readonly logits: { readonly up: readonly LogitEffect[]; readonly down: readonly LogitEffect[] };
  readonly neurons: readonly NeuronCorrelation[];
}

export interface PageRequest extends SplicedDictionary {
  readonly model: Transformer;
  readonly texts: readonly (readonly number[])[];
  readonly features: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

const BINS = 20;
const INTERVALS = 6;
const TOP = 6;

/** Activations of one feature at every token of the texts. */
export function activationsOf({ starts, features, values }: SparseCode, feature: number): Float32Array {
  const column = new Float32Array(starts.length - 1);
  for (let row = 0; row < column.length; row++)
    for (let n = starts[row]!; n < starts[row + 1]!; n++) if (features[n] === feature) column[row] = values[n]!;
  return column;
}

/**
 * The pages of some features. Examples come from the top and from every interval of the range: what is clean at its height may not
 * be below.
 */
export async function* makePages(request: PageRequest): AsyncGenerator<FeaturePage> {
  const { model, site, rebuiltSite, dictionary, encoder, texts, features, signal } = request;
  const [inputs, values] = (await model.activations(texts, [site, rebuiltSite], { signal })) as [
    Float32Array,
    Float32Array,
  ];
  const code = await encode(encoder, dictionary, inputs);
  const offsets = [0];
  for (const { length } of texts) offsets.push(offsets.at(-1)! + length);
  for (const feature of features)
    yield makePage(request, { values, offsets, column: activationsOf(code, feature), feature });
}

interface ReadFeature {
  readonly feature: number;
  /** Of the site that is rebuilt. */
  readonly values: Float32Array;
  readonly offsets: readonly number[];
  /** Of the feature at every token. */
  readonly column: Float32Array;
}

async function makePage(request: PageRequest, read: ReadFeature): Promise<FeaturePage> {
  const { model, rebuiltSite, dictionary, texts } = request;
  const { feature, values, offsets, column } = read;
  const max = column.reduce((most, value) => Math.max(most, value), 0);
  const active = column.filter((value) => value > 0);
  const histogram = new Array<number>(BINS).fill(0);
  for (const value of active) histogram[Math.min(BINS - 1, Math.floor((BINS * value) / max))]!++;
  const chosen = chooseExamples(column, offsets, max);
  const effects = await ablate(
    request,
    read,
    chosen.map(({ text }) => text),
  );
  const examples = chosen.map(({ interval, text }, index): PageExample => {
    const activations = [...column.subarray(offsets[text], offsets[text + 1])];
    return {
      interval,
      text,
      tokens: texts[text]!.map((token) => model.tokenizer.decode([token]).trim()),
      activations,
      effects: [...effects[index]!],
      peak: activations.indexOf(Math.max(...activations)),
    };
  });
  const direction = dictionary.decoder.subarray(feature * dictionary.outputs, (feature + 1) * dictionary.outputs);
  return {
    feature,
    tokens: column.length,
    density: active.length / column.length,
    max,
    mean: active.reduce((sum, value) => sum + value, 0) / Math.max(1, active.length),
    histogram,
    examples,
    active: texts.flatMap((_, text) =>
      column.subarray(offsets[text], offsets[text + 1]).some((value) => value > 0) ? [text] : [],
    ),
    logits: logitEffects(model, rebuiltSite, direction),
    neurons: nearestNeurons(column, values, dictionary.outputs),
  };
}

/** The six highest texts, then of each interval of the range, from above, the two whose peak is nearest its middle. */
function chooseExamples(
  column: Float32Array,
  offsets: readonly number[],
  max: number,
): { readonly interval: "top" | number; readonly text: number }[] {
  const peaks = offsets.slice(1).map((end, text) => {
    return column.subarray(offsets[text], end).reduce((most, value) => Math.max(most, value), 0);
  });
  const order = [...peaks.keys()].filter((text) => peaks[text]! > 0).sort((a, b) => peaks[b]! - peaks[a]! || a - b);
  const taken = new Set(order.slice(0, TOP));
  const chosen: { interval: "top" | number; text: number }[] = [...taken].map((text) => ({ interval: "top", text }));
  for (let interval = INTERVALS; interval >= 1; interval--) {
    const middle = ((interval - 0.5) / INTERVALS) * max;
    const distanceOf = (text: number): number => Math.abs(peaks[text]! - middle);
    const inside = order.filter((text) => !taken.has(text) && distanceOf(text) <= max / INTERVALS / 2);
    for (const text of inside.sort((a, b) => distanceOf(a) - distanceOf(b)).slice(0, 2)) {
      taken.add(text);
      chosen.push({ interval, text });
    }
  }
  return chosen;
}

/** What taking the feature out does to the log-probability of every token of some texts. */
async function ablate(
  { model, rebuiltSite: site, dictionary, texts, signal }: PageRequest,
  { feature, values, column, offsets }: ReadFeature,
  chosen: readonly number[],
): Promise<Float32Array[]> {
  if (chosen.length === 0) return [];
  const { outputs: width, decoder } = dictionary;
  const sequences = chosen.map((text) => texts[text]!);
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  const [own, without] = [new Float32Array(total * width), new Float32Array(total * width)];
  let row = 0;
  for (const text of chosen) {
    for (let at = offsets[text]!; at < offsets[text + 1]!; at++, row++) {
      for (let i = 0; i < width; i++) {
        const value = values[at * width + i]!;
        own[row * width + i] = value;
        without[row * width + i] = value - column[at]! * decoder[feature * width + i]!;
      }
    }
  }
  const before = await model.logprobsWith(sequences, { site, values: own }, { signal });
  const after = await model.logprobsWith(sequences, { site, values: without }, { signal });
  let start = 0;
  return sequences.map(({ length }) => {
    const part = Float32Array.from({ length }, (_, t) => after[start + t]! - before[start + t]!);
    start += length;
    return part;
  });
}
