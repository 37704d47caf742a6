/** The sections of a scratchpad, by their part. */
export interface TagNames {
  readonly sections: readonly string[];
  readonly shown: string;
  readonly hidden: readonly string[];
}

export interface Token {
  readonly kind: "open" | "close" | "fence";
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Signs that a tag may hold behind its name; more is no tag. */
const longestRest = 200;

/** The first tag or fence of code in a text; a tag may be escaped for HTML, in capitals, and have attributes. */
export function nextToken(text: string, { sections }: TagNames): Token | undefined {
  const tag = new RegExp(
    String.raw`(?:<|&lt;)\s{0,3}(\/?)\s{0,3}(${sections.join("|")})(?:\s[^<>]{0,${longestRest}}?)?(?:>|&gt;)|\x60{3,}`,
    "i",
  );
  const match = tag.exec(text);
  if (match === null) return undefined;
  const [whole, slash, name] = match;
  const kind = name === undefined ? "fence" : slash === "" ? "open" : "close";
  return { kind, name: (name ?? "").toLowerCase(), from: match.index, to: match.index + whole.length };
}

/** From where on the end of a text may be the beginning of a tag or fence; its length where nothing may. */
export function couldGrow(text: string, { sections }: TagNames): number {
  const start = Math.max(0, text.length - longestRest - 40);
  for (let at = start; at < text.length; at++) {
    const tail = text.slice(at);
    if (/^\x60{1,2}$/.test(tail)) return at;
    if (/^&(?:l(?:t)?)?$/i.test(tail)) return at;
    const begun = /^(?:<|&lt;)\s{0,3}\/?\s{0,3}([a-z0-9_-]*)([^<>]*)$/i.exec(tail);
    if (begun === null) continue;
    const [, name = "", rest = ""] = begun;
    const word = name.toLowerCase();
    const isName = sections.includes(word) && (/^\s/.test(rest) || /^&(?:g(?:t)?)?$/i.test(rest));
    if (isName || (rest === "" && sections.some((section) => section.startsWith(word)))) return at;
  }
  return text.length;
}

/** Whether a tag is spoken of: it stands in quotation marks or is code. */
export function isMentioned(before: string, behind: string): boolean {
  return /^[\x60"']$/.test(before) && before === behind;
}
