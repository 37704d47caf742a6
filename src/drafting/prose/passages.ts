/** A paragraph or a list item of a document: what a principle can rest on. */
export interface Passage {
  /** Its place among the document's passages, from 0. */
  readonly index: number;
  /** Where it begins, from 1. */
  readonly line: number;
  /** The heading above it; empty before the first. */
  readonly section: string;
  readonly text: string;
  readonly words: number;
}

/** Consecutive passages that are read together. */
export interface Piece {
  /** "piece-0001" */
  readonly id: string;
  readonly passages: readonly Passage[];
}

const heading = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/;
/** An item of a list, but not of a list in a list. */
const item = /^ {0,3}(?:[-*+•]|\d{1,3}[.)])\s/;
/** A link to the document itself and nothing else: a table of contents. */
const contents = /^\s*(?:[-*+]\s+|\d+[.)]\s+)?\[[^\]]*\]\(#[^)]*\)\s*$/;

export function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

/** The passages of a document, divided by blank lines, headings and the items of lists; tables of contents and rules are none. */
export function splitPassages(document: string): Passage[] {
  const passages: Passage[] = [];
  let section = "";
  let open: { readonly line: number; readonly lines: string[] } | undefined;
  const close = (): void => {
    const text = open?.lines.join("\n").trim() ?? "";
    if (open !== undefined && /[\p{L}\p{N}]/u.test(text)) {
      passages.push({ index: passages.length, line: open.line, section, text, words: countWords(text) });
    }
    open = undefined;
  };
  for (const [index, line] of document
    .replace(/^\ufeff/, "")
    .split(/\r\n?|\n/)
    .entries()) {
    const title = heading.exec(line)?.[1];
    if (title !== undefined || line.trim() === "" || contents.test(line)) {
      close();
      if (title !== undefined) section = title.replace(/[*_`]/g, "").trim();
    } else if (open === undefined || item.test(line)) {
      close();
      open = { line: index + 1, lines: [line] };
    } else open.lines.push(line);
  }
  close();
  return passages;
}

/**
 * Passages in pieces of at most so many words (a longer passage stands alone); a piece that is half full ends where a
 * section does.
 */
export function joinPieces(passages: readonly Passage[], mostWords = 600): Piece[] {
  const pieces: Passage[][] = [];
  let words = 0;
  for (const passage of passages) {
    const last = pieces.at(-1);
    const isNewSection = last?.at(-1)?.section !== passage.section && words * 2 >= mostWords;
    if (last === undefined || words + passage.words > mostWords || isNewSection) {
      pieces.push([passage]);
      words = passage.words;
    } else {
      last.push(passage);
      words += passage.words;
    }
  }
  return pieces.map((own, index) => ({ id: `piece-${String(index + 1).padStart(4, "0")}`, passages: own }));
}
