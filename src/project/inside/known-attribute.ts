import {
  type Attribute,
  activationsOf,
  chooseUnits,
  encode,
  measureUnit,
  sides,
} from "../../interpretability/index.ts";
import type { OpenedFeatures } from "./open-features.ts";
import { type LabelledTexts, labelledTexts } from "./texts.ts";

/** What the oracle knows that a feature tells best. */
export interface KnownAttribute {
  readonly group: string;
  readonly name: string;
  readonly side: Attribute["side"];
  /** On texts that did not choose it. */
  readonly f1: number;
  readonly low: number;
  readonly high: number;
  /** Activations of that side by twenty equal parts of (0, max]: in texts of which it holds, and in the others. */
  readonly max: number;
  readonly holds: readonly number[];
  readonly others: readonly number[];
}

const TEXTS = 1000;
const BINS = 20;

/** For each feature the attribute that it tells best; undefined for one that is never active in a labelled text. */
export async function findKnownAttributes(
  { place, site, dictionary, encoder, meta }: OpenedFeatures,
  features: readonly number[],
  signal?: AbortSignal,
): Promise<(KnownAttribute | undefined)[]> {
  const labelled = labelledTexts(place, TEXTS, meta.precept.seed);
  const sequences = labelled.texts.map(({ tokens }) => tokens);
  const [values] = (await place.model.activations(sequences, [site], { signal })) as [Float32Array];
  const code = await encode(encoder, dictionary, values);
  return features.map((feature) => tellBest(labelled, activationsOf(code, feature)));
}

function tellBest({ texts, attributes }: LabelledTexts, column: Float32Array): KnownAttribute | undefined {
  const parts: Record<Attribute["side"], Float32Array[]> = { request: [], answer: [] };
  let at = 0;
  for (const { tokens, answerFrom } of texts) {
    parts.request.push(column.subarray(at, at + answerFrom));
    parts.answer.push(column.subarray(at + answerFrom, at + tokens.length));
    at += tokens.length;
  }
  const most = (part: Float32Array): number => part.reduce((max, value) => Math.max(max, value), 0);
  const [request, answer] = sides.map((side) => Float32Array.from(parts[side], most)) as [Float32Array, Float32Array];
  const maxima = { units: 1, of: { request, answer } };
  const chosen = chooseUnits(maxima, attributes);
  // A threshold below every value says yes to all texts: that the feature knows nothing of.
  const [top] = [...chosen.keys()]
    .filter((index) => chosen[index]!.threshold >= 0 && chosen[index]!.f1 > 0)
    .sort((a, b) => chosen[b]!.f1 - chosen[a]!.f1);
  if (top === undefined) return undefined;
  const { group, name, side, holds } = attributes[top]!;
  const { f1, low, high } = measureUnit(maxima, attributes[top]!, chosen[top]!, top);
  return { group, name, side, f1, low, high, ...splitHistogram(parts[side], holds) };
}

function splitHistogram(
  parts: readonly Float32Array[],
  holds: Uint8Array,
): Pick<KnownAttribute, "max" | "holds" | "others"> {
  const max = parts.reduce((most, part) => part.reduce((m, value) => Math.max(m, value), most), 0);
  const counts = [new Array<number>(BINS).fill(0), new Array<number>(BINS).fill(0)] as const;
  for (const [text, part] of parts.entries())
    for (const value of part)
      if (value > 0) counts[holds[text] === 1 ? 0 : 1][Math.min(BINS - 1, Math.floor((BINS * value) / max))]!++;
  return { max, holds: counts[0], others: counts[1] };
}
