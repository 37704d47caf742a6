import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  Encoder,
  encode,
  isDictionary,
  loadDictionary,
  matchActivations,
  type StoredDictionary,
} from "../../interpretability/index.ts";
import type { OpenedFeatures } from "./open-features.ts";

/** The feature of another dictionary that goes with one most, by Pearson's correlation over tokens. */
export interface Twin {
  readonly dictionary: string;
  readonly feature: number;
  readonly correlation: number;
}

/**
 * For each feature its twin in the dictionary `beside`, else in one of another seed that lies in the same folder; undefined where
 * there is none. @throws PreceptError usage for a dictionary of another site or width.
 */
export async function findTwins(
  opened: OpenedFeatures,
  features: readonly number[],
  texts: readonly (readonly number[])[],
  beside: string | undefined,
): Promise<(Twin | undefined)[]> {
  const folder = beside ?? findSibling(opened);
  if (folder === undefined) return features.map(() => undefined);
  const { place, site, dictionary, encoder } = opened;
  const other = loadDictionary(folder);
  refuseOtherSite(opened, other, folder);
  const [values] = (await place.model.activations(texts, [site])) as [Float32Array];
  const own = await encode(encoder, dictionary, values);
  const otherEncoder = await Encoder.create(other.dictionary);
  const code = await encode(otherEncoder, other.dictionary, values).finally(() => otherEncoder.release());
  const name = basename(resolve(folder));
  const matches = matchActivations(own, dictionary.features, code, other.dictionary.features);
  return features.map((number) => {
    const { feature, likeness = 0 } = matches[number] ?? {};
    return feature === undefined || likeness <= 0 ? undefined : { dictionary: name, feature, correlation: likeness };
  });
}

function refuseOtherSite({ site, dictionary }: OpenedFeatures, other: StoredDictionary, folder: string): void {
  if (other.meta.hook_name === site && other.dictionary.inputs === dictionary.inputs) return;
  throw new PreceptError("usage", {
    attempted: `Comparing with ${folder}`,
    found: `a dictionary of ${other.meta.hook_name}, ${other.dictionary.inputs} numbers wide`,
    expected: `one of ${site}, ${dictionary.inputs} numbers wide`,
    remedy: "--beside another one of the same checkpoint and site, learned with another --seed",
  });
}

/** A dictionary beside this one, of the same checkpoints and site, of another seed. */
function findSibling({ folder, meta }: OpenedFeatures): string | undefined {
  const around = dirname(resolve(folder));
  if (!existsSync(around)) return undefined;
  const hashes = (own: StoredDictionary["meta"]): string => own.precept.models.map(({ hash }) => hash).join();
  return readdirSync(around)
    .sort()
    .map((name) => join(around, name))
    .filter((other) => other !== resolve(folder) && isDictionary(other))
    .find((other) => {
      const own = loadDictionary(other).meta;
      const isAlike = own.hook_name === meta.hook_name && own.hook_name_out === meta.hook_name_out;
      return isAlike && hashes(own) === hashes(meta) && own.precept.seed !== meta.precept.seed;
    });
}
