import { readNumber } from "./numbers.ts";
import { isNegated, toPlainPunctuation, unwrapLatex } from "./plain-text.ts";

/** The one label of `labels` that a text names; undefined where it names none or several, or says that it is not it. */
export function onlyLabel<L extends string>(text: string, labels: Readonly<Record<L, RegExp>>): L | undefined {
  const plain = toPlainPunctuation(text);
  const found = new Set<L>();
  for (const label in labels) {
    const at = plain.search(labels[label]);
    if (at >= 0 && !isNegated(plain.slice(0, at))) found.add(label);
  }
  const [only, ...others] = found;
  return others.length === 0 ? only : undefined;
}

const filler = String.raw`["'*_\x60\s]*`;

/**
 * A whole number in [low, high] that a text gives as its score: "score: 3", "**Rating** = 2/4", "[[3]]", or nothing but the
 * number. Undefined for 3.5, for several scores, for a range or the list of all that may be answered, and on another scale.
 */
export function statedScore(text: string, name: string, low: number, high: number): number | undefined {
  const plain = toPlainPunctuation(unwrapLatex(text));
  const value = String.raw`([+-]?\d+(?:[.,]\d+)*)(?![\d%¼-¾⅐-⅞]|\s?\d+\/\d)(?:\s*(?:\/|out of|of)\s*(\d+))?(?!\s*(?:\||-|or\b|to\b)\s*\d)`;
  const labelled = new RegExp(
    String.raw`\b(?:${name})(?![\p{L}\d])${filler}(?:\([^()]*\))?${filler}(?:is|was|of|at|:|=|would be)?["'*_\x60\s:=([]*${value}`,
    "giu",
  );
  const lone = new RegExp(String.raw`^[^\p{L}\p{N}+-]*${value}[^\p{L}\p{N}%-]*$`, "giu");
  const stated = new Set<number>();
  for (const [, digits = "", scale] of [...plain.matchAll(labelled), ...plain.matchAll(lone)]) {
    const score = Number(readNumber(digits) ?? Number.NaN);
    stated.add(scale === undefined || Number(scale) === high ? score : Number.NaN);
  }
  const [only, ...others] = stated;
  return only !== undefined && others.length === 0 && Number.isInteger(only) && only >= low && only <= high
    ? only
    : undefined;
}

/** "name: yes" or "name: no" in a text; undefined where it says neither, both, or only repeats the choice between them. */
export function statedBoolean(text: string, name: string): boolean | undefined {
  const pattern = new RegExp(
    String.raw`\b(?:${name})\W{0,6}(yes|true|no|false)\b(?!["'\s]*(?:\||\/|or\b)["'\s]*(?:yes|true|no|false)\b)`,
    "giu",
  );
  const answers = [...toPlainPunctuation(text).matchAll(pattern)].map((match) =>
    /^(?:yes|true)$/iu.test(match[1] ?? ""),
  );
  return new Set(answers).size === 1 ? answers[0] : undefined;
}
