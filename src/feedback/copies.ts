import { toPlainPunctuation } from "../reading/index.ts";

/** When a revision repeats what the model was shown; all in words after normalisation. */
export const copyBounds = {
  /** Shorter texts are no copies: "No." stands everywhere. */
  shortest: 4,
  /** Words of a run that two texts share by more than chance. */
  run: 5,
  /** Share of a revision's runs that stand in what was shown, from which on it is a copy. */
  share: 0.5,
  /** A run of this many words is a copy whatever stands around it. */
  longestRun: 10,
  /** So is a sentence of at least so many words, of which this share stands in runs of so many that were shown. */
  sentence: { words: 8, share: 0.8, run: 4 },
} as const;

/** What was shown to whoever revised. */
export interface Shown {
  readonly critique?: string | undefined;
  /** The request with its wording, its principle and its few-shots. */
  readonly request: string;
  /** The conversation and the answer that is revised: their words belong into a revision. */
  readonly own: readonly string[];
}

/** What a revision repeats, and by which measure. */
export interface Copy {
  readonly of: "critique" | "request";
  /** Share of the revision's runs of words that stand there and not in the conversation or the answer before. */
  readonly share: number;
  /** Words of the longest unbroken repetition. */
  readonly longest: number;
}

/**
 * Whether a revision repeats the critique, the request or a few-shot instead of answering. Runs that also stand in the
 * conversation or in the answer before do not count, nor does what a critique or a request quotes: an answer proposed there
 * is to be used. undefined: no copy.
 */
export function findCopy(revision: string, { critique, request, own }: Shown): Copy | undefined {
  const words = wordsOf(revision);
  if (words.length < copyBounds.shortest) return undefined;
  const free = [...own, ...[critique ?? "", request].flatMap(quotesOf)];
  const sources = [
    { of: "critique", text: critique ?? "" },
    { of: "request", text: request },
  ] as const;
  const { sentence, run } = copyBounds;
  const sentences = sentencesOf(revision).filter((one) => one.length >= sentence.words);
  for (const { of, text } of sources) {
    const size = Math.min(run, words.length);
    const repeated = markRepeated(words, text, free, size);
    const share = repeated.filter(Boolean).length / repeated.length;
    const longest = longestOf(repeated, size);
    const hasCopiedSentence = sentences.some(
      (one) => coverageOf(markRepeated(one, text, free, sentence.run), sentence.run) >= sentence.share,
    );
    if (share >= copyBounds.share || longest >= copyBounds.longestRun || hasCopiedSentence)
      return { of, share, longest };
  }
  return undefined;
}

/** For every run of `words`, whether it stands in `text` and not in what may be repeated. */
function markRepeated(words: readonly string[], text: string, free: readonly string[], size: number): boolean[] {
  const there = new Set(runsIn(text, size));
  const elsewhere = new Set(free.flatMap((one) => runsIn(one, size)));
  return runsOf(words, size).map((run) => there.has(run) && !elsewhere.has(run));
}

/** Share of the words that lie in a repeated run. */
function coverageOf(repeated: readonly boolean[], size: number): number {
  const words = repeated.length + size - 1;
  const isCovered = Array.from({ length: words }, (_, word) =>
    repeated.slice(Math.max(0, word - size + 1), word + 1).some(Boolean),
  );
  return isCovered.filter(Boolean).length / words;
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

function sentencesOf(text: string): string[][] {
  return Array.from(segmenter.segment(text), ({ segment }) => wordsOf(segment));
}

/** Letters and digits in lower case, one spelling of each; scripts without spaces by the character. */
function wordsOf(text: string): string[] {
  const plain = toPlainPunctuation(text.normalize("NFKC")).toLowerCase();
  return plain.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}']+/gu) ?? [];
}

function runsOf(words: readonly string[], size: number): string[] {
  return words.slice(size - 1).map((_, start) => words.slice(start, start + size).join(" "));
}

function runsIn(text: string, size: number): string[] {
  return runsOf(wordsOf(text), size);
}

function quotesOf(text: string): string[] {
  return toPlainPunctuation(text).match(/(?<![\p{L}\p{N}])"(?=\S)[^"\n]{1,300}(?<=\S)"(?![\p{L}\p{N}])/gu) ?? [];
}

function longestOf(repeated: readonly boolean[], size: number): number {
  let [longest, runs] = [0, 0];
  for (const is of repeated) {
    runs = is ? runs + 1 : 0;
    if (runs > 0) longest = Math.max(longest, runs + size - 1);
  }
  return longest;
}
