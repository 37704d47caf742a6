/** What a pattern is made of, as far as its length and its plain words need it. */
type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "class"; readonly units: 1 | 2 }
  | { readonly kind: "assertion"; readonly text: string }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "either"; readonly items: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly least: number; readonly most: number };

/** A pattern in RE2's syntax, measured. */
export interface MeasuredPattern {
  /** The pattern with every unbounded repetition bounded by `repeatLimit`. */
  readonly source: string;
  /** UTF-16 units of the shortest and of the longest match. */
  readonly shortest: number;
  readonly longest: number;
  /** Where a repetition without a bound stands, if no limit was given. */
  readonly unbounded?: number | undefined;
  /** All texts that it matches, where they are few; "\b" stands for a word boundary at an end. */
  readonly words?: readonly string[] | undefined;
}

/** Above this, words are better searched by the automaton of the pattern. */
const MOST_WORDS = 256;
export const WORD_BOUNDARY = "\b";

/** Measures a pattern that RE2 has accepted: this reader takes its syntax as right. */
export function measurePattern(pattern: string, repeatLimit?: number): MeasuredPattern {
  const reader = new PatternReader(pattern, repeatLimit);
  const node = reader.read();
  const [shortest, longest] = lengthOf(node);
  const words = reader.hasFlags ? undefined : wordsOf(node);
  const isPlain = words?.every(
    (word) =>
      word.length > 0 && !/[\s\S]\x08[\s\S]/.test(word) && !/[\ud800-\udfff]/.test(word) && word !== WORD_BOUNDARY,
  );
  return { source: reader.source, shortest, longest, unbounded: reader.unbounded, words: isPlain ? words : undefined };
}

class PatternReader {
  source = "";
  unbounded: number | undefined;
  hasFlags = false;
  readonly #pattern: string;
  readonly #repeatLimit: number | undefined;
  #at = 0;

  constructor(pattern: string, repeatLimit: number | undefined) {
    this.#pattern = pattern;
    this.#repeatLimit = repeatLimit;
  }

  read(): Node {
    const items: Node[] = [this.#sequence()];
    while (this.#pattern[this.#at] === "|") {
      this.#take(1);
      items.push(this.#sequence());
    }
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: "either", items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at] ?? "")) {
      items.push(this.#repeat(this.#atom()));
    }
    return { kind: "sequence", items };
  }

  #take(length: number): string {
    const taken = this.#pattern.slice(this.#at, this.#at + length);
    this.source += taken;
    this.#at += length;
    return taken;
  }

  #match(form: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(form.source, "suy");
    sticky.lastIndex = this.#at;
    return sticky.exec(this.#pattern) ?? undefined;
  }

  #repeat(item: Node): Node {
    const place = this.#at;
    const found = this.#match(/(?:[*+?]|\{(\d+)(,(\d*))?\})\??/);
    if (found === undefined) return item;
    const [whole, least = "", comma, most = ""] = found;
    this.#at += whole.length;
    const low = whole[0] === "{" ? Number(least) : whole[0] === "+" ? 1 : 0;
    const high =
      whole[0] === "?"
        ? 1
        : whole[0] === "{" && (comma === undefined || most !== "")
          ? Number(most || least)
          : undefined;
    if (high !== undefined) {
      this.source += whole;
      return { kind: "repeat", item, least: low, most: high };
    }
    if (this.#repeatLimit === undefined) this.unbounded ??= place;
    const limit = Math.max(low, this.#repeatLimit ?? 0);
    this.source += `{${low},${limit}}`;
    return { kind: "repeat", item, least: low, most: limit };
  }

  #atom(): Node {
    const next = this.#pattern[this.#at] ?? "";
    if (next === "(") return this.#group();
    if (next === "[") return this.#class();
    if (next === "\\") return this.#escape();
    if (next === "^" || next === "$") return { kind: "assertion", text: this.#take(1) };
    if (next === ".") {
      this.#take(1);
      return { kind: "class", units: 2 };
    }
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    return { kind: "text", text: this.#take(character.length) };
  }

  #group(): Node {
    const flags = this.#match(/\(\?[imsU-]+\)/)?.[0];
    if (flags !== undefined) {
      this.hasFlags = true;
      this.#take(flags.length);
      return { kind: "sequence", items: [] };
    }
    const open = this.#match(/\((?:\?(?:P?<\w+>|[imsU-]*:))?/)?.[0] ?? "(";
    if (/[imsU]/.test(open.replace(/P?<\w+>/, ""))) this.hasFlags = true;
    this.#take(open.length);
    const inside = this.read();
    this.#take(1);
    return inside;
  }

  #class(): Node {
    const text = this.#match(/\[\^?\]?(?:\[:\^?\w+:\]|\\(?:[pP]\{[^}]*\}|[\s\S])|[^\]\\])*\]/)?.[0] ?? "[";
    this.#take(text.length);
    const isNarrow = !text.startsWith("[^") && /^[\x20-\x7e]*$/.test(text) && !/\\[pPDWSx]|\[:\^/.test(text);
    // Case folding takes a letter to at most one unit more: the Kelvin sign and the long s stand in one unit each.
    return { kind: "class", units: isNarrow ? 1 : 2 };
  }

  #escape(): Node {
    const quoted = this.#match(/\\Q([\s\S]*?)(?:\\E|$)/);
    if (quoted !== undefined) {
      this.#take(quoted[0].length);
      return { kind: "sequence", items: [...(quoted[1] ?? "")].map((text) => ({ kind: "text", text })) };
    }
    const assertion = this.#match(/\\[bBAz]/)?.[0];
    if (assertion !== undefined) {
      this.#take(assertion.length);
      return { kind: "assertion", text: assertion };
    }
    const named = this.#match(/\\(?:[pP]\{[^}]*\}|[pP][\s\S]|[dDwWsSC])/)?.[0];
    if (named !== undefined) {
      this.#take(named.length);
      return { kind: "class", units: /^\\[dws]/.test(named) ? 1 : 2 };
    }
    const coded = this.#match(/\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|([0-7]{1,3}))/);
    if (coded !== undefined) {
      this.#take(coded[0].length);
      const code = Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? "0", coded[3] === undefined ? 16 : 8);
      return { kind: "text", text: String.fromCodePoint(code) };
    }
    const letter = this.#take(2)[1] ?? "";
    const control: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\x07" };
    return { kind: "text", text: control[letter] ?? letter };
  }
}

function lengthOf(node: Node): readonly [shortest: number, longest: number] {
  switch (node.kind) {
    case "text":
      return [node.text.length, node.text.length];
    case "class":
      return [1, node.units];
    case "assertion":
      return [0, 0];
    case "repeat": {
      const [shortest, longest] = lengthOf(node.item);
      return [shortest * node.least, longest === 0 ? 0 : longest * node.most];
    }
    case "sequence":
      return node.items.map(lengthOf).reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    case "either": {
      const all = node.items.map(lengthOf);
      return [Math.min(...all.map(([shortest]) => shortest)), Math.max(...all.map(([, longest]) => longest))];
    }
  }
}

function wordsOf(node: Node): readonly string[] | undefined {
  switch (node.kind) {
    case "text":
      return node.text === WORD_BOUNDARY ? undefined : [node.text];
    case "class":
      return undefined;
    case "assertion":
      return node.text === "\\b" ? [WORD_BOUNDARY] : undefined;
    case "repeat": {
      if (node.most > 1) return node.least === node.most ? product(Array(node.most).fill(node.item)) : undefined;
      const words = wordsOf(node.item);
      return node.least === 1 ? words : words && [...words, ""];
    }
    case "sequence":
      return product(node.items);
    case "either": {
      const all = node.items.map(wordsOf);
      return all.some((words) => words === undefined) ? undefined : limitWords(all.flatMap((words) => words ?? []));
    }
  }
}

function product(items: readonly Node[]): readonly string[] | undefined {
  let words: readonly string[] | undefined = [""];
  for (const item of items) {
    const next: readonly string[] | undefined = wordsOf(item);
    words = next && limitWords(words?.flatMap((start) => next.map((end) => start + end)) ?? []);
    if (words === undefined) return undefined;
  }
  return words;
}

const limitWords = (words: readonly string[]): readonly string[] | undefined =>
  words.length > MOST_WORDS ? undefined : words;
