import { idFromText, uniqueIds } from "../../constitution/index.ts";
import type { Analysis } from "../analysis.ts";
import { countShown } from "../suppression.ts";
import type { PrincipleConflict } from "./conflicts.ts";
import { SMALLEST_CELL } from "./describe-principle.ts";
import type { DraftedStatement } from "./drafted-statement.ts";
import type { Opinion } from "./opinion.ts";
import type { DraftedConstitution, PrincipleSource, PublicPrinciple } from "./public-constitution.ts";
import type { Selected, SelectedStatement, Selection } from "./select.ts";
import type { StatementTemplates } from "./templates.ts";
import { type Weighting, weightsOf } from "./weights.ts";

export interface ComposeOptions {
  readonly title: string;
  readonly analysis: Analysis;
  /** The same as everybody may see it. */
  readonly opinion?: Opinion | undefined;
  readonly selection: Selection;
  readonly weighting: Weighting;
  readonly withoutFlagged?: boolean | undefined;
  readonly seed: number;
  readonly drafter: string;
  readonly templates: Pick<StatementTemplates, "version" | "senseOf">;
}

export interface MergeOptions extends Pick<ComposeOptions, "templates" | "weighting" | "withoutFlagged"> {
  /** Cells of fewer people are left out. */
  readonly smallest?: number | undefined;
}

/**
 * Principles of drafted statements, those of one sense as one principle that rests on all their statements, in the order of
 * the selection. Conflicts are the caller's to find: `principles` first, then `composeDrafted`.
 */
export function mergePrinciples(
  selected: Selected,
  records: readonly DraftedStatement[],
  { templates, weighting, withoutFlagged, smallest = SMALLEST_CELL }: MergeOptions,
): PublicPrinciple[] {
  const byId = new Map(selected.statements.map((statement) => [statement.id, statement]));
  const order = new Map(selected.statements.map(({ id }, index) => [id, index]));
  const written = records
    .filter(({ principle }) => principle !== null)
    .sort((a, b) => (order.get(a.statement) ?? 0) - (order.get(b.statement) ?? 0) || (a.id < b.id ? -1 : 1));
  const bySense = Map.groupBy(written, ({ principle }) => templates.senseOf(principle ?? ""));
  const merged = [...bySense.values()].map((drafts) => {
    const statements = [...new Set(drafts.map(({ statement }) => statement))].flatMap((id) => byId.get(id) ?? []);
    return { drafts, statements, first: drafts[0] };
  });
  const weights = weightsOf(
    merged.map(({ statements }) => ({
      lower: Math.max(0, ...statements.map(({ figures }) => figures.agreement.lower)),
      gain: statements.reduce((sum, { gain = 0 }) => sum + gain, 0),
    })),
    weighting,
  );
  const ids = uniqueIds(merged.map(({ first }) => idFromText(first?.principle ?? "")));
  return merged.flatMap(({ drafts, statements, first }, index): PublicPrinciple[] =>
    first?.principle === undefined || first.principle === null
      ? []
      : [
          {
            id: ids[index] ?? "",
            text: first.principle,
            ...(first.critiqueRequest !== undefined && { critiqueRequest: first.critiqueRequest }),
            ...(first.revisionRequest !== undefined && { revisionRequest: first.revisionRequest }),
            weight: weights[index] ?? 1,
            statements: statements.map((one) => sourceOf(one, smallest, withoutFlagged === true)),
            drafts: drafts.map(answersOf),
          },
        ],
  );
}

/** The whole draft: what the second vote is on, and what the report and `precept why` show. */
export function composeDrafted(
  principles: readonly PublicPrinciple[],
  conflicts: readonly PrincipleConflict[],
  { unrepresented }: Pick<Selected, "unrepresented">,
  records: readonly DraftedStatement[],
  { title, analysis, opinion, selection, weighting, withoutFlagged, seed, drafter, templates }: ComposeOptions,
): DraftedConstitution {
  return {
    schemaVersion: 1,
    title,
    ...analysis.hashes,
    seed,
    selection,
    weighting,
    withoutFlagged,
    drafter,
    templates: templates.version,
    participants: analysis.positions.length,
    groups: analysis.grouping.groups.map(({ members }) => members.length),
    principles: [...principles],
    unwritten: records.flatMap(({ principle, statement, demand, refused }) =>
      principle === null ? [{ statement, demand, fault: refused?.fault ?? "no principle could be read" }] : [],
    ),
    conflicts: conflicts.map(({ ids, by, why }) => ({ ids: [...ids], by, why })),
    // Without the flagged, these are numbers of the others, beside everybody's votes.
    unrepresented: unrepresented
      .filter(({ voters }) => withoutFlagged !== true && voters >= (opinion?.smallestCell ?? SMALLEST_CELL))
      .map((one) => ({ ...one })),
    opinion,
  };
}

function sourceOf(
  { id, text, figures, gain, rejectedBy }: SelectedStatement,
  smallest: number,
  withoutFlagged: boolean,
): PrincipleSource {
  const { estimate, lower, upper, probability, state } = figures.agreement;
  const { all, groups } = countShown(figures.counts, figures.groupCounts, smallest);
  const isWhole = all !== null && groups.every((counts) => counts !== null);
  return {
    id,
    text,
    counts: all,
    groupCounts: [...groups],
    groupAwareConsensus: isWhole ? figures.groupAwareConsensus : null,
    agreement: isWhole ? { estimate, lower, upper, probability, state } : null,
    rejectedBy: rejectedBy.filter((group) => groups[group] !== null),
    // Of the groups' counts, or of whoever is not flagged: beside everybody's votes it would tell the rest.
    ...(gain !== undefined && isWhole && !withoutFlagged && { gain }),
  };
}

function answersOf({ id, by, checks, entailment, several }: DraftedStatement): PublicPrinciple["drafts"][number] {
  return {
    record: id,
    by: by === "model" ? "model" : "plain",
    polarity: checks?.polarity ?? "unclear",
    scope: checks?.scope ?? "unclear",
    fromStatement: entailment?.["statement to principle"].yes ?? null,
    fromPrinciple: entailment?.["principle to statement"].yes ?? null,
    several: several?.yes ?? null,
  };
}
