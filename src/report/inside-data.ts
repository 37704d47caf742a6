import {
  type Findings,
  hasFindings,
  type KeptDictionary,
  type KeptFeature,
  readFeature,
  readFindings,
} from "../inside/index.ts";

/** What commands found within a run's models, with the pages of some features. */
export interface InsideData extends Findings {
  /** By dictionary. */
  readonly features: Readonly<Record<string, readonly KeptFeature[]>>;
}

/** Feature pages of a dictionary: of those that know a principle best, and of those that changed most. */
const shown = 6;

/** Undefined where no command looked into the run's models. */
export function readInside(run: string): InsideData | undefined {
  if (!hasFindings(run)) return undefined;
  const found = readFindings(run);
  const faults = [...found.faults];
  const read = ({ folder }: KeptDictionary, feature: number): KeptFeature[] => {
    try {
      return [readFeature(folder, feature)].flatMap((page) => page ?? []);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
      return [];
    }
  };
  const features = found.dictionaries.map((dictionary) => {
    const pages = chosenFeatures(dictionary).flatMap((feature) => read(dictionary, feature));
    return [dictionary.name, pages] as const;
  });
  return { ...found, faults, features: Object.fromEntries(features) };
}

function chosenFeatures({ evaluation, diff }: KeptDictionary): number[] {
  const knowing = (evaluation?.attributes ?? [])
    .flatMap(({ group, best: { feature } }) => (group === "principle" && feature !== undefined ? [feature] : []))
    .sort((a, b) => b.f1 - a.f1)
    .map(({ unit }) => unit);
  const changed = (diff?.changed ?? []).map(({ feature }) => feature);
  return [...firstOf(knowing), ...firstOf(changed)].filter((one, place, all) => all.indexOf(one) === place);
}

const firstOf = (features: readonly number[]): number[] => [...new Set(features)].slice(0, shown);
