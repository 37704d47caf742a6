import type { TextSpan } from "../reading/index.ts";
import type { SourceDocument } from "./document.ts";

/** A part of a document that is found as one. */
export interface Chunk {
  readonly chunkId: string;
  readonly documentId: string;
  /** [from, to) in the document's text. */
  readonly span: readonly [from: number, to: number];
  readonly text: string;
  /** The heading above it. */
  readonly title?: string | undefined;
}

/** Words that a chunk holds at most; a sentence above that is cut. */
export const mostWords = 180;

/**
 * Chunks of whole sentences, of up to 180 words, never across a heading; each repeats the last sentence of the one before, so
 * that a "therefore" is found with its reason.
 */
export function chunkDocument({ id, text }: SourceDocument): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { title, sentences } of sectionsOf(text)) {
    let first = 0;
    while (first < sentences.length) {
      let behind = first;
      let words = 0;
      while (behind < sentences.length) {
        words += countWords(text, sentences[behind]);
        if (words > mostWords && behind > first) break;
        behind++;
      }
      const span = [sentences[first]?.from ?? 0, sentences[behind - 1]?.to ?? 0] as const;
      chunks.push({ chunkId: `${id}#${chunks.length + 1}`, documentId: id, span, text: text.slice(...span), title });
      if (behind === sentences.length) break;
      first = behind - 1 > first ? behind - 1 : behind;
    }
  }
  return chunks;
}

interface Section {
  readonly title?: string | undefined;
  readonly sentences: readonly TextSpan[];
}

function sectionsOf(text: string): Section[] {
  const headings = [...text.matchAll(/^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$/gm)];
  const starts = [{ at: 0, title: undefined }, ...headings.map((one) => ({ at: one.index, title: one[1] }))];
  return starts.flatMap(({ at, title }, i) => {
    const sentences = sentencesOf(text, at, starts[i + 1]?.at ?? text.length);
    return sentences.length === 0 ? [] : [{ title, sentences }];
  });
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
/** A table or minified text may have no end of a sentence for megabytes. */
const longestSentence = 1200;

/** Sentences of the paragraphs in a part of a text; white space around them is in none. */
function sentencesOf(text: string, from: number, to: number): TextSpan[] {
  const found: TextSpan[] = [];
  const add = (start: number, end: number): void => {
    const body = text.slice(start, end);
    const at = start + body.length - body.trimStart().length;
    if (body.trim() !== "") found.push({ from: at, to: start + body.trimEnd().length });
  };
  for (const paragraph of text.slice(from, to).matchAll(/[^\n]+(?:\n(?![ \t]*\n)[^\n]*)*/g)) {
    for (let at = 0; at < paragraph[0].length; at += 20_000) {
      for (const { segment, index } of segmenter.segment(paragraph[0].slice(at, at + 20_000))) {
        const start = from + paragraph.index + at + index;
        for (let cut = 0; cut < segment.length; cut += longestSentence) {
          add(start + cut, start + Math.min(segment.length, cut + longestSentence));
        }
      }
    }
  }
  return found;
}

/** A longer one counts as several: what has no spaces is cut somewhere. */
const longestWord = 12;

/** Signs of scripts without spaces count as half a word each. */
function countWords(text: string, span: TextSpan | undefined): number {
  const part = text.slice(span?.from, span?.to);
  const unspaced = part.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  return Math.max(part.split(/\s+/).length + unspaced / 2, part.length / longestWord);
}
