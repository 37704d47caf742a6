import { findBoxed, isNegated, toPlainPunctuation, unwrapLatex } from "./plain-text.ts";

/**
 * The option that an answer names; undefined where it names none, or several without saying which. An option that is one
 * letter, "(B)", counts only where it stands alone: "B.", "**B**", "Answer: b", "\boxed{B}", never within a word or as the
 * word "a". Where only case tells options apart, case counts.
 */
export function findNamedOption(text: string, options: readonly string[]): number | undefined {
  const boxed = findBoxed(text);
  const inBox = boxed === undefined ? undefined : findNamedOption(boxed, options);
  if (inBox !== undefined) return inBox;
  const said = toPlain(text);
  const bare = options.map(toPlain);
  const letters = bare.map((option) => /^[^\p{L}\p{N}]*([\p{L}\p{N}])[^\p{L}\p{N}]*$/u.exec(option)?.[1] ?? "");
  const find = letters.includes("") ? findPhrase : findLetter;
  const names = letters.includes("") ? bare : letters;
  const isCaseFree = new Set(names.map((name) => name.toLowerCase())).size === options.length;
  return find(said, names, isCaseFree);
}

function toPlain(text: string): string {
  return toPlainPunctuation(unwrapLatex(text))
    .replace(/[*_`]+/gu, "")
    .trim();
}

/** Words after which a capital A is a letter that something is said of, not an article. */
const saidOf = String.raw`(?=\s+(?:because|since|is|seems|would|and|or|over|than)\b)`;
const ends = String.raw`(?=\s*(?:$|\n|[.,;:!?)\]"'}/|]|-+\s))`;
const alone = String.raw`(?<![\p{L}\p{N}'-]|\d[.,/])`;
const after = String.raw`(?![\p{L}\p{N}%-]|'\p{L}|[.,]\d|\/\d)`;

/** From the surest way of naming a letter to the weakest; the first that names one decides. */
function findLetter(text: string, letters: readonly string[], isCaseFree: boolean): number | undefined {
  const capitals = isCaseFree ? letters.map((letter) => letter.toUpperCase()) : letters;
  const either = oneOf(isCaseFree ? [...capitals, ...letters.map((letter) => letter.toLowerCase())] : letters);
  const capital = `${alone}${oneOf(capitals)}${after}`;
  const marked = String.raw`(?:is|are|be|was|:|=|would be|->|-(?=\s)|\s)*["'(\[]*${either}${after}(?:${ends}|(?<![aAiI])|${saidOf})`;
  const ways = [
    String.raw`^[^\p{L}\p{N}]*${either}[^\p{L}\p{N}]*$`,
    String.raw`\b(?:[Ff]inal|FINAL)\s(?:[Aa]nswer|ANSWER)\b\s*${marked}`,
    String.raw`\b(?:[Aa]nswer|ANSWER)\b\s*${marked}`,
    String.raw`^["'(\[]*${either}${after}(?:[.):\]]|\s*(?:$|\n|-+\s|,))`,
    String.raw`\b(?:[Oo]ption|[Cc]hoice|[Ll]etter|[Rr]esponse|OPTION|CHOICE)\b\s*${marked}`,
    String.raw`[(\[]${either}[)\]]`,
    // A sentence that ends with the letter, or says something of it, where no other letter stands alone.
    String.raw`${capital}(?:(?=[.,;:!?]|\s*$|\n)|(?<!I)${saidOf})`,
  ];
  // The list of the options, said again, names none of them.
  const list = new RegExp(
    capitals.map((letter) => String.raw`^\W*${oneOf([letter])}[.):\]].*`).join(String.raw`\s*`),
    "mu",
  );
  const own = text.replace(list, "");
  const find = (way: string): Set<number> | undefined => findLetters(own, way, { letters, isCaseFree });
  for (const [index, way] of ways.entries()) {
    const named = find(way);
    if (named?.size === 0) continue;
    const others = index < ways.length - 1 ? named : find(`${capital}(?:(?<![AI])|(?<=\\p{L}\\s+A)(?=\\s)|${ends})`);
    const [only, ...more] = new Set([...(named ?? letters.keys()), ...(others ?? letters.keys())]);
    return more.length === 0 ? only : undefined;
  }
  return undefined;
}

/** The letters that a pattern finds in a text, negated ones left out; undefined where it names several together. */
function findLetters(
  text: string,
  way: string,
  { letters, isCaseFree }: { readonly letters: readonly string[]; readonly isCaseFree: boolean },
): Set<number> | undefined {
  const named = new Set<number>();
  for (const match of text.matchAll(new RegExp(way, "gu"))) {
    const [whole, letter = ""] = match;
    const at = match.index + whole.lastIndexOf(letter);
    if (isNegated(text.slice(0, at)) || /\bnot\b/iu.test(whole)) continue;
    const next = placeOf(letters, findNextNamed(text.slice(at + letter.length)), isCaseFree);
    const place = placeOf(letters, letter, isCaseFree);
    if (next >= 0 && next !== place) return undefined;
    named.add(place);
  }
  return named;
}

/** "A or B", "(A) and (B)", "A/B": the letter that is named together with one before it; "" for none. */
function findNextNamed(rest: string): string {
  const joined = /^[)\]"'.]*\s*(?:or|and|\/|,|&|\||vs\.?)+\s*(?:or\s|and\s)?\s*["'([]*([\p{L}\p{N}])(?![\p{L}\p{N}'])/u;
  return joined.exec(rest)?.[1] ?? "";
}

/** As a whole at the beginning of the answer and marked off, else the only option that occurs in it. */
function findPhrase(text: string, options: readonly string[], isCaseFree: boolean): number | undefined {
  const flags = isCaseFree ? "giu" : "gu";
  const places = options.flatMap((option, index) =>
    option === ""
      ? []
      : [...text.matchAll(new RegExp(wordsOf(option), flags))].map((match) => ({
          ...{ index, at: match.index, end: match.index + match[0].length },
        })),
  );
  // What lies within a longer option that is named there is no option of its own.
  const named = places.filter(
    ({ at, end }) => !places.some((other) => other.at <= at && other.end >= end && other.end - other.at > end - at),
  );
  const first = named.find(({ at, end }) => at === 0 && /^\W*(?:$|\n|[.,;:!?)-])/u.test(text.slice(end)));
  const affirmed = named.filter(({ at }) => !isNegated(text.slice(0, at)));
  if (first !== undefined) return first.index;
  const [only, ...others] = new Set(affirmed.map(({ index }) => index));
  return others.length === 0 ? only : undefined;
}

/** The option where no word runs on before or after it. */
function wordsOf(option: string): string {
  const before = /^[\p{L}\p{N}]/u.test(option) ? String.raw`(?<![\p{L}\p{N}])` : "";
  const behind = /[\p{L}\p{N}]$/u.test(option) ? String.raw`(?![\p{L}\p{N}])` : "";
  return `${before}${option.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&")}${behind}`;
}

function placeOf(letters: readonly string[], letter: string, isCaseFree: boolean): number {
  return letters.findIndex((own) => own === letter || (isCaseFree && own.toLowerCase() === letter.toLowerCase()));
}

/** A pattern for one of some letters, captured. */
function oneOf(letters: readonly string[]): string {
  const codes = letters.filter((letter) => [...letter].length === 1).map((letter) => letter.codePointAt(0) ?? 0);
  return `([${codes.map((code) => `\\u{${code.toString(16)}}`).join("")}])`;
}
