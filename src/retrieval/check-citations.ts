import { type FoldedText, findQuote, foldText, splitQuote } from "../reading/index.ts";
import { type CitedSource, type CitedText, parseCitedText } from "./cited-text.ts";
import type { SourceDocument } from "./document.ts";
import { nearestPassage } from "./nearest-passage.ts";
import type { CitationCheck, CitationStatus } from "./records.ts";

/** Signs that "…" may stand for. */
const longestGap = 400;
/** Fewer signs or words stand in many places and prove nothing. */
const fewestSigns = 12;
const fewestWords = 3;

/** A citation of one of these is a fault. */
export const isFault = ({ status }: Pick<CitationCheck, "status">): boolean =>
  status !== "verbatim" && status !== "folded";

/** Documents, ready to be asked for many quotations. */
export class QuotedDocuments {
  readonly #documents: readonly SourceDocument[];
  readonly #folded = new Map<string, FoldedText>();

  constructor(documents: readonly SourceDocument[]) {
    this.#documents = documents;
  }

  /** Checks every citation of an answer: each number leads to a source, each quotation stands in its document. */
  check(text: string | CitedText, answerId = "answer"): CitationCheck[] {
    const { sources, markers } = typeof text === "string" ? parseCitedText(text) : text;
    const checked = new Map(sources.map((source) => [source.n, { source, ...this.findSource(source) }]));
    const open = { type: "citation-check", answerId, entails: null, judge: null } as const;
    const missing = { quote: null, status: "unresolved", documentId: null, span: null, hint: null } as const;
    const cited = markers.map(({ n, sentence, line }): CitationCheck => {
      const { source, ...found } = checked.get(n) ?? { source: undefined, ...missing };
      return { ...open, sentence, n, line: source?.line ?? line, quote: source?.quote ?? null, ...found };
    });
    const uncited = sources.filter(({ n }) => !markers.some((marker) => marker.n === n));
    return [
      ...cited,
      ...uncited.map(
        (source): CitationCheck => ({
          ...open,
          sentence: null,
          n: source.n,
          line: source.line,
          quote: source.quote,
          ...this.findSource(source),
        }),
      ),
    ];
  }

  /** Where a quotation stands; in another document than the one named, it is "elsewhere". */
  findSource({ quote, named }: Pick<CitedSource, "quote" | "named">): SourceFinding {
    const nowhere = { documentId: null, span: null, hint: null };
    if (isShort(quote)) return { ...nowhere, status: "short" };
    const own = named === undefined ? this.#documents : this.#namedDocuments(named);
    for (const documents of [own, this.#documents]) {
      for (const document of documents) {
        const place = findQuote(this.#fold(document), quote, { gap: longestGap });
        if (place === undefined) continue;
        const status = !own.includes(document) ? "elsewhere" : place.isVerbatim ? "verbatim" : "folded";
        const hint = leftOut(document.text, place.pieces);
        return { status, documentId: document.id, span: [place.from, place.to], hint };
      }
    }
    return {
      ...nowhere,
      status: "absent",
      hint: nearestPassage(quote, own.length > 0 ? own : this.#documents) ?? null,
    };
  }

  #fold(document: SourceDocument): FoldedText {
    const folded = this.#folded.get(document.id) ?? foldText(document.text);
    this.#folded.set(document.id, folded);
    return folded;
  }

  /** By path, else by the file's name, with its ending or without. */
  #namedDocuments(named: string): readonly SourceDocument[] {
    const toPlain = (name: string): string => name.toLowerCase().replace(/^\.?\//, "");
    const takeFile = (name: string): string => toPlain(name).split("/").at(-1) ?? "";
    const takeStem = (name: string): string => takeFile(name).replace(/\.\w+$/, "");
    for (const form of [toPlain, takeFile, takeStem]) {
      const found = this.#documents.filter(({ id }) => form(id) === form(named));
      if (found.length > 0) return found;
    }
    return [];
  }
}

interface SourceFinding {
  readonly status: CitationStatus;
  readonly documentId: string | null;
  readonly span: [number, number] | null;
  readonly hint: string | null;
}

function isShort(quote: string): boolean {
  const text = splitQuote(quote).join(" ");
  const unspaced = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  const words = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  // Two signs of a script without spaces are a word, and say as much as four letters.
  return words + unspaced / 2 < fewestWords || text.length + unspaced < fewestSigns;
}

/** What "…" leaves out, where that turns the sense round. */
function leftOut(text: string, pieces: readonly { readonly from: number; readonly to: number }[]): string | null {
  for (const [i, piece] of pieces.slice(1).entries()) {
    const words = text.slice(pieces[i]?.to, piece.from);
    const [turn] = /\b(?:not|never|no|nor|neither|unless|except|without|cannot)\b|n['’]t\b/iu.exec(words) ?? [];
    if (turn !== undefined) return `"…" leaves out "${turn}"`;
  }
  return null;
}
