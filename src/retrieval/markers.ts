/** One [n] in an answer. */
export interface Marker {
  readonly n: number;
  /** The sentence that it stands in or behind, without its markers. */
  readonly sentence: string;
  readonly line: number;
}

const marker = /\[\s*(\d{1,4}(?:\s*[-–,;]\s*\d{1,4})*)\s*\](?!\(|:\s)/g;
const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Every source that an answer points to: [1], [1][2], [1, 3] and [2-4], but nothing in code, and no link. */
export function findMarkers(answer: string, firstLine = 1): Marker[] {
  const plain = blankCode(answer);
  const found: Marker[] = [];
  for (const { from, to } of sentencesWithMarkers(plain)) {
    const sentence = answer.slice(from, to).replace(marker, "").replace(/\s+/g, " ").trim();
    for (const match of plain.slice(from, to).matchAll(marker)) {
      const line = firstLine + plain.slice(0, from + match.index).split("\n").length - 1;
      for (const n of numbersOf(match[1] ?? "")) found.push({ n, sentence, line });
    }
  }
  return found;
}

/** Sentences of an answer that point to no source. */
export function uncitedSentences(answer: string): string[] {
  const plain = blankCode(answer);
  return sentencesWithMarkers(plain)
    .map(({ from, to }) => plain.slice(from, to))
    .filter((sentence) => /\p{L}/u.test(sentence) && sentence.match(marker) === null)
    .map((sentence) => sentence.trim());
}

/** The sentences of an answer, each with its markers. */
export function splitCited(answer: string): string[] {
  return sentencesWithMarkers(blankCode(answer)).map(({ from, to }) => answer.slice(from, to));
}

/** A marker behind the full stop belongs to the sentence that it ends: as white space it does. */
function sentencesWithMarkers(text: string): { from: number; to: number }[] {
  const blank = text.replace(marker, (found) => " ".repeat(found.length));
  return [...segmenter.segment(blank)].map(({ segment, index }) => ({ from: index, to: index + segment.length }));
}

/** "2-4" as 2, 3 and 4; of a range that is no range of sources, its ends. */
function numbersOf(text: string): number[] {
  return text.split(/[,;]/).flatMap((part) => {
    const [first = 0, last = first] = part.split(/[-–]/).map(Number);
    if (last < first || last - first > 50) return [first, last];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Code as spaces, of the same length. */
function blankCode(text: string): string {
  return text.replace(
    /^ {0,3}(\x60{3,}|~{3,})[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))|(\x60+)[^\x60\n]+\2|\b\w+\[\d+\](?=\s*=|\.\w)/gm,
    (code) => code.replace(/[^\n]/g, " "),
  );
}
