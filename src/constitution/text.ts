const STRUCTURAL = /^\s*(?:[-*+•]\s|\d+[.)]\s|>|#{1,6}\s|\||```|~~~)/;
const STANDS_ALONE = /^\s*(?:#{1,6}\s|\||```|~~~)/;

/**
 * The one spelling of a text: NFC, no line break inside a paragraph, single spaces, one blank line between paragraphs.
 * List items, quotations, tables, headings and fenced blocks keep their lines. Idempotent; what a model reads is this.
 */
export function canonicalText(text: string): string {
  const lines: string[] = [];
  let fenced = false;
  for (const raw of text.normalize("NFC").replace(/\r\n?/g, "\n").split("\n")) {
    const line = raw.trimEnd();
    if (/^\s*(?:```|~~~)/.test(line)) {
      fenced = !fenced;
      lines.push(line);
      continue;
    }
    if (fenced) {
      lines.push(line);
      continue;
    }
    const previous = lines.at(-1);
    if (line === "") {
      if (previous !== undefined && previous !== "") lines.push("");
    } else if (STRUCTURAL.test(line)) {
      const indent = /^\s*/.exec(line)?.[0].replaceAll("\t", "  ") ?? "";
      lines.push(indent + toSingleSpaces(line.trimStart()));
    } else if (previous === undefined || previous === "" || STANDS_ALONE.test(previous)) {
      lines.push(toSingleSpaces(line.trimStart()));
    } else {
      lines[lines.length - 1] = `${previous} ${toSingleSpaces(line.trimStart())}`;
    }
  }
  return lines.join("\n").trim();
}

/** A name or a tag: NFC, one line, single spaces. */
export function singleLine(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

function toSingleSpaces(line: string): string {
  return line.replace(/[ \t\u00a0]+/g, " ");
}

/** Lower-case ASCII words joined by hyphens: "Claude’s nature" → "claudes-nature". Empty when nothing is left. */
export function slug(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’‘`]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** Words that carry little meaning of their own, method words ("choose", "response") included. */
const FUNCTION_WORDS = new Set(
  `a about above after all also an and any are as assistant assistants at avoid be been being best both but by can choose chooses compare could
  did discuss do does either explain for from give give given good had has have he her his how human humans i identify if in into is it its last
  least less like make may might more most must my no nor not of on one only or other others our out over please possible prefer preceding
  pick response responses revise rewrite said say says she should so some such take than that the their them then there these they this
  those to too under up use very was way ways we were what when where whether which while who whose why will with would you your`.split(
    /\s+/,
  ),
);

/** Lower-case words of a text, in order, without punctuation. */
export function words(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replace(/[’‘]/g, "'")
      .match(/[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*/gu) ?? []
  );
}

/** Words that carry meaning, with English plural and participle endings cut, so that "lectures" meets "lecturing". */
export function contentStems(text: string): string[] {
  return words(text)
    .filter((word) => word.length > 2 && !FUNCTION_WORDS.has(word))
    .map(stem);
}

/** A few endings are enough to compare words within one document; not a linguistic stemmer. */
export function stem(word: string): string {
  const cut = word.replace(/(?:'s|ings?|edly|ed|ness|ies|es|s|ly|y|e)$/, "");
  return cut.length >= 3 ? cut : word;
}

/** Words that turn round what follows them: an id without them would name the opposite. */
const NEGATIONS = new Set("avoid least less neither never no none nor not without".split(" "));

/** How principles begin, which says nothing of what they want. */
const opening = /^choose the response that (?:does most to |is most )?/;

/** Room for "-2" behind an id that another text has too. */
const longestId = 60;

/**
 * An id of up to four content words of a text and what negates them, for whatever names no id. A negation that comes late
 * is kept too, with the words behind it; a text of function words alone gives its first words,
 * or a principle those behind its opening.
 */
export function idFromText(text: string): string {
  const plain = words(text).flatMap((word) =>
    /^(?:cannot|.*n't)$/.test(word) ? [word === "don't" ? "do" : "", "not"] : [word],
  );
  const terms = plain.flatMap((word, index) => {
    const negates = NEGATIONS.has(word) || (word === "do" && plain[index + 1] === "not");
    const carries = word.length > 2 && !FUNCTION_WORDS.has(word);
    return negates || carries ? [{ word, negates, index }] : [];
  });
  const condition = plain.findIndex((word) => /^(?:when|whenever|if|unless|where|while)$/.test(word));
  const negation = terms.findIndex(({ negates }) => negates);
  const shown = negation > 3 ? [...terms.slice(0, 2), ...terms.slice(negation)] : terms;
  const chosen: string[] = [];
  let left = 4;
  for (const { word, negates } of shown) {
    if (left === 0) break;
    chosen.push(word);
    if (!negates) left -= 1;
  }
  // "Say so when you are not sure" is not about what is "not-sure": a condition alone does not say what is wanted.
  const main = shown.filter(({ index }) => condition < 1 || index < condition);
  const says = main.some(({ word, negates }) => !negates && word !== "always");
  const first = plain.join(" ").replace(opening, "").split(" ").slice(0, 7);
  const id = clipAtHyphen(slug((says ? chosen : first).join(" ")), longestId);
  return /^[a-z]/.test(id) ? id : `principle${id === "" ? "" : `-${id}`}`;
}

function clipAtHyphen(id: string, longest: number): string {
  return id.length <= longest
    ? id
    : id
        .slice(0, longest + 1)
        .replace(/-[^-]*$/, "")
        .slice(0, longest);
}

/** Makes ids unique in order: the second "x" becomes "x-2". */
export function uniqueIds(ids: readonly string[]): string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    let candidate = id;
    for (let n = 2; taken.has(candidate); n++) candidate = `${id}-${n}`;
    taken.add(candidate);
    return candidate;
  });
}
