/** The sections of a scratchpad, by their part. */
export interface TagNames {
  readonly sections: readonly string[];
  readonly shown: string;
  readonly hidden: readonly string[];
}

export interface Token {
  readonly kind: "open" | "close" | "fence";
  /** Of the section. */
  readonly name: string;
  /** As it is written, in small letters: models have words of their own for thinking. */
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

const otherWords = ["think", "thought", "thoughts"];

/** The words of all tags, each with its section. */
function sectionsByWord({ sections, hidden }: TagNames): ReadonlyMap<string, string> {
  const others = hidden.includes("thinking") ? otherWords : [];
  return new Map([
    ...others.map((word) => [word, "thinking"] as const),
    ...sections.map((name) => [name, name] as const),
  ]);
}

/** Signs that a tag may hold behind its name; more is no tag. */
const longestRest = 200;

/** The first tag or fence of code in a text; a tag may be escaped for HTML, in capitals, and have attributes. */
export function nextToken(text: string, tags: TagNames): Token | undefined {
  const words = sectionsByWord(tags);
  const tag = new RegExp(
    String.raw`(?:<|&lt;)\s{0,3}(\/?)\s{0,3}(${[...words.keys()].join("|")})(?:\s[^<>]{0,${longestRest}}?)?(?:>|&gt;)|\x60{3,}`,
    "i",
  );
  const match = tag.exec(text);
  if (match === null) return undefined;
  const [whole, slash, name = ""] = match;
  const word = name.toLowerCase();
  const kind = word === "" ? "fence" : slash === "" ? "open" : "close";
  return { kind, name: words.get(word) ?? word, word, from: match.index, to: match.index + whole.length };
}

/** From where on the end of a text may be the beginning of a tag or fence; its length where nothing may. */
export function couldGrow(text: string, tags: TagNames): number {
  const words = [...sectionsByWord(tags).keys()];
  const start = Math.max(0, text.length - longestRest - 40);
  for (let at = start; at < text.length; at++) {
    const tail = text.slice(at);
    if (/^\x60{1,2}$/.test(tail)) return at;
    if (/^&(?:l(?:t)?)?$/i.test(tail)) return at;
    const begun = /^(?:<|&lt;)\s{0,3}\/?\s{0,3}([a-z0-9_-]*)([^<>]*)$/i.exec(tail);
    if (begun === null) continue;
    const [, name = "", rest = ""] = begun;
    const word = name.toLowerCase();
    const isName = words.includes(word) && (/^\s/.test(rest) || /^&(?:g(?:t)?)?$/i.test(rest));
    if (isName || (rest === "" && words.some((known) => known.startsWith(word)))) return at;
  }
  return text.length;
}

/** Whether a tag is spoken of: it stands in quotation marks or is code. */
export function isMentioned(before: string, behind: string): boolean {
  return /^[\x60"']$/.test(before) && before === behind;
}
