import { type Findings, type KeptDictionary, readFeature } from "../../inside/index.ts";
import { shownPath } from "../../storage/index.ts";
import type { DictionaryPage, FeatureView } from "../source-inside.ts";
import { toLine } from "./page.ts";

/** A dictionary with all that was found of it; undefined where the run has none of this name. */
export function toDictionaryPage({ dictionaries }: Findings, name: string): DictionaryPage | undefined {
  const found = dictionaries.find((one) => one.name === name);
  if (found === undefined) return undefined;
  const { evaluation = null, diff = null, pages, folder } = found;
  const place = shownPath(folder);
  return {
    ...{ line: toLine(found), evaluation, diff, pages },
    commands: {
      evaluate: `precept features evaluate ${place}`,
      show: `precept features show ${place} --feature 0`,
    },
  };
}

/** One of its features; undefined for a number beyond its size. @throws PreceptError run-invalid for a damaged page. */
export function toFeatureView({ dictionaries }: Findings, name: string, number: string): FeatureView | undefined {
  const found = dictionaries.find((one) => one.name === name);
  const feature = /^\d{1,7}$/u.test(number) ? Number(number) : -1;
  if (found === undefined || feature < 0 || feature >= found.card.size) return undefined;
  const { diff, folder, pages } = found;
  const changes = diff?.changed.filter((one) => one.feature === feature) ?? [];
  return {
    ...{ dictionary: toLine(found), feature, found: readFeature(folder, feature) ?? null },
    command: `precept features show ${shownPath(folder)} --feature ${feature}`,
    previous: pages.findLast((page) => page < feature) ?? null,
    next: pages.find((page) => page > feature) ?? null,
    change: diff === undefined || changes.length === 0 ? null : { before: diff.before, after: diff.after, changes },
    review: diff?.review?.find((one) => one.feature === feature) ?? null,
    best: bestAt(found, feature),
  };
}

function bestAt({ evaluation }: KeptDictionary, feature: number): string[] {
  const own = evaluation?.attributes.filter(({ best }) => best["feature"]?.unit === feature) ?? [];
  return own.map(({ group, name }) => `${group} ${name}`);
}
