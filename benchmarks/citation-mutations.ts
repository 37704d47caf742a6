import { type Rng, rng } from "../src/rng.ts";

/** A quotation as somebody might write it, and whether its document says so. */
export interface MutatedQuote {
  readonly kind: string;
  readonly isFaithful: boolean;
  readonly quote: string;
}

type Mutate = (sentence: string, random: Rng, all: readonly string[], text: string) => string | undefined;

const wordsIn = (sentence: string): string[] => sentence.split(" ");

function replaceAt(sentence: string, at: number, ...words: readonly string[]): string {
  return wordsIn(sentence)
    .toSpliced(at, 1, ...words)
    .join(" ");
}

const inner = (sentence: string, random: Rng): number => 1 + random.integer(Math.max(1, wordsIn(sentence).length - 2));

/** What no document says, made of what it says. */
const falsified: Readonly<Record<string, Mutate>> = {
  number(sentence, random) {
    const digits = [...sentence.matchAll(/\d/g)];
    if (digits.length === 0) return replaceAt(sentence, inner(sentence, random), String(2 + random.integer(90)));
    const at = random.pick(digits).index;
    const other = (Number(sentence[at]) + 1 + random.integer(8)) % 10;
    return `${sentence.slice(0, at)}${other}${sentence.slice(at + 1)}`;
  },
  negation(sentence, random) {
    const turned = sentence.replace(/\b(?:not|never|n't) /, "");
    const at = inner(sentence, random);
    return turned === sentence ? replaceAt(sentence, at, wordsIn(sentence)[at] ?? "", "not") : turned;
  },
  word: (sentence, random, all) => replaceAt(sentence, inner(sentence, random), random.pick(wordsIn(random.pick(all)))),
  order(sentence, random) {
    const words = wordsIn(sentence);
    const at = random.integer(words.length - 1);
    return words.toSpliced(at, 2, words[at + 1] ?? "", words[at] ?? "").join(" ");
  },
  "dropped word": (sentence, random) => replaceAt(sentence, inner(sentence, random)),
  "joined halves"(sentence, random, all) {
    const [first, second] = [wordsIn(sentence), wordsIn(random.pick(all))];
    return [...first.slice(0, first.length / 2), ...second.slice(second.length / 2)].join(" ");
  },
  "reversed ellipsis"(sentence, _, all) {
    const words = wordsIn(sentence);
    const middle = Math.floor(words.length / 2);
    const [first, second] = [words.slice(0, middle).join(" "), words.slice(middle).join(" ")];
    // Where a text says the first half again behind the second one, the quotation is true.
    const isSaidAgain = all.join(" ").split(second).slice(1).join(second).includes(first);
    return isSaidAgain ? undefined : `${second} … ${first}`;
  },
  "far ellipsis"(sentence, random, all) {
    const at = all.indexOf(sentence);
    const far = all[at + 20 + random.integer(20)];
    return far === undefined ? undefined : `${sentence} … ${far}`;
  },
  invented: (_, random, all) =>
    Array.from({ length: 9 }, () => random.pick(wordsIn(random.pick(all))).replace(/[^\p{L}]/gu, "")).join(" "),
  "cut word": (sentence) => (/^\p{L}{4}/u.test(sentence) ? sentence.slice(2) : undefined),
};

/** "2" of "2 %" is another number. */
const keepNumbers = (quote: string): string | undefined =>
  /(?:^|… ?)\d|\d[^\p{L}]*(?:$| …)/u.test(quote) ? undefined : quote;

/** What quoting does to words that stay the same. */
const faithful: Readonly<Record<string, Mutate>> = {
  "white space": (sentence, random) => sentence.replace(/ /g, () => random.pick([" ", "  ", "\n", "\u00a0", " \n  "])),
  "quotation marks": (sentence) =>
    /["'“”‘’]/.test(sentence) ? sentence.replace(/[“”"]/g, "'").replace(/[‘’]/g, "'") : `“${sentence}”`,
  dash: (sentence) =>
    /[—–-]/.test(sentence) ? sentence.replace(/\s*[—–]\s*/g, " - ").replace(/(?<=\w)-(?=\w)/g, "‑") : undefined,
  "line-end hyphen"(sentence) {
    const long = /\b\p{Ll}{8,}\b/u.exec(sentence);
    if (long === null) return undefined;
    const at = long.index + Math.floor(long[0].length / 2);
    return `${sentence.slice(0, at)}-\n${sentence.slice(at)}`;
  },
  "case at start": (sentence) => {
    const [first = ""] = sentence;
    const other = first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase();
    return other + sentence.slice(first.length);
  },
  ellipsis(sentence) {
    const words = wordsIn(sentence);
    if (words.length < 10) return undefined;
    return keepNumbers(`${words.slice(0, 4).join(" ")} … ${words.slice(-4).join(" ")}`);
  },
  part(sentence, random) {
    const words = wordsIn(sentence);
    const from = random.integer(words.length - 6);
    return keepNumbers(words.slice(from, from + 6 + random.integer(words.length - from - 5)).join(" "));
  },
};

/** Sentences long enough to be quoted, in their order. */
export function quotableSentences(text: string): string[] {
  const paragraphs = text.split(/\n\s*\n/).filter((paragraph) => !/^\s*(?:#|\||\x60|<)/.test(paragraph));
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return paragraphs
    .flatMap((paragraph) => [...segmenter.segment(paragraph)].map(({ segment }) => segment.trim().replace(/\s+/g, " ")))
    .filter((sentence) => wordsIn(sentence).length >= 8 && sentence.length < 400 && /^\p{L}/u.test(sentence));
}

const plain = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ")} `;

/** `count` quotations of every kind; of the falsified ones none says what stands in the text all the same. */
export function mutateQuotes(text: string, count: number, seed = 1): MutatedQuote[] {
  const all = quotableSentences(text);
  const words = plain(text);
  return [...Object.entries(falsified), ...Object.entries(faithful)].flatMap(([kind, mutate]) => {
    const isFaithful = kind in faithful;
    const made: MutatedQuote[] = [];
    for (let draw = 0; made.length < count && draw < 200 * count; draw++) {
      const random = rng(seed, kind, draw);
      const quote = mutate(random.pick(all), random, all, text);
      const isChance =
        quote !== undefined && kind !== "cut word" && !quote.includes("…") && words.includes(plain(quote));
      if (quote !== undefined && (isFaithful || !isChance)) made.push({ kind, isFaithful, quote });
    }
    return made;
  });
}
