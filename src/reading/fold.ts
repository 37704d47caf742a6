/** A part of a text, [from, to) in UTF-16 units. */
export interface TextSpan {
  readonly from: number;
  readonly to: number;
}

/** A text in one spelling, and where each of its signs stood. */
export interface FoldedText {
  readonly original: string;
  readonly text: string;
  /** Sign i of `text` stood at [starts[i], ends[i]) of the original. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Hyphens and dashes are no signs of `text`; [i] says what stood in front of sign i, the last what stood behind all. */
  readonly hyphens: Uint8Array;
}

/** What stands between two signs: nothing, a hyphen or dash, or a hyphen at a line's end that may be the typesetter's. */
export const hyphen = { none: 0, there: 1, atLineEnd: 2 } as const;

export interface FoldOptions {
  /** "ignored": every sign that is neither letter nor digit is a space. Default "kept". */
  readonly signs?: "kept" | "ignored" | undefined;
}

/** Scripts that write no spaces between words. */
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const unspacedSign = new RegExp(`[${unspaced}]`, "u");

type Script = "unspaced" | "spaced" | "none";

function scriptOf(sign: string): Script {
  if (sign > "\u00ff" && unspacedSign.test(sign)) return "unspaced";
  return /[\p{L}\p{N}\p{M}]/u.test(sign) ? "spaced" : "none";
}

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": "'",
  "&#39;": "'",
  "&apos;": "'",
  "&nbsp;": " ",
  "&amp;": "&",
};

/** What is read at a place, the first that fits. Each has a name below. */
const parts = new RegExp(
  [
    String.raw`(?<plain>[A-Za-z0-9]+(?!\p{M}))`,
    String.raw`(?<lineEnd>(?<=\p{L})[-‐\u00ad][ \t]*\r?\n[ \t]*(?=\p{L}))`,
    String.raw`(?<space>(?<=(?:^|\n)[ \t]*)(?:[-*+•]|#{1,6}|>+)[ \t]+|<\/?(?:br|p|li|div|h\d)\b[^<>]{0,200}>|\|)`,
    "(?<dash>[-‐‑‒–—―−﹘﹣－]+)",
    String.raw`(?<white>\s+)`,
    String.raw`(?<unseen>[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+|<\/?[A-Za-z][^<>]{0,200}>|\*{2,3}|(?<=[^\d\s])\*|\*(?=[^\d\s])|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|\x60+|~~)`,
    // A quotation may begin or end within a link: brackets are no signs, a target behind one neither.
    String.raw`(?<link>\]\([^()\s]*(?:\)|$)|[\[\]])`,
    `(?<quotes>(?:["'“”„‟«»‹›「」『』‘’‚‛ʼ´]|&(?:quot|apos|#39);)+)`,
    "(?<entity>&(?:lt|gt|nbsp|amp);)",
    // Primes are feet and minutes, no quotation marks; NFKC would make 10² into 102.
    String.raw`(?<kept>[′″]|\p{No})`,
    String.raw`(?<cluster>[\u1100-\u11ff]+|[^]\p{M}*)`,
  ].join("|"),
  "gu",
);

/**
 * One spelling of what may differ between a text and a faithful quotation of it: NFKC, letter case, white space, quotation
 * marks, dashes, ligatures, invisible signs, Markdown and HTML around words. Every sign knows its place in the original.
 */
export function foldText(original: string, options: FoldOptions = {}): FoldedText {
  const folding = new Folding(options.signs === "ignored");
  for (const match of original.matchAll(parts)) {
    const [text] = match;
    const { plain, lineEnd, space, dash, white, unseen, link, quotes, entity, kept } = match.groups ?? {};
    const from = match.index;
    const to = from + text.length;
    if (plain !== undefined) folding.addEach(plain.toLowerCase(), from);
    else if (lineEnd !== undefined) folding.addHyphen(hyphen.atLineEnd);
    else if (space !== undefined || white !== undefined) folding.addSpace(from, to);
    else if (dash !== undefined) folding.addHyphen(hyphen.there);
    else if (unseen !== undefined || link !== undefined) continue;
    else if (quotes !== undefined) folding.add("'", from, to);
    else if (entity !== undefined) folding.add(entities[entity] ?? entity, from, to);
    else if (kept !== undefined) folding.add(kept, from, to);
    else for (const sign of text.normalize("NFKC").toLowerCase()) folding.add(sign, from, to);
  }
  return folding.finish(original);
}

class Folding {
  readonly #ignoresSigns: boolean;
  #text = "";
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #hyphens: number[] = [];
  #space: { readonly from: number; readonly to: number } | undefined;
  #hyphen: number = hyphen.none;
  #lastScript: Script = "none";

  constructor(ignoresSigns: boolean) {
    this.#ignoresSigns = ignoresSigns;
  }

  /** Signs of one place each. */
  addEach(signs: string, from: number): void {
    for (let i = 0; i < signs.length; i++) this.add(signs[i] ?? "", from + i, from + i + 1);
  }

  add(sign: string, from: number, to: number): void {
    const script = scriptOf(sign);
    if (sign.trim() === "" || (this.#ignoresSigns && script === "none")) {
      this.addSpace(from, to);
      return;
    }
    const scripts = [script, this.#lastScript];
    // A line may break anywhere within 这是 or before 。
    const isSpaced = scripts.includes("spaced") || !scripts.includes("unspaced");
    if (this.#space !== undefined && this.#text !== "" && isSpaced) {
      this.#push(" ", this.#space.from, this.#space.to);
    }
    this.#space = undefined;
    this.#lastScript = script;
    this.#push(sign, from, to);
  }

  /** White space around a dash is no sign either: "a – b", "a—b" and "a - b" are one. */
  addHyphen(kind: number): void {
    if (this.#ignoresSigns) {
      if (kind === hyphen.there) this.addSpace(0, 0);
      return;
    }
    this.#space = undefined;
    this.#hyphen = kind;
  }

  addSpace(from: number, to: number): void {
    if (this.#hyphen === hyphen.none) this.#space ??= { from, to };
  }

  finish(original: string): FoldedText {
    return {
      original,
      text: this.#text,
      starts: Uint32Array.from(this.#starts),
      ends: Uint32Array.from(this.#ends),
      hyphens: Uint8Array.from([...this.#hyphens, this.#hyphen]),
    };
  }

  #push(sign: string, from: number, to: number): void {
    for (let unit = 0; unit < sign.length; unit++) {
      this.#starts.push(from);
      this.#ends.push(to);
      this.#hyphens.push(unit === 0 ? this.#hyphen : hyphen.none);
    }
    this.#text += sign;
    this.#hyphen = hyphen.none;
  }
}
