import { throwIfInterrupted } from "../../errors.ts";
import { keepEvaluation } from "../../inside/index.ts";
import {
  type Attribute,
  type BestUnit,
  directionMaxima,
  featureMaxima,
  findBestUnits,
  fitLogisticProbe,
  measureF1,
  measureSplicedLoss,
  neuronMaxima,
  type PartedText,
  probeLogits,
  type SplicedLoss,
  sideMeans,
} from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { siteWidth } from "../../transformer/index.ts";
import { isOwnModel, type OpenedFeatures } from "./open-features.ts";
import { showFeatures } from "./show-feature.ts";
import { labelledTexts, textsFor } from "./texts.ts";
import { learnUntrained } from "./untrained.ts";

/** Ways of finding an attribute: by one feature, by all numbers of the site, one number, one random direction, without training. */
export const finders = ["feature", "probe", "neuron", "random", "untrained"] as const;
export type Finder = (typeof finders)[number];

export interface AttributeRow {
  readonly group: string;
  readonly name: string;
  readonly side: Attribute["side"];
  /** Undefined where a finder was not asked. */
  readonly best: Readonly<Partial<Record<Finder, BestUnit>>>;
}

export interface FeatureEvaluation {
  readonly loss: SplicedLoss;
  readonly size: number;
  /** Features that are active in none of the texts, and in fewer than one in 200 of them. */
  readonly silent: number;
  readonly ultralow: number;
  readonly attributes: readonly AttributeRow[];
}

export interface EvaluateFeatures {
  readonly features: OpenedFeatures;
  /** Texts that attributes and loss are measured on. Default 1,600. */
  readonly texts?: number | undefined;
  /** Without the control that learns a dictionary of an untrained network. */
  readonly withoutUntrained?: boolean | undefined;
  readonly textFile?: string | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const LOSS_TEXTS = 400;

/**
 * What a dictionary costs the model, and on harbor how well one feature knows what the oracle knows, beside four other ways. Kept in
 * the dictionary's folder, with the pages of the features that know most.
 */
export async function evaluateFeatures(job: EvaluateFeatures): Promise<FeatureEvaluation> {
  const { features, texts: count = 1600, progress, signal } = job;
  const { place, site, dictionary, encoder, meta } = features;
  const { textAt } = await textsFor(place, job.textFile, meta.precept.seed + 1_000_003);
  const plain = Array.from({ length: LOSS_TEXTS }, (_, n) => textAt(n));
  progress.start("features", "the model's loss with the site rebuilt", plain.length, "texts");
  try {
    const loss = await measureSplicedLoss(place.model, features, plain, signal);
    progress.advance(plain.length);
    const { texts, attributes } = place.isHarbor
      ? labelledTexts(place, count, meta.precept.seed)
      : { texts: plain.map((tokens) => ({ tokens, answerFrom: tokens.length })), attributes: [] };
    const [values] = (await place.model.activations(tokensOf(texts), [site], { signal })) as [Float32Array];
    const maxima = await featureMaxima(encoder, dictionary, texts, values);
    const most = Array.from({ length: dictionary.features }, (_, feature) => countTexts(maxima, feature));
    const found = attributes.length === 0 ? [] : await findAll(job, { texts, attributes, values, maxima });
    const evaluation = {
      loss,
      size: dictionary.features,
      silent: most.filter((active) => active === 0).length,
      ultralow: most.filter((active) => active > 0 && active < texts.length / 200).length,
      attributes: found,
    };
    if (isOwnModel(features)) {
      keepEvaluation(features.folder, evaluation);
      await showFeatures(features, featuresIn(found), { textFile: job.textFile, progress, signal });
    }
    return evaluation;
  } finally {
    progress.finish();
  }
}

/** Features whose pages are made unasked. */
const PAGES = 24;

/** The features that know an attribute best, the surest first; templates are many, and left out. */
function featuresIn(attributes: readonly AttributeRow[]): number[] {
  const best = attributes.flatMap(({ group, best: { feature } }) =>
    feature === undefined || group === UNPROBED ? [] : [feature],
  );
  return [...new Set(best.sort((a, b) => b.f1 - a.f1).map(({ unit }) => unit))].slice(0, PAGES);
}

interface Measured {
  readonly texts: readonly PartedText[];
  readonly attributes: readonly Attribute[];
  readonly values: Float32Array;
  readonly maxima: Awaited<ReturnType<typeof featureMaxima>>;
}

async function findAll(
  job: EvaluateFeatures,
  { texts, attributes, values, maxima }: Measured,
): Promise<AttributeRow[]> {
  const { place, site, dictionary } = job.features;
  const width = siteWidth(site, place.model.config);
  const random = rng(job.features.meta.precept.seed, "random-directions");
  const directions = Float32Array.from({ length: (dictionary.features / 2) * width }, () => random.normal());
  const ways: readonly (readonly [Finder, () => readonly (BestUnit | undefined)[]])[] = [
    ["feature", () => findBestUnits(maxima, attributes)],
    ["probe", () => probeAll(width, { texts, attributes, values })],
    ["neuron", () => findBestUnits(neuronMaxima(width, texts, values), attributes)],
    ["random", () => findBestUnits(directionMaxima(directions, width, texts, values), attributes)],
  ];
  job.progress.start("features", "what the oracle knows, told by a feature and in other ways", ways.length, "ways");
  const best: Partial<Record<Finder, readonly (BestUnit | undefined)[]>> = {};
  for (const [finder, find] of ways) {
    best[finder] = find();
    job.progress.advance(1);
    // Lets Ctrl-C through: what is found blocks this thread.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfInterrupted(job.signal, "Measuring a dictionary", "stopped", "the same command measures it anew");
  }
  if (job.withoutUntrained !== true) best.untrained = await findUntrained(job, texts, attributes);
  const rows = attributes.map(({ group, name, side }, index) => ({
    group,
    name,
    side,
    best: Object.fromEntries(
      Object.entries(best).flatMap(([finder, units]) => (units[index] === undefined ? [] : [[finder, units[index]]])),
    ),
  }));
  // Principles are what a reader came for.
  return [...rows.filter(({ group }) => group === "principle"), ...rows.filter(({ group }) => group !== "principle")];
}

/** Attributes of this group are many: a probe is not fitted for each. */
const UNPROBED = "template";

/** A logistic probe of the mean over the side's tokens for each attribute, its threshold the best of the half that it learned from. */
function probeAll(width: number, { texts, attributes, values }: Omit<Measured, "maxima">): (BestUnit | undefined)[] {
  const means = sideMeans(width, texts, values);
  const chosen = texts.map((_, text) => text).filter((text) => text % 2 === 0);
  return attributes.map(({ holds, side, group }) => {
    if (group === UNPROBED) return undefined;
    const rows = new Float32Array(chosen.length * width);
    for (const [row, text] of chosen.entries())
      rows.set(means[side].subarray(text * width, (text + 1) * width), row * width);
    const probe = fitLogisticProbe(
      rows,
      chosen.map((text) => holds[text]!),
    );
    const logits = Float32Array.from(probeLogits(probe, means[side]));
    const maxima = { units: 1, of: { request: logits, answer: logits } };
    const [own] = findBestUnits(maxima, [{ group: "", name: "", side, holds }]) as [BestUnit];
    return { ...own, ...measureF1(holds, (text) => logits[text]! > own.threshold, 0) };
  });
}

/** The control: what a dictionary of an untrained network knows. */
async function findUntrained(
  { features, textFile, progress, signal }: EvaluateFeatures,
  texts: readonly PartedText[],
  attributes: readonly Attribute[],
): Promise<readonly BestUnit[]> {
  const untrained = await learnUntrained(features, { textFile, progress, signal });
  try {
    const sequences = tokensOf(texts);
    const [values] = (await untrained.model.activations(sequences, [features.site], { signal })) as [Float32Array];
    const maxima = await featureMaxima(untrained.encoder, untrained.dictionary, texts, values);
    return findBestUnits(maxima, attributes);
  } finally {
    await untrained.dispose();
  }
}

const tokensOf = (texts: readonly PartedText[]): (readonly number[])[] => texts.map(({ tokens }) => tokens);

function countTexts({ units, of }: Measured["maxima"], feature: number): number {
  let count = 0;
  for (let at = feature; at < of.request.length; at += units) if (of.request[at]! > 0 || of.answer[at]! > 0) count++;
  return count;
}
