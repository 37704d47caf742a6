import {
  appendPrinciples,
  type Constitution,
  type ConstitutionDiff,
  ConstitutionInvalid,
  describeFault,
  describeLintIssue,
  diffConstitutions,
  formatPath,
  type LintIssue,
  lintConstitution,
  type ParsedConstitution,
  parseWithPositions,
  principlesOfSentences,
} from "../../constitution/index.ts";
import type { ConstitutionCheck, PrincipleChange, TextIssue } from "../source-desk.ts";

/** What is found in a constitution; `isHarbor`: for a run whose models read the language of harbor alone. */
export type LintText = (constitution: Constitution, isHarbor: boolean) => Promise<readonly LintIssue[]>;

export const plainLint: LintText = async (constitution) => lintConstitution(constitution);

/** A text as it was read: what it says, or why it says nothing. */
export type ReadText =
  | ({ readonly isSound: true } & ParsedConstitution)
  | { readonly isSound: false; readonly issues: readonly TextIssue[] };

/** @param isHarbor a constitution without principles is the control that trains on nothing. */
export function readText(text: string, isHarbor: boolean): ReadText {
  try {
    return { isSound: true, ...parseWithPositions(text, { allowEmpty: isHarbor }) };
  } catch (error) {
    if (!(error instanceof ConstitutionInvalid)) throw error;
    const issues = error.issues.map(
      (issue): TextIssue => ({
        level: "fault",
        message: `${formatPath(issue.path)}: ${describeFault(issue)}`,
        line: issue.line ?? null,
        column: issue.column ?? null,
      }),
    );
    return { isSound: false, issues };
  }
}

/** The text with a sentence as a principle behind the last one. @throws PreceptError input-invalid, constitution-invalid. */
export function addSentence(text: string, sentence: string): string {
  const { constitution } = parseWithPositions(text, { allowEmpty: true });
  return appendPrinciples(text, principlesOfSentences([sentence], constitution));
}

/** What lint says, each issue where it stands. */
export async function lintText(read: ReadText, lint: LintText, isHarbor: boolean): Promise<readonly TextIssue[]> {
  if (!read.isSound) return read.issues;
  return (await lint(read.constitution, isHarbor)).map((issue) => {
    const place = read.positions.get(formatPath(issue.path));
    return {
      level: issue.level,
      message: describeLintIssue(issue),
      line: place?.line ?? null,
      column: place?.column ?? null,
    };
  });
}

/** Every difference by its principle, in the order in which people read them. */
export function listChanges(before: Constitution, after: Constitution): NonNullable<ConstitutionCheck["changes"]> {
  const diff = diffConstitutions(before, after);
  const change = (
    kind: PrincipleChange["kind"],
    principle: string | null,
    rest: Partial<PrincipleChange>,
  ): PrincipleChange => ({
    ...{ kind, principle, field: null, before: null, after: null },
    ...rest,
  });
  return [
    ...(diff.preamble === null ? [] : [change("preamble", null, diff.preamble)]),
    ...diff.removed.map(({ id, text }) => change("removed", id, { before: text })),
    ...diff.added.map(({ id, text }) => change("added", id, { after: text })),
    ...diff.renamed.map(({ from, to }) => change("renamed", to, { before: from, after: to })),
    ...diff.reworded.map(({ id, field, before: was, after: is }) =>
      change("reworded", id, { field, before: was, after: is }),
    ),
    ...diff.reweighted.map(({ id, before: was, after: is }) =>
      change("reweighted", id, { before: String(was), after: String(is) }),
    ),
    ...diff.retagged.map(({ id, added, removed }) =>
      change("retagged", id, { before: removed.join(", ") || null, after: added.join(", ") || null }),
    ),
    ...diff.rebound.map(({ id, before: was, after: is }) =>
      change("rebound", id, { before: was ?? "all prompts", after: is ?? "all prompts" }),
    ),
    ...(diff.reordered.length === 0 ? [] : [change("moved", null, { after: diff.reordered.join(", ") })]),
  ];
}

/** Principles of the run that a model would read otherwise, or not at all, or would be asked about otherwise. */
export function changedPrinciples(diff: ConstitutionDiff): ReadonlySet<string> {
  const former = new Map(diff.renamed.map(({ from, to }) => [to, from]));
  const of = (id: string): string => former.get(id) ?? id;
  return new Set([
    ...diff.removed.map(({ id }) => id),
    ...diff.renamed.map(({ from }) => from),
    // Where a text comes from is read by people alone.
    ...diff.reworded.filter(({ field }) => field !== "source").map(({ id }) => of(id)),
    ...[...diff.reweighted, ...diff.rebound].map(({ id }) => of(id)),
  ]);
}
