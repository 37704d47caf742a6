import { standingText } from "../evaluation/index.ts";
import { type CalibratedEntailment, type EntailmentStanding, leastKappa } from "../project/index.ts";
import {
  type Asked,
  type CitationCheck,
  type CitationQuality,
  citationStatuses,
  describeFault,
  type Hit,
  isFault,
  notInDocuments,
  type SourceDocument,
} from "../retrieval/index.ts";

/** An answer, and below it its sources with what was found; faults are always there. */
export function showAnswer(
  { answer, outcome, checks, quality }: Asked,
  isCiting: boolean,
  judge: EntailmentStanding | undefined,
): string {
  if (outcome === "no-answer") return "the model gave no answer";
  const said = outcome === "refused" ? "not shown: its citations do not hold" : answer;
  const sources = oneEach(checks).filter(({ status }) => status !== "unresolved");
  const lines = isCiting
    ? sources.map(
        (check) =>
          `  [${check.n}] ${check.documentId ?? "?"}: "${oneLine(check.quote ?? "")}" · ${check.status}${noteOf(check)}`,
      )
    : [];
  const faults = oneEach(checks)
    .filter(isFault)
    .map((check) => `fault  ${describeFault(check)}`);
  const judged = judge === undefined || quality === undefined ? [] : showQuality(quality, judge);
  return [said, ...(lines.length > 0 ? ["", ...lines] : []), ...faults, ...judged].join("\n");
}

/** Recall and precision, of a judge that agrees with what is known; and what is known of it. */
export function showQuality(
  { judged, recall, precision }: CitationQuality,
  { standing, isCertified }: EntailmentStanding,
): string[] {
  if (judged === 0) return [];
  const figures = isCertified
    ? `judged ${judged} sentences: recall ${percent(recall)}, precision ${percent(precision)}`
    : `judged ${judged} sentences; recall and precision are no figures without a certificate of kappa ${leastKappa} or more: precept calibrate --rubric entailment --judge MODEL`;
  return [figures, standingText(standing)];
}

/** What a certificate of the judge of quotations does not hold: by how sentences were made, and the control. */
export function showEntailment({ byKind, shuffled }: CalibratedEntailment): string {
  const rate = ({ estimate, low, high, n }: CalibratedEntailment["shuffled"]): string =>
    `${(100 * estimate).toFixed(1)} % [${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}] of ${n}`;
  return [
    ...Object.entries(byKind).map(([kind, own]) => `right where ${kindWords[kind] ?? kind}: ${rate(own)}`),
    `control, true sentences under another fact's quotations, taken for stated: ${rate(shuffled)}`,
  ].join("\n");
}

const kindWords: Readonly<Record<string, string>> = {
  otherwise: "the fact is said otherwise",
  part: "a part of it is said",
  together: "two quotations say it together",
  number: "a number is another",
  negation: "it is denied",
  subject: "it is said of something else",
  addition: "something is added",
  half: "one of two quotations is missing",
};

/** "sources 7: 6 verbatim, 1 absent (line 4) · [9] unresolved", and one line for every fault. */
export function showCheck(checks: readonly CitationCheck[]): string {
  const each = oneEach(checks);
  const sources = each.filter(({ status }) => status !== "unresolved");
  const counts = citationStatuses.flatMap((status) => {
    const own = sources.filter((check) => check.status === status);
    if (own.length === 0) return [];
    const lines = isFault({ status }) ? ` (line ${own.map(({ line }) => line).join(", ")})` : "";
    return [`${own.length} ${status}${lines}`];
  });
  const unresolved = each.filter(({ status }) => status === "unresolved").map(({ n }) => `[${n}]`);
  const head = [
    `sources ${sources.length}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`,
    ...(unresolved.length > 0 ? [`${unresolved.join(", ")} unresolved`] : []),
  ];
  const notes = sources.filter((check) => !isFault(check) && check.hint !== null);
  return [
    head.join(" · "),
    ...each.filter(isFault).map((check) => `  line ${check.line}: ${describeFault(check)}`),
    ...notes.map((check) => `  line ${check.line}: [${check.n}]${noteOf(check)}`),
  ].join("\n");
}

/** What a search found, with the place of each passage. */
export function showPassages(hits: readonly Hit[], documents: readonly SourceDocument[]): string {
  if (hits.length === 0) return notInDocuments;
  return hits
    .map(({ documentId, span, text }) => {
      const before = documents.find(({ id }) => id === documentId)?.text.slice(0, span[0]) ?? "";
      return `${documentId}:${before.split("\n").length}\n  ${oneLine(text)}`;
    })
    .join("\n");
}

/** A source is checked once for every sentence that it stands under; people see it once. */
function oneEach(checks: readonly CitationCheck[]): CitationCheck[] {
  return [...new Map(checks.map((check) => [check.n, check])).values()].sort((a, b) => a.n - b.n);
}

const noteOf = ({ hint, entails }: CitationCheck): string =>
  `${hint === null ? "" : ` · ${hint}`}${entails === false ? " · does not state the sentence" : ""}`;
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
const percent = (rate: number | undefined): string => (rate === undefined ? "–" : `${(100 * rate).toFixed(0)} %`);
