import { PreceptError } from "../../errors.ts";
import { type FeaturePage, featureMaxima, findBestUnits, makePage } from "../../interpretability/index.ts";
import type { OpenedFeatures } from "./open-features.ts";
import { labelledTexts, textsFor } from "./texts.ts";

export interface ShownFeature {
  /** "demo@rl-cai/NAME/217". */
  readonly address: string;
  readonly page: FeaturePage;
  /** On harbor: what the oracle knows that the feature tells best, with its F1 on texts that did not choose it. */
  readonly attribute?: { readonly group: string; readonly name: string; readonly f1: number } | undefined;
}

/** A feature's page. @throws PreceptError usage for a number beyond the size. */
export async function showFeature(
  features: OpenedFeatures,
  feature: number,
  {
    texts: count = 600,
    textFile,
    signal,
  }: { readonly texts?: number; readonly textFile?: string | undefined; readonly signal?: AbortSignal },
): Promise<ShownFeature> {
  const { place, site, dictionary, encoder, meta, folder } = features;
  if (feature >= dictionary.features) {
    throw new PreceptError("usage", {
      attempted: `Showing feature ${feature} of ${folder}`,
      found: `a dictionary of ${dictionary.features}`,
      expected: `a number from 0 to ${dictionary.features - 1}`,
    });
  }
  const { textAt } = await textsFor(place, textFile, meta.precept.seed + 1_000_003);
  const texts = Array.from({ length: count }, (_, n) => textAt(n));
  const page = await makePage({ model: place.model, site, dictionary, encoder, texts, feature, signal });
  const address = `${place.name}/${folder
    .split(/[\\/]/)
    .filter((part) => part !== "")
    .at(-1)}/${feature}`;
  return { address, page, attribute: place.isHarbor ? await findAttribute(features, feature) : undefined };
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
