import {
  type Constitution,
  createConstitution,
  finishSentence,
  idFromText,
  isTurnedRound,
  pairNearDuplicates,
  uniqueIds,
} from "../../constitution/index.ts";
import type { Passage } from "./passages.ts";

/** A principle as it was read out of a document, with the passages that its quotation stands in. */
export interface SourcedDraft {
  readonly text: string;
  readonly quote: string;
  readonly passages: readonly Passage[];
}

/** How far a document stands behind the principles. */
export interface Coverage {
  readonly passages: number;
  readonly covered: number;
  readonly words: number;
  readonly coveredWords: number;
  /** Passages in which no principle's quotation stands, in order. */
  readonly uncovered: readonly Passage[];
}

/** From this similarity on two drafts are one principle, as lint has it. */
const sameFrom = 0.6;

/** A constitution of what was read: drafts that say nearly the same become one principle with several sources. */
export function composeConstitution(
  drafts: readonly SourcedDraft[],
  { name, title }: { readonly name: string; readonly title: string },
): { readonly constitution: Constitution; readonly merged: number } {
  const kept = mergeAlike(drafts.map((draft) => ({ ...draft, text: finishSentence(draft.text) })));
  const ids = uniqueIds(kept.map(([first]) => idFromText(first?.text ?? "")));
  const principles = kept.map((group, index) => ({
    id: ids[index] ?? "",
    text: group[0]?.text ?? "",
    source: group.map(describeSource).join("; "),
  }));
  return {
    constitution: createConstitution({ name, source: title, principles }),
    merged: drafts.length - kept.length,
  };
}

/** Groups in the order of their first drafts; the first is the one that stands. */
function mergeAlike(drafts: readonly SourcedDraft[]): SourcedDraft[][] {
  const groups = drafts.map((draft) => [draft]);
  const texts = drafts.map(({ text }) => text);
  const pairs = pairNearDuplicates(texts, sameFrom).sort((a, b) => a.first - b.first || a.second - b.second);
  for (const { first, second } of pairs) {
    const [into, from] = [groups[first], groups[second]];
    // A draft that was merged already takes nothing in; what only its twin resembles stays for itself.
    if (into === undefined || from === undefined || into.length === 0 || from.length !== 1) continue;
    if (isTurnedRound(texts[first] ?? "", texts[second] ?? "")) continue;
    into.push(...from.splice(0));
  }
  return groups.filter(({ length }) => length > 0);
}

function describeSource({ quote, passages: [first] }: SourcedDraft): string {
  const section = first === undefined || first.section === "" ? "" : `“${first.section}”, `;
  return `${section}line ${first?.line ?? 1}: “${quote
    .trim()
    .replace(/\s+/g, " ")
    .replace(/^["“]|["”]$/g, "")}”`;
}

/** Which passages the quotations stand in, and which none. */
export function coverageOf(passages: readonly Passage[], drafts: readonly SourcedDraft[]): Coverage {
  const covered = new Set(drafts.flatMap((draft) => draft.passages.map(({ index }) => index)));
  const uncovered = passages.filter(({ index }) => !covered.has(index));
  const sum = (some: readonly Passage[]): number => some.reduce((total, { words }) => total + words, 0);
  const words = sum(passages);
  return {
    passages: passages.length,
    covered: passages.length - uncovered.length,
    words,
    coveredWords: words - sum(uncovered),
    uncovered,
  };
}

/** The passages that no principle covers as a page of Markdown, by section, each with its line. */
export function formatUncovered({ uncovered, passages, words, coveredWords }: Coverage, title: string): string {
  const head = `# ${title}: passages that no principle covers\n\n${uncovered.length} of ${passages} passages, ${words - coveredWords} of ${words} words.`;
  const parts = uncovered.map(({ section, line, text }, index) => {
    const isNew = section !== uncovered[index - 1]?.section;
    return `${isNew ? `## ${section === "" ? title : section}\n\n` : ""}Line ${line}:\n\n${text}`;
  });
  return `${[head, ...parts].join("\n\n")}\n`;
}
