import { basename, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  activationsOf,
  Encoder,
  type Explanation,
  encode,
  explainFeature,
  type FeaturePage,
  featureMaxima,
  findBestUnits,
  loadDictionary,
  makePages,
  type NeuronpediaBatch,
  toNeuronpedia,
} from "../../interpretability/index.ts";
import { openModel } from "../../models/index.ts";
import type { OpenedFeatures } from "./open-features.ts";
import { labelledTexts, textsFor } from "./texts.ts";

export interface ShownFeature {
  /** "demo@rl-cai/NAME/217". */
  readonly address: string;
  readonly page: FeaturePage;
  /** On harbor: what the oracle knows that the feature tells best, with its F1 on texts that did not choose it. */
  readonly attribute?: { readonly group: string; readonly name: string; readonly f1: number } | undefined;
  /** The feature of another dictionary that goes with it most, over tokens. */
  /** What a language model makes of the page. */
  readonly explanation?: Explanation | undefined;
  readonly twin?: { readonly dictionary: string; readonly feature: number; readonly correlation: number } | undefined;
}

export interface ShowOptions {
  /** Texts that the page is made of. Default 600. */
  readonly texts?: number | undefined;
  readonly textFile?: string | undefined;
  /** A model that explains it: provider:model, a folder or a file. */
  readonly explainer?: string | undefined;
  /** The folder of another dictionary of the same site. */
  readonly beside?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A feature's page. @throws PreceptError usage for a number beyond the size, or a dictionary of another site. */
export async function showFeature(
  features: OpenedFeatures,
  feature: number,
  options: ShowOptions,
): Promise<ShownFeature> {
  const { place, folder } = features;
  const texts = await drawTexts(features, options);
  const [page] = await collectPages(features, [feature], texts, options);
  return {
    address: `${place.name}/${basename(resolve(folder))}/${feature}`,
    page: page!,
    attribute: place.isHarbor ? await findAttribute(features, feature) : undefined,
    explanation: options.explainer === undefined ? undefined : await explain(features, page!, texts, options),
    twin: options.beside === undefined ? undefined : await findTwin(features, feature, texts, options.beside),
  };
}

/** Pages of `count` features from one on, in Neuronpedia's form. */
export async function exportFeatures(
  features: OpenedFeatures,
  first: number,
  count: number,
  options: ShowOptions,
): Promise<NeuronpediaBatch> {
  const { place, site, meta, dictionary, folder } = features;
  const texts = await drawTexts(features, options);
  const last = Math.min(dictionary.features, first + count);
  const numbers = Array.from({ length: Math.max(1, last - first) }, (_, index) => first + index);
  const pages = await collectPages(features, numbers, texts, options);
  const set = `${site}/${basename(resolve(folder))}`;
  const names = { model: place.name, layer: meta.hook_layer, set, dataset: meta.precept.texts, texts: texts.length };
  return toNeuronpedia(pages, names);
}

async function drawTexts(
  { place, meta }: OpenedFeatures,
  { texts = 600, textFile }: ShowOptions,
): Promise<(readonly number[])[]> {
  const { textAt } = await textsFor(place, textFile, meta.precept.seed + 1_000_003);
  return Array.from({ length: texts }, (_, n) => textAt(n));
}

async function collectPages(
  { place, site, rebuiltSite, dictionary, encoder, folder }: OpenedFeatures,
  features: readonly number[],
  texts: readonly (readonly number[])[],
  { signal }: ShowOptions,
): Promise<FeaturePage[]> {
  const beyond = features.find((feature) => feature >= dictionary.features);
  if (beyond !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Showing feature ${beyond} of ${folder}`,
      found: `a dictionary of ${dictionary.features}`,
      expected: `a number from 0 to ${dictionary.features - 1}`,
    });
  }
  const pages: FeaturePage[] = [];
  const request = { model: place.model, site, rebuiltSite, dictionary, encoder, texts, features, signal };
  for await (const page of makePages(request)) pages.push(page);
  return pages;
}

/** By the model that was named; texts in which the feature is not active are drawn from those of the page. */
async function explain(
  { place }: OpenedFeatures,
  page: FeaturePage,
  texts: readonly (readonly number[])[],
  { explainer = "", signal }: ShowOptions,
): Promise<Explanation> {
  const active = new Set(page.active);
  const { tokenizer } = place.model;
  const without = texts
    .filter((_, text) => !active.has(text))
    .map((tokens) => tokens.map((token) => tokenizer.decode([token]).trim()).join(" "));
  const model = await openModel(explainer);
  try {
    return await explainFeature(model, page, without, { seed: 1, signal });
  } finally {
    await model.dispose?.();
  }
}

async function findTwin(
  { place, site, dictionary, encoder }: OpenedFeatures,
  feature: number,
  texts: readonly (readonly number[])[],
  beside: string,
): Promise<ShownFeature["twin"]> {
  const other = loadDictionary(beside);
  if (other.meta.hook_name !== site) {
    throw new PreceptError("usage", {
      attempted: `Comparing with ${beside}`,
      found: `a dictionary of ${other.meta.hook_name}`,
      expected: `one of ${site}`,
    });
  }
  const [values] = (await place.model.activations(texts, [site])) as [Float32Array];
  const own = activationsOf(await encode(encoder, dictionary, values), feature);
  const otherEncoder = await Encoder.create(other.dictionary);
  const code = await encode(otherEncoder, other.dictionary, values);
  await otherEncoder.release();
  const best = nearestFeature(own, code, other.dictionary.features);
  return best && { dictionary: basename(resolve(beside)), ...best };
}

/** The feature of a code that has the greatest Pearson correlation with a column. */
function nearestFeature(
  column: Float32Array,
  { starts, features, values }: Awaited<ReturnType<typeof encode>>,
  size: number,
): { readonly feature: number; readonly correlation: number } | undefined {
  const n = column.length;
  const [sums, squares, products] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  let [sum, square] = [0, 0];
  for (let row = 0; row < n; row++) {
    const y = column[row]!;
    sum += y;
    square += y * y;
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const [feature, value] = [features[at]!, values[at]!];
      sums[feature]! += value;
      squares[feature]! += value * value;
      products[feature]! += value * y;
    }
  }
  let best: { feature: number; correlation: number } | undefined;
  for (let feature = 0; feature < size; feature++) {
    const spread = (squares[feature]! / n - (sums[feature]! / n) ** 2) * (square / n - (sum / n) ** 2);
    const correlation =
      spread > 1e-24 ? (products[feature]! / n - (sums[feature]! / n) * (sum / n)) / Math.sqrt(spread) : 0;
    if (correlation > (best?.correlation ?? 0)) best = { feature, correlation };
  }
  return best;
}

async function findAttribute(
  { place, site, dictionary, encoder, meta }: OpenedFeatures,
  feature: number,
): Promise<ShownFeature["attribute"]> {
  const { texts, attributes } = labelledTexts(place, 1000, meta.precept.seed);
  const [values] = (await place.model.activations(
    texts.map(({ tokens }) => tokens),
    [site],
  )) as [Float32Array];
  const { of, units } = await featureMaxima(encoder, dictionary, texts, values);
  const column = (table: Float32Array): Float32Array =>
    Float32Array.from({ length: texts.length }, (_, text) => table[text * units + feature]!);
  const alone = { units: 1, of: { request: column(of.request), answer: column(of.answer) } };
  const best = findBestUnits(alone, attributes);
  const order = [...best.keys()].sort((a, b) => best[b]!.f1 - best[a]!.f1);
  const [top] = order;
  if (top === undefined) return undefined;
  const { group, name } = attributes[top]!;
  return { group, name, f1: best[top]!.f1 };
}
