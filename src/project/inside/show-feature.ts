import { basename, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { keepFeature } from "../../inside/index.ts";
import {
  type Explanation,
  explainFeature,
  type FeaturePage,
  makePages,
  type NeuronpediaBatch,
  toNeuronpedia,
} from "../../interpretability/index.ts";
import { openModel } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { findKnownAttributes, type KnownAttribute } from "./known-attribute.ts";
import { isOwnModel, type OpenedFeatures } from "./open-features.ts";
import { textsFor } from "./texts.ts";
import { findTwins, type Twin } from "./twin.ts";

export interface ShownFeature {
  /** "demo@rl-cai/NAME/217". */
  readonly address: string;
  readonly page: FeaturePage;
  /** On harbor: what the oracle knows that the feature tells best. */
  readonly attribute?: KnownAttribute | undefined;
  /** What a language model makes of the page. */
  readonly explanation?: (Explanation & { readonly by: string }) | undefined;
  /** Of another seed. */
  readonly twin?: Twin | undefined;
}

export interface ShowOptions {
  /** Texts that the page is made of. Default 600. */
  readonly texts?: number | undefined;
  readonly textFile?: string | undefined;
  /** A model that explains it: provider:model, a folder or a file. */
  readonly explainer?: string | undefined;
  /** The folder of another dictionary of the same site. Default: one of another seed that lies beside it. */
  readonly beside?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A feature's page. @throws PreceptError usage for a number beyond the size, or a dictionary of another site. */
export async function showFeature(
  features: OpenedFeatures,
  feature: number,
  options: ShowOptions,
): Promise<ShownFeature> {
  const [shown] = (await showFeatures(features, [feature], options)) as [ShownFeature];
  return shown;
}

/** Pages of several features, each kept in the dictionary's folder where the checkpoint is its own. */
export async function showFeatures(
  features: OpenedFeatures,
  numbers: readonly number[],
  options: ShowOptions,
): Promise<ShownFeature[]> {
  const { place, folder } = features;
  const { progress } = options;
  refuseBeyond(features, numbers);
  progress?.start("features", "pages of features", numbers.length, "pages");
  const texts = await drawTexts(features, options);
  const pages = await collectPages(features, numbers, texts, options);
  const known = place.isHarbor ? await findKnownAttributes(features, numbers, options.signal) : [];
  const twins = await findTwins(features, numbers, texts, options.beside);
  const shown: ShownFeature[] = [];
  for (const [index, page] of pages.entries()) {
    const own: ShownFeature = {
      address: `${place.name}/${basename(resolve(folder))}/${page.feature}`,
      page,
      attribute: known[index],
      explanation: options.explainer === undefined ? undefined : await explain(features, page, texts, options),
      twin: twins[index],
    };
    if (isOwnModel(features)) keepFeature(folder, page.feature, { ...own, page: { ...page, active: undefined } });
    shown.push(own);
    progress?.advance(1);
  }
  return shown;
}

/** Pages of `count` features from one on, in Neuronpedia's form. */
export async function exportFeatures(
  features: OpenedFeatures,
  first: number,
  count: number,
  options: ShowOptions,
): Promise<NeuronpediaBatch> {
  const { place, site, meta, dictionary, folder } = features;
  const last = Math.min(dictionary.features, first + count);
  const numbers = Array.from({ length: Math.max(1, last - first) }, (_, index) => first + index);
  refuseBeyond(features, numbers);
  const texts = await drawTexts(features, options);
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

function refuseBeyond({ dictionary, folder }: OpenedFeatures, numbers: readonly number[]): void {
  const beyond = numbers.find((feature) => feature >= dictionary.features || feature < 0);
  if (beyond === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Showing feature ${beyond} of ${folder}`,
    found: `a dictionary of ${dictionary.features}`,
    expected: `a number from 0 to ${dictionary.features - 1}`,
    remedy: `--feature ${Math.min(dictionary.features - 1, Math.max(0, beyond))}`,
  });
}

async function collectPages(
  { place, site, rebuiltSite, dictionary, encoder }: OpenedFeatures,
  features: readonly number[],
  texts: readonly (readonly number[])[],
  { signal }: ShowOptions,
): Promise<FeaturePage[]> {
  const request = { model: place.model, site, rebuiltSite, dictionary, encoder, texts, features, signal };
  return Array.fromAsync(makePages(request));
}

/** By the model that was named; texts in which the feature is not active are drawn from those of the page. */
async function explain(
  { place }: OpenedFeatures,
  page: FeaturePage,
  texts: readonly (readonly number[])[],
  { explainer = "", signal }: ShowOptions,
): Promise<NonNullable<ShownFeature["explanation"]>> {
  const active = new Set(page.active);
  const { tokenizer } = place.model;
  const without = texts
    .filter((_, text) => !active.has(text))
    .map((tokens) => tokens.map((token) => tokenizer.decode([token]).trim()).join(" "));
  const model = await openModel(explainer);
  try {
    return { ...(await explainFeature(model, page, without, { seed: 1, signal })), by: explainer };
  } finally {
    await model.dispose?.();
  }
}
